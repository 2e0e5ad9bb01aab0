"""Waiting in tests whose panels train in the background of an event loop."""

import asyncio


async def until(true, seconds: float = 20.0) -> None:
    """Let the event loop turn until something holds."""
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.001)


def others() -> set:
    """The loop's tasks besides the test itself."""
    return asyncio.all_tasks() - {asyncio.current_task()}

"""A kernel that nobody watches: of this very interpreter, and with an ear for what papermill drops."""

import asyncio
import contextlib
import gc
import json
import math
import os
import queue
import re
import signal
import sys
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

TRACEBACK = "Traceback (most recent call last)"
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_LIBRARIES = {"ipykernel", "IPython", "jupyter_client", "tornado", "anyio", "zmq"}  # their tasks are no one's fault
_KERNELS: weakref.WeakSet = weakref.WeakSet()


def last_line(text: str) -> str:
    """The line of a printed traceback that says what happened: the last one."""
    lines = [line.strip() for line in _ANSI.sub("", text).splitlines() if line.strip()]
    return lines[-1] if lines else ""


class MessageListener:
    """Hears every message of a kernel, and keeps the errors of cells that had already ended.

    nbclient reads only what belongs to the cell it is running: a background task or a thread that fails later
    does so unheard.
    """

    def __init__(self) -> None:
        self.running = None  # the message that asked for the cell now running
        self.cells: dict[str, int] = {}  # such a message → the cell's In [number]
        self.errors: list[tuple[str, str]] = []  # (message, "NameError: …")
        self.stderr: dict[str, str] = {}  # message → text

    def on_message(self, message: dict) -> None:
        """Take note of what a kernel says."""
        kind, content = message["msg_type"], message["content"]
        asked_by = message["parent_header"].get("msg_id")
        if kind == "execute_input":
            self.running, self.cells[asked_by] = asked_by, content["execution_count"]
        elif asked_by == self.running:
            if kind == "status" and content["execution_state"] == "idle":
                self.running = None
        elif kind == "error":
            self.errors.append((asked_by, f"{content['ename']}: {content['evalue']}"))
        elif kind == "stream" and content["name"] == "stderr":
            self.stderr[asked_by] = self.stderr.get(asked_by, "") + content["text"]

    def problems(self) -> list[str]:
        """What went wrong beside the cells, a line each."""
        late = self.errors + [(who, last_line(text)) for who, text in self.stderr.items() if TRACEBACK in text]
        return [f"in the background{self._of(who)}: {what}" for who, what in late]

    def _of(self, who: str) -> str:
        return f" of In [{self.cells[who]}], after its end" if who in self.cells else ""


def kernel_manager_class(ear: MessageListener, env: dict[str, str], log: Path) -> type:
    """A kernel manager that starts `sys.executable`, whatever `python3` kernels the machine has.

    `env` is set in the kernel; `ear` hears all that the kernel says; `log` takes what its process prints.
    """
    from jupyter_client import AsyncKernelManager
    from jupyter_client.kernelspec import KernelSpec

    spec = KernelSpec(
        # Level 40: no notice that the kernel speaks plain TCP with its own machine.
        argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}", "--log-level=40"],
        display_name="Python 3 (ipykernel)",
        language="python",
        env={
            "MPLBACKEND": "module://matplotlib_inline.backend_inline",  # an Agg of the caller's would eat the figures
            "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # a debugger's notice on stderr
            **env,
        },
    )

    class Manager(AsyncKernelManager):
        kernel_spec = property(lambda self: spec)

        async def start_kernel(self, **settings: Any):  # ty: ignore[incompatible-mutable-override]  # a method there, too
            with log.open("w") as file:
                await super().start_kernel(**settings, stdout=file, stderr=file)
            _KERNELS.add(self)

        def client(self, **settings: Any):
            client = super().client(**settings)
            get_msg = client.iopub_channel.get_msg

            async def listen(*args: Any, **kwargs: Any):
                message = await get_msg(*args, **kwargs)
                ear.on_message(message)
                return message

            client.iopub_channel.get_msg = listen
            client.shell_channel.get_msg = look_again(client.shell_channel.get_msg)
            return client

    return Manager


def look_again(get_msg: Callable, every: float = 1.0) -> Callable:
    """`get_msg` of a channel, which looks anew `every` second for what has come.

    nbclient answers an Output widget (`interact` has one) on the socket on which it waits for the cell's reply. Where
    the two cross, ZeroMQ's one notice of the reply is used up by the sending, and the reply would lie there until the
    cell's time-out, or for ever without one (jupyter/nbclient, issue 312).
    """

    async def wait(timeout: float | None = None):
        until = math.inf if timeout is None else time.monotonic() + timeout
        while True:
            try:
                return await get_msg(timeout=max(0.0, min(every, until - time.monotonic())))
            except queue.Empty:
                if time.monotonic() >= until:
                    raise

    return wait


def kill_kernels() -> None:
    """End every kernel that this process started and that still runs, at once."""
    for manager in list(_KERNELS):
        if pid := getattr(manager.provisioner, "pid", None):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))


def _tasks() -> list[asyncio.Task]:
    """The tasks that the notebook started and that something still holds; not those of the kernel itself."""

    def code(task):
        coroutine = task.get_coro()
        return getattr(coroutine, "cr_code", None) or getattr(coroutine, "gi_code", None)

    # By type: isinstance asks a dead weak proxy what it stands for, and that raises.
    tasks = [thing for thing in gc.get_objects() if issubclass(type(thing), asyncio.Task)]
    return [t for t in tasks if (c := code(t)) is None or not _LIBRARIES & set(Path(c.co_filename).parts)]


async def check_pending_tasks(seconds: float = 5.0) -> None:
    """Runs in the kernel as the last cell: prints, as a JSON list, what is wrong with the notebook's asyncio tasks.

    A task may take `seconds` to end by itself; nothing is cancelled.
    """
    gc.collect()  # a dead task in a reference cycle now says so on stderr
    until = time.monotonic() + seconds
    while any(not task.done() for task in _tasks()) and time.monotonic() < until:
        await asyncio.sleep(0.05)
    problems = []
    for task in _tasks():
        name = f"the asyncio task {getattr(task.get_coro(), '__qualname__', '')}"
        if not task.done():
            problems.append(f"{name} still runs at the end of the notebook: stop it, or await it")
        elif not task.cancelled() and (error := task.exception()) is not None:
            problems.append(f"{name} died: {type(error).__name__}: {error}")
    sys.stderr.flush()
    print(json.dumps(problems))

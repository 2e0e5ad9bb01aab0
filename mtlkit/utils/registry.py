"""A registry of classes by name: the package's own, those of a notebook, and those of other installed packages."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Mapping
from typing import Generic, TypeVar

T = TypeVar("T")
logger = logging.getLogger("mtlkit")


class Registry(Mapping[str, T], Generic[T]):
    """Name → entry. What other packages offer under the entry-point group `group` is loaded at the first look, by
    which time this package's own files have registered theirs."""

    def __init__(self, what: str, group: str):
        self.what, self.group = what, group
        self._entries: dict[str, T] = {}
        self._classes: dict[str, type] = {}
        self._waiting = True

    def add(self, name: str, entry: T, cls: type) -> None:
        """ValueError if another class has the name. The same class anew is a notebook cell that was run again."""
        taken = self._classes.get(name)
        if taken and (taken.__module__, taken.__qualname__) != (cls.__module__, cls.__qualname__):
            raise ValueError(f"The {self.what} name {name!r} is taken by {taken.__name__}: choose another.")
        self._entries[name], self._classes[name] = entry, cls

    def remove(self, name: str) -> None:
        """Forget a name, as a test does with what it registered."""
        del self._entries[name], self._classes[name]

    def __getitem__(self, name: str) -> T:
        self._load()
        return self._entries[name]

    def __iter__(self) -> Iterator[str]:
        self._load()
        return iter(list(self._entries))

    def __len__(self) -> int:
        self._load()
        return len(self._entries)

    def _load(self) -> None:
        if not self._waiting:
            return
        self._waiting = False  # before loading: what is loaded may look in here
        from importlib.metadata import entry_points

        for point in entry_points(group=self.group):
            try:
                point.load()
            except Exception as error:
                logger.debug("entry point %s", point.value, exc_info=True)
                package = point.dist.name if point.dist else point.value
                warnings.warn(
                    f"The package {package!r} offers the {self.what} {point.name!r}, which can't be loaded: "
                    f"{type(error).__name__}: {error}",
                    stacklevel=4,
                )

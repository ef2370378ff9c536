"""What every change in the portal needs: the lock, the clock, and the saving of the state."""

from __future__ import annotations

from contextlib import contextmanager
from threading import RLock
from typing import TYPE_CHECKING

from emulator.state.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from emulator.state.model import Resource


class Lock:
    """A lock that a deep copy of the world does not share."""

    def __init__(self) -> None:
        self._lock = RLock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    def __deepcopy__(self, _: object) -> Lock:
        return Lock()


class Hands(World):
    """The world, with the changes that are not made by requests."""

    lock: Lock

    def saved(self, resource: Resource) -> None:
        """Save a resource's new state, if there is a state file."""

    @contextmanager
    def working(self, resource: Resource) -> Iterator[datetime]:
        """A change of a resource, and its time."""
        with self.lock:
            self.settle()
            yield self.now()
            self.saved(resource)

"""The real clock in tests: how long they wait at most, and when threads wait on it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cvaction.clock import SystemClock

FOREVER = 60.0  # seconds


def waiting(clock: SystemClock, number: int = 1) -> threading.Event:
    """Set as soon as so many threads wait on a clock."""
    begun = threading.Event()

    class Watched(dict[Any, None]):
        def __setitem__(self, key: Any, value: None) -> None:
            super().__setitem__(key, value)
            if len(self) >= number:
                begun.set()

    clock._waiting = Watched()
    return begun

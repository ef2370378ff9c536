"""At most so many threads at a time. The others wait, and enter in the order in which they came."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cvaction.clock import Bell, Clock


class Turnstile:
    """Lets `places` threads in at a time. The lock is held for moments only: nobody waits inside it."""

    def __init__(self, clock: Clock, places: int) -> None:
        self._clock = clock
        self._places = places
        self._lock = threading.Lock()
        self._queue: deque[Bell] = deque()

    def enter(self) -> None:
        """Wait for a place, and take it. Raises Cancelled. The caller calls `leave` once for each `enter`."""
        with self._lock:
            if self._places:
                self._places -= 1
                return
            bell = self._clock.bell()
            self._queue.append(bell)
        try:
            bell.wait()
        except BaseException:
            with self._lock:
                waits = bell in self._queue
                if waits:
                    self._queue.remove(bell)
            if not waits:
                self.leave()  # this thread was given a place just now
            raise

    def leave(self) -> None:
        """Give the place to the thread that has waited longest."""
        with self._lock:
            bell = self._queue.popleft() if self._queue else None
            if bell is None:
                self._places += 1
        if bell is not None:
            bell.ring()

"""So many threads at a time, and no more: the others wait for their turn, in the order in which they came."""

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
        """Wait for a place, and take it; raises Cancelled. Each entry is followed by one `leave`."""
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
                self.leave()  # it was let in just now
            raise

    def leave(self) -> None:
        """Give the place to who waits longest."""
        with self._lock:
            bell = self._queue.popleft() if self._queue else None
            if bell is None:
                self._places += 1
        if bell is not None:
            bell.ring()

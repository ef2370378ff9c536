"""Threads that do what they are handed, a few at a time, and end when there is nothing to do."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from cvaction.clock import Clock


class Pool:
    """At most `size` threads. One thread hands out the work; at most `waiting` jobs wait, so that memory does not grow.

    The first job that raises an Exception ends the rest: `put` and `drain` raise it.
    """

    def __init__(self, clock: Clock, size: int, waiting: int) -> None:
        self._clock = clock
        self._size = size
        self._most = waiting
        self._jobs: deque[Callable[[], None]] = deque()
        self._lock = threading.Lock()
        self._running = 0
        self._error: Exception | None = None
        self._bell = clock.bell()
        self._waits_for: Callable[[], bool] | None = None

    def put(self, job: Callable[[], None]) -> None:
        """Hand a job over; waits while too many wait."""
        self._wait(lambda: len(self._jobs) < self._most)
        with self._lock:
            self._jobs.append(job)
            starts = self._running < self._size
            self._running += starts
        if starts:
            self._clock.start(self._work)

    def drain(self) -> None:
        """Wait until all is done."""
        self._wait(lambda: not self._running and not self._jobs)

    def end(self) -> None:
        """Drop what waits, and wait until no thread is at work; raises nothing of theirs."""
        with self._lock:
            self._jobs.clear()
            self._error = None
        self._wait(lambda: not self._running, raising=False)

    def _wait(self, enough: Callable[[], bool], *, raising: bool = True) -> None:
        while True:
            with self._lock:
                if raising and self._error is not None:
                    raise self._error
                if enough():
                    return
                self._waits_for = enough
            self._bell.wait()

    def _work(self) -> None:
        """One thread's life."""
        try:
            while (job := self._next()) is not None:
                try:
                    job()
                except Exception as error:  # noqa: BLE001 - handed to the thread that waits
                    with self._lock:
                        self._error = self._error or error
                        self._jobs.clear()
        except BaseException:  # a cancel
            with self._lock:
                self._running -= 1
                self._wake()
            raise

    def _next(self) -> Callable[[], None] | None:
        """The next job. Without one the thread counts as ended in the same moment, so that `put` begins another."""
        with self._lock:
            job = self._jobs.popleft() if self._jobs else None
            self._running -= job is None
            self._wake()
            return job

    def _wake(self) -> None:
        """Ring for who waits, if it may go on; the lock is held."""
        if self._waits_for is not None and (self._error is not None or self._waits_for()):
            self._waits_for = None
            self._bell.ring()

"""Several threads ask for the same thing at the same time: one of them does the work, and all get the result."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from cvaction.clock import Bell, Clock

T = TypeVar("T")


class _Round(Generic[T]):
    def __init__(self) -> None:
        self.bells: list[Bell] = []
        self.values: list[T] = []  # empty, then the one answer
        self.error: Exception | None = None


class Rounds(Generic[T]):
    """The same question, asked by many threads. A thread that asks while a round is open gets that round's answer.

    One round runs at a time. The next begins when the one before has ended. Until then every thread may join the next.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._open: _Round[T] | None = None
        self._running: _Round[T] | None = None

    def ask(self, work: Callable[[Callable[[], None]], T]) -> T:
        """The answer of the open round. If no round is open, this thread opens one and does `work` for all that join.

        `work` gets a function that closes the round: a thread that asks later does not join. If `work` does not call
        it, the round closes at the end of `work`. An Exception is raised in every thread, as a copy for each. If `work`
        ends in another way (a cancel, a kill), the threads that wait ask again.
        """
        while True:
            with self._lock:
                round_ = self._open
                if leads := round_ is None:
                    round_ = self._open = _Round()
                else:
                    bell = self._clock.bell()
                    round_.bells.append(bell)
            if leads:
                return self._lead(round_, work)
            bell.wait()
            if round_.error is not None:
                raise copy_of(round_.error)
            if round_.values:
                return round_.values[0]

    def _lead(self, round_: _Round[T], work: Callable[[Callable[[], None]], T]) -> T:
        try:
            self._wait_for_the_one_before(round_)
            value = work(lambda: self._close(round_))
            round_.values.append(value)
        except Exception as error:
            round_.error = error
            raise
        finally:
            self._close(round_)
            with self._lock:
                if self._running is round_:
                    self._running = None
            for bell in round_.bells:
                bell.ring()
        return value

    def _wait_for_the_one_before(self, round_: _Round[T]) -> None:
        while True:
            with self._lock:
                if self._running is None:
                    self._running = round_
                    return
                bell = self._clock.bell()
                self._running.bells.append(bell)
            bell.wait()

    def _close(self, round_: _Round[T]) -> None:
        with self._lock:
            if self._open is round_:
                self._open = None


def copy_of(error: Exception) -> Exception:
    """A copy of an error for another thread. Raising an error changes it, so no two threads may raise the same one."""
    kind: Any = type(error)
    other: Exception = kind.__new__(kind, *error.args)
    other.__dict__.update(error.__dict__)
    other.__cause__ = error.__cause__
    other.__suppress_context__ = error.__suppress_context__
    return other

"""One thread does what several ask for at the same time, and all get what it got."""

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
        self.values: list[T] = []  # one, once it is there
        self.error: Exception | None = None


class Rounds(Generic[T]):
    """The same question, asked by many threads. Who asks while a round is open gets that round's answer.

    One round at a time: the next begins when the former has ended, and is open until then to all who ask meanwhile.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._open: _Round[T] | None = None
        self._running: _Round[T] | None = None

    def ask(self, work: Callable[[Callable[[], None]], T]) -> T:
        """The answer of the open round; where there is none, `work` is done here, for all who ask until it closes.

        `work` is given a function that closes the round: who asks later is not answered by it. Without a call of it the
        round closes with its end. An Exception is raised in every thread, in a copy each; where the work ends in another
        way (a cancel, a kill), those who wait ask anew.
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
            self._wait_for_the_former(round_)
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

    def _wait_for_the_former(self, round_: _Round[T]) -> None:
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
    """The same error for another thread: what is raised gets a traceback and is written to, by one thread alone."""
    kind: Any = type(error)
    other: Exception = kind.__new__(kind, *error.args)
    other.__dict__.update(error.__dict__)
    other.__cause__ = error.__cause__
    other.__suppress_context__ = error.__suppress_context__
    return other

"""A clock that moves only when it is told to, or when somebody sleeps on it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from cvaction.clock import Cancelled, DeadlineExceededError, Permit

if TYPE_CHECKING:
    from collections.abc import Callable

    from cvaction.clock import Bell

T = TypeVar("T")
START = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)


class FakeClock:
    """Whole promotions in milliseconds. `cancel_at` is the moment (on this clock) at which a cancel arrives."""

    def __init__(self, *, cancel_at: float | None = None, signum: int = 15) -> None:
        self.seconds = 1000.0
        self.slept: list[float] = []
        self.cancel_at = cancel_at
        self.signum = signum

    def now(self) -> float:
        return self.seconds

    def today(self) -> datetime:
        return START + timedelta(seconds=self.seconds - 1000.0)

    def advance(self, seconds: float) -> None:
        self.seconds += seconds

    def sleep(self, seconds: float) -> None:
        self._check()
        if self.cancel_at is not None and self.seconds + seconds >= self.cancel_at:
            self.seconds = max(self.seconds, self.cancel_at)
            raise Cancelled(self.signum)
        self.slept.append(seconds)
        self.seconds += max(0.0, seconds)

    def call(self, work: Callable[[Permit], T], seconds: float) -> T:
        self._check()
        began, permit = self.seconds, Permit()
        result = work(permit)
        self._check()
        if self.seconds - began > seconds:
            permit.revoked = True
            raise DeadlineExceededError
        return result

    def bell(self) -> Bell:
        return _Bell(self)

    def start(self, work: Callable[[], object]) -> None:
        msg = "one thread is all there is here: for more see threaded_clock.py"
        raise NotImplementedError(msg)

    def end(self) -> None:
        self.cancel_at = None

    def _check(self) -> None:
        if self.cancel_at is not None and self.seconds >= self.cancel_at:
            raise Cancelled(self.signum)


class _Bell:
    """Nobody else can ring while one thread waits: what was not rung before is not rung at all."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self._rings = 0

    def ring(self) -> None:
        self._rings += 1

    def wait(self, seconds: float | None = None) -> bool:
        if self._rings:
            self._rings -= 1
            return True
        assert seconds is not None, "the only thread waits for a bell that nobody can ring"
        self._clock.sleep(seconds)
        return False

"""A clock that moves only when it is told to, or when somebody sleeps on it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from cvaction.clock import Cancelled, DeadlineExceededError, Permit

if TYPE_CHECKING:
    from collections.abc import Callable

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

    def end(self) -> None:
        self.cancel_at = None

    def _check(self) -> None:
        if self.cancel_at is not None and self.seconds >= self.cancel_at:
            raise Cancelled(self.signum)

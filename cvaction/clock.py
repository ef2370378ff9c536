"""Time has one owner. Every wait of a run goes through a clock, and every wait ends at once on a cancel."""

from __future__ import annotations

import signal
import threading
import time
from datetime import UTC, datetime
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
# A signal that comes in the moment before a wait begins wakes nobody: Python notices it when the wait returns.
LONGEST_WAIT = 0.5
CANCELS = (signal.SIGINT, signal.SIGTERM)
PATIENCE = 2.0  # seconds after a cancel until work that does not wait is interrupted


class Cancelled(BaseException):
    """A SIGINT or a SIGTERM arrived. Not an `Exception`: nothing but the top may swallow it."""

    def __init__(self, signum: int) -> None:
        super().__init__(f"cancelled by signal {signum}")
        self.signum = signum


class DeadlineExceededError(Exception):
    """A piece of work took longer than it was given."""


class Permit:
    """A worker's leave to go on. It is revoked when nobody waits for the work any more."""

    def __init__(self) -> None:
        self.revoked = False


class Clock(Protocol):
    """What the rest of the code knows of time."""

    def now(self) -> float:
        """Seconds on a clock that never jumps."""

    def today(self) -> datetime:
        """The machine's own idea of the UTC time: only for when the service tells none."""

    def sleep(self, seconds: float) -> None:
        """Wait; raises Cancelled the moment a cancel arrives."""

    def call(self, work: Callable[[Permit], T], seconds: float) -> T:
        """Run `work` for at most `seconds`; raises DeadlineExceededError or Cancelled, and revokes its permit."""

    def end(self) -> None:
        """A cancel that comes now changes nothing any more: the run is being told of."""


class SystemClock:
    """The real clock. Work runs in a thread of its own, because name resolution and TLS heed no signal."""

    def __init__(self) -> None:
        # A SimpleQueue may be filled from a signal handler, an Event may not (its lock is not re-entrant).
        self._wake: SimpleQueue[tuple[int, Any, BaseException | None]] = SimpleQueue()
        self._turn = 0
        self._signum = 0
        self._ended = False

    @classmethod
    def listening(cls) -> SystemClock:
        """A clock that takes SIGINT and SIGTERM as a cancel from now on; a second one changes nothing."""
        clock = cls()
        for signum in CANCELS:
            signal.signal(signum, clock._cancel)
        signal.signal(signal.SIGALRM, clock._interrupt)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, CANCELS)  # entrypoint.py held them back until here
        return clock

    def _cancel(self, signum: int, _frame: object) -> None:
        if not self._signum and not self._ended:
            self._signum = signum
            self._wake.put((0, None, None))
            signal.setitimer(signal.ITIMER_REAL, PATIENCE, PATIENCE)

    def _interrupt(self, _signum: int, _frame: object) -> None:
        """Work that never waits asks nobody whether a cancel came: it is interrupted wherever it is."""
        if not self._ended:
            raise Cancelled(self._signum)

    def end(self) -> None:
        """See Clock."""
        self._ended = True
        signal.setitimer(signal.ITIMER_REAL, 0)
        for signum in CANCELS:  # Python gives up handlers while it ends, but not this
            signal.signal(signum, signal.SIG_IGN)

    def now(self) -> float:
        """See Clock."""
        return time.monotonic()

    def today(self) -> datetime:
        """See Clock."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """See Clock."""
        try:
            self._wait(-1, seconds)
        except DeadlineExceededError:
            return

    def call(self, work: Callable[[Permit], T], seconds: float) -> T:
        """See Clock."""
        self._turn += 1
        turn, permit = self._turn, Permit()

        def run() -> None:
            try:
                self._wake.put((turn, work(permit), None))
            except BaseException as error:  # noqa: BLE001 - handed to the waiting thread, which raises it
                self._wake.put((turn, None, error))

        if self._signum:
            raise Cancelled(self._signum)
        threading.Thread(target=run, daemon=True).start()
        try:
            value, error = self._wait(turn, seconds)
        except BaseException:
            permit.revoked = True
            raise
        if error is not None:
            raise error
        result: T = value
        return result

    def _wait(self, turn: int, seconds: float) -> tuple[Any, BaseException | None]:
        end = self.now() + seconds
        while True:
            if self._signum:
                raise Cancelled(self._signum)
            left = end - self.now()
            try:
                arrived, value, error = self._wake.get(timeout=max(0.0, min(left, LONGEST_WAIT)))
            except Empty:
                if left > LONGEST_WAIT:
                    continue
                raise DeadlineExceededError from None
            if arrived == turn:
                return value, error

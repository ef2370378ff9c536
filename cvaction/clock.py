"""Time has one owner. Every wait of a run goes through a clock, and every wait ends at once on a cancel.

Any thread may wait. A thread waits for another one with a `Bell`, never inside a lock, because a cancel cannot end the
wait for a lock. Threads are started with `start`, so that they end with the run.
"""

from __future__ import annotations

import math
import signal
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
# Seconds. A signal may come just before a wait begins. Python then notices it only when the wait returns.
LONGEST_WAIT = 0.5
CANCELS = (signal.SIGINT, signal.SIGTERM)
PATIENCE = 2.0  # seconds after a cancel until work that never waits is interrupted
GRACE = 1.0  # seconds that the end of a run waits for its threads


class Cancelled(BaseException):
    """A SIGINT or a SIGTERM arrived. Not an `Exception`, because only `main` may catch it."""

    def __init__(self, signum: int) -> None:
        super().__init__(f"cancelled by signal {signum}")
        self.signum = signum


class DeadlineExceededError(Exception):
    """Work took longer than its deadline."""


class Permit:
    """A worker's permission to go on. Revoked when no thread waits for the work any more."""

    def __init__(self) -> None:
        self.revoked = False


class Bell(Protocol):
    """One thread waits, and any thread wakes it by a ring. A ring before the wait ends the wait at once."""

    def ring(self) -> None:
        """Wake the thread that waits, or that waits next. Returns at once."""

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for one ring, at most `seconds` (None: for ever). Returns whether it rang. Raises Cancelled."""


class Clock(Protocol):
    """All that other modules know of time. Every method may be called from any thread."""

    def now(self) -> float:
        """Seconds on a clock that never jumps."""

    def today(self) -> datetime:
        """The UTC time by the machine's own clock. Only for when the service's time is unknown."""

    def sleep(self, seconds: float) -> None:
        """Wait. Raises Cancelled as soon as a cancel arrives."""

    def call(self, work: Callable[[Permit], T], seconds: float) -> T:
        """Run `work` for at most `seconds`. Raises DeadlineExceededError or Cancelled, and then revokes the permit."""

    def bell(self) -> Bell:
        """A new bell."""

    def start(self, work: Callable[[], object]) -> None:
        """Run `work` in a new daemon thread. A Cancelled that `work` does not catch ends the thread without a message."""

    def end(self) -> None:
        """Ignore any later cancel: from now on the run only reports its result. Other threads end with Cancelled."""


class SystemClock:
    """The real clock. Work runs in its own thread, because no signal interrupts name resolution and TLS."""

    def __init__(self) -> None:
        # The queues of the threads that wait now. A signal handler may fill a SimpleQueue, but may not set an Event,
        # whose lock is not re-entrant. A handler takes no lock, so this is a dict: one change or copy is atomic.
        self._waiting: dict[SimpleQueue[Any], None] = {}
        self._threads: list[threading.Thread] = []
        self._signum = 0
        self._ended = False

    @classmethod
    def listening(cls) -> SystemClock:
        """A clock that takes SIGINT and SIGTERM as a cancel from now on. A second signal changes nothing."""
        clock = cls()
        for signum in CANCELS:
            signal.signal(signum, clock._cancel)
        signal.signal(signal.SIGALRM, clock._interrupt)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, CANCELS)  # entrypoint.py held them back until here
        return clock

    def _cancel(self, signum: int, _frame: object) -> None:
        if not self._signum and not self._ended:
            self._signum = signum
            self._wake_all()
            signal.setitimer(signal.ITIMER_REAL, PATIENCE, PATIENCE)

    def _wake_all(self) -> None:
        """Wake every thread that waits. A thread that begins to wait later checks the signal's number first."""
        for queue in list(self._waiting):
            queue.put(None)

    def _interrupt(self, _signum: int, _frame: object) -> None:
        """Interrupt work that never waits, wherever it is: it does not check for a cancel."""
        if not self._ended:
            raise Cancelled(self._signum)

    def end(self) -> None:
        """See Clock."""
        self._ended = True
        signal.setitimer(signal.ITIMER_REAL, 0)
        for signum in CANCELS:  # Python drops handlers while it ends, but keeps SIG_IGN
            signal.signal(signum, signal.SIG_IGN)
        self._wake_all()
        last = self.now() + GRACE
        for thread in list(self._threads):
            thread.join(max(0.0, last - self.now()))

    def now(self) -> float:
        """See Clock."""
        return time.monotonic()

    def today(self) -> datetime:
        """See Clock."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """See Clock."""
        with suppress(DeadlineExceededError):
            self.wait(SimpleQueue(), seconds)

    def bell(self) -> Bell:
        """See Clock."""
        return _Bell(self)

    def start(self, work: Callable[[], object]) -> None:
        """See Clock."""

        def run() -> None:
            with suppress(Cancelled):
                work()

        self._threads = [thread for thread in self._threads if thread.is_alive()]
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        self._threads.append(thread)

    def call(self, work: Callable[[Permit], T], seconds: float) -> T:
        """See Clock."""
        queue: SimpleQueue[Any] = SimpleQueue()  # of this call alone: a late result is dropped
        permit = Permit()

        def run() -> None:
            try:
                queue.put((work(permit), None))
            except BaseException as error:  # noqa: BLE001 - handed to the waiting thread, which raises it
                queue.put((None, error))

        self._check()
        threading.Thread(target=run, daemon=True).start()
        try:
            value, error = self.wait(queue, seconds)
        except BaseException:
            permit.revoked = True
            raise
        if error is not None:
            raise error
        result: T = value
        return result

    def wait(self, queue: SimpleQueue[Any], seconds: float) -> Any:  # noqa: ANN401 - whatever was put
        """The item that is put into a queue within `seconds`. Raises DeadlineExceededError or Cancelled."""
        end = self.now() + seconds
        self._waiting[queue] = None
        try:
            while True:
                self._check()
                left = end - self.now()
                try:
                    item = queue.get(timeout=max(0.0, min(left, LONGEST_WAIT)))
                except Empty:
                    if left > LONGEST_WAIT:
                        continue
                    raise DeadlineExceededError from None
                if item is not None:
                    return item
        finally:
            del self._waiting[queue]

    def _check(self) -> None:
        """Raise Cancelled after a cancel. In other threads than the main one, also after the end of the run."""
        if self._signum:
            raise Cancelled(self._signum)
        if self._ended and threading.current_thread() is not threading.main_thread():
            raise Cancelled(signal.SIGTERM)


class _Bell:
    """See Bell."""

    def __init__(self, clock: SystemClock) -> None:
        self._clock = clock
        self._queue: SimpleQueue[Any] = SimpleQueue()

    def ring(self) -> None:
        """See Bell."""
        self._queue.put(self)

    def wait(self, seconds: float | None = None) -> bool:
        """See Bell."""
        try:
            self._clock.wait(self._queue, math.inf if seconds is None else seconds)
        except DeadlineExceededError:
            return False
        return True

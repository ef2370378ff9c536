"""Time has one owner. Every wait of a run goes through a clock, and every wait ends at once on a cancel.

Any thread may wait, each with a wake of its own. One thread waits for another through a `Bell`, never inside a lock:
a lock heeds no cancel. Threads are begun with `start`, because they end with the run.
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
# A signal that comes in the moment before a wait begins wakes nobody: Python notices it when the wait returns.
LONGEST_WAIT = 0.5
CANCELS = (signal.SIGINT, signal.SIGTERM)
PATIENCE = 2.0  # seconds after a cancel until work that does not wait is interrupted
GRACE = 1.0  # seconds that the end of a run waits for its threads, which have been told to end


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


class Bell(Protocol):
    """A wake of one's own: one thread waits, any thread rings. A ring that comes before the wait ends it at once."""

    def ring(self) -> None:
        """Wake whoever waits, or will wait next. Never waits itself."""

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for one ring, without `seconds` for ever; False once they are over. Raises Cancelled."""


class Clock(Protocol):
    """What the rest of the code knows of time. Every method may be called from any thread."""

    def now(self) -> float:
        """Seconds on a clock that never jumps."""

    def today(self) -> datetime:
        """The machine's own idea of the UTC time: only for when the service tells none."""

    def sleep(self, seconds: float) -> None:
        """Wait; raises Cancelled the moment a cancel arrives."""

    def call(self, work: Callable[[Permit], T], seconds: float) -> T:
        """Run `work` for at most `seconds`; raises DeadlineExceededError or Cancelled, and revokes its permit."""

    def bell(self) -> Bell:
        """A new bell."""

    def start(self, work: Callable[[], object]) -> None:
        """Run `work` in a daemon thread of its own. A Cancelled that it does not catch ends it quietly."""

    def end(self) -> None:
        """A cancel that comes now changes nothing any more: the run is being told of. Other threads end by Cancelled."""


class SystemClock:
    """The real clock. Work runs in a thread of its own, because name resolution and TLS heed no signal."""

    def __init__(self) -> None:
        # Who waits now. A SimpleQueue may be filled from a signal handler, an Event may not (its lock is not
        # re-entrant); and a handler takes no lock, so this is a dict, which is changed and copied in one go each.
        self._waiting: dict[SimpleQueue[Any], None] = {}
        self._threads: list[threading.Thread] = []
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
            self._wake_all()
            signal.setitimer(signal.ITIMER_REAL, PATIENCE, PATIENCE)

    def _wake_all(self) -> None:
        """Whoever begins to wait after this sees the signal's number: it is looked at once the queue is listed."""
        for queue in list(self._waiting):
            queue.put(None)

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
        queue: SimpleQueue[Any] = SimpleQueue()  # of this call alone: what comes too late comes to nobody
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
        """What is put into a queue within `seconds`; raises DeadlineExceededError or Cancelled."""
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
        """Raise Cancelled if there is one; to the other threads the end of the run is one, too."""
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

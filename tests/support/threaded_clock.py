"""Virtual time for several threads: whole runs of many threads in milliseconds, the same each time.

    with ThreadedClock() as clock:     # or ThreadedClock(seed=7): another order among those who could go on
        clock.start(work)              # a thread that this clock knows; the code under test starts its own so
        clock.sleep(3)                 # whoever waits lets the others run
    # here all threads have ended, and what one of them raised is raised

- It takes the place of `FakeClock` (in a `World`, a `Wire`, a `Job`): `World.clock`, or `new_world(…, clock=…)`.
- **One thread runs at a time**: the one that has the baton. It gives it on where it waits (`sleep`, a bell's `wait`,
  `advance`, the end of its work) and nowhere else. So the emulator and a `Wire` need no locks, and a failure comes again.
- Time moves only when all threads wait, and then to the earliest moment that one of them waits for.
- `advance(0.02)` in a fake session is a request of 20 ms: the others go on meanwhile. In a `call` it ends at the call's
  deadline, and at a cancel.
- `cancel_at`, or `cancel()` from any thread: everybody who waits gets Cancelled at once, as on the real clock.
- `end()`, as `main.run` calls it, lets the other threads end: by Cancelled after a cancel, else by `Gone`, which is what
  the end of a process is to its daemon threads. The clock can be used for the next attempt.
- All wait for each other, and for no moment: an AssertionError in the first thread, the one that began to use the clock.
- Product code that waits on a clock inside a plain lock hangs here for real: it must not, because a lock heeds no cancel.
- `errors` holds what a started thread raised; `check()` raises the first of them.
"""

from __future__ import annotations

import random
import threading
from typing import TYPE_CHECKING, Any, TypeVar

from cvaction.clock import Cancelled, DeadlineExceededError, Permit
from tests.support.fake_clock import FakeClock

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

    from cvaction.clock import Bell

T = TypeVar("T")
FOREVER = 60.0  # seconds of real time after which a thread that does not get the baton gives up
MANY = 10_000  # turns that the threads of a run may take to end


class Gone(BaseException):
    """The process has ended, and this thread with it."""


class _Party:
    """A thread that this clock knows."""

    def __init__(self) -> None:
        self.gate = threading.Semaphore(0)
        self.until: float | None = 0.0  # what it waits for; None: only for a ring
        self.rung = False
        self.heeds = False  # whether a cancel wakes it
        self.limit: float | None = None  # the deadline of the call that it is in
        self.late = False
        self.gone = False


class ThreadedClock(FakeClock):
    """See above. `switches` counts how often the baton was given on."""

    def __init__(self, *, cancel_at: float | None = None, signum: int = 15, seed: int | None = None) -> None:
        super().__init__(cancel_at=cancel_at, signum=signum)
        self.errors: list[BaseException] = []
        self.switches = 0
        self._seed = seed
        self._chance = None if seed is None else random.Random(seed)
        self._cancelled = False
        self._parties: dict[int, _Party] = {}
        self._waiting: list[_Party] = []
        self._first: _Party | None = None
        self._stuck = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self.end()
        if kind is None:
            self.check()

    def __deepcopy__(self, memo: dict[int, Any]) -> ThreadedClock:
        """The time, without the threads."""
        other = type(self)(cancel_at=self.cancel_at, signum=self.signum, seed=self._seed)
        other.seconds, other.slept = self.seconds, list(self.slept)
        memo[id(self)] = other
        return other

    @property
    def threads(self) -> int:
        """How many threads there are beside the first."""
        return len([party for party in self._parties.values() if party is not self._first])

    def check(self) -> None:
        """Raise what a thread has raised."""
        if self.errors:
            raise self.errors[0]

    def cancel(self) -> None:
        """What a signal does."""
        self._cancelled = True

    def advance(self, seconds: float) -> None:
        me = self._me()
        target = self.seconds + seconds
        if me.limit is not None and target > me.limit:
            target, me.late = max(self.seconds, me.limit), True
        if not self._is_cancelled() or me.limit is None:
            self._pause(me, target, heeds=me.limit is not None)

    def sleep(self, seconds: float) -> None:
        self._check()
        self.slept.append(seconds)
        self._pause(self._me(), self.seconds + max(0.0, seconds), heeds=True)
        self._check()

    def call(self, work: Callable[[Permit], T], seconds: float) -> T:
        self._check()
        me, permit = self._me(), Permit()
        before = me.limit, me.late
        me.limit, me.late = self.seconds + seconds, False
        try:
            result = work(permit)
            self._check()
        except Exception:
            if not me.late:
                raise
        finally:
            late, permit.revoked = me.late, me.late or self._is_cancelled()
            me.limit, me.late = before
        if late:
            raise DeadlineExceededError
        return result

    def bell(self) -> Bell:
        return _Bell(self)

    def start(self, work: Callable[[], object]) -> None:
        self._me()
        party = _Party()
        party.until = self.seconds

        def run() -> None:
            party.gate.acquire()
            try:
                if not party.gone:
                    work()
            except (Cancelled, Gone):
                pass
            except BaseException as error:  # noqa: BLE001 - told to the test
                self.errors.append(error)
            finally:
                del self._parties[threading.get_ident()]
                self._pass_on()

        self._waiting.append(party)
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        assert thread.ident is not None
        self._parties[thread.ident] = party

    def end(self) -> None:
        me = self._me()
        gone, turns = not self._is_cancelled(), 0
        while self.threads:
            turns += 1
            assert turns < MANY, "a thread goes on after the end of its run"
            for party in self._waiting:
                party.gone = gone
                party.heeds = True
                party.rung = True
            self._pause(me, self.seconds, heeds=False)
        self.cancel_at, self._cancelled = None, False

    def _is_cancelled(self) -> bool:
        return self._cancelled or (self.cancel_at is not None and self.seconds >= self.cancel_at)

    def _check(self) -> None:
        if self._me().gone:
            raise Gone
        if self._is_cancelled():
            raise Cancelled(self.signum)

    def _me(self) -> _Party:
        if not self._parties:
            self._first = self._parties[threading.get_ident()] = _Party()
        party = self._parties.get(threading.get_ident())
        assert party is not None, "a thread that this clock does not know: begin it with clock.start"
        return party

    def _pause(self, me: _Party, until: float | None, *, heeds: bool) -> bool:
        """Wait; whether it was rung. Nothing here raises but Gone and the deadlock's error."""
        me.until, me.heeds = until, heeds
        self._waiting.append(me)
        self._pass_on()
        assert me.gate.acquire(timeout=FOREVER), "the thread that has the baton waits for something that is no clock"
        rung, me.rung = me.rung, False
        if me.gone:
            raise Gone
        if self._stuck and me is self._first:
            stuck, self._stuck = self._stuck, ""
            raise AssertionError(stuck)
        return rung

    def _pass_on(self) -> None:
        """Give the baton to the next, and let time go on where nobody can."""
        self.switches += 1
        if not self._waiting:
            return
        while not (ready := [party for party in self._waiting if self._ready(party)]):
            moments = [party.until for party in self._waiting if party.until is not None]
            if self.cancel_at is not None and not self._is_cancelled():
                moments.append(self.cancel_at)
            if not moments:
                assert self._first is not None
                self._stuck = f"all {len(self._waiting)} threads wait for each other"
                ready = [self._first] if self._first in self._waiting else self._waiting[:1]
                break
            self.seconds = max(self.seconds, min(moments))
        # Who has waited for an earlier moment goes on first, as on a real clock; else who came first.
        party = self._chance.choice(ready) if self._chance else min(ready, key=self._turn)
        self._waiting.remove(party)
        party.gate.release()

    def _ready(self, party: _Party) -> bool:
        woken = party.rung or (party.heeds and self._is_cancelled())
        return woken or (party.until is not None and party.until <= self.seconds)

    def _turn(self, party: _Party) -> float:
        return self.seconds if party.until is None or party.rung else min(party.until, self.seconds)


class _Bell:
    def __init__(self, clock: ThreadedClock) -> None:
        self._clock = clock
        self._rings = 0
        self._waits: _Party | None = None

    def ring(self) -> None:
        if self._waits is not None and not self._waits.rung:
            self._waits.rung = True
        else:
            self._rings += 1

    def wait(self, seconds: float | None = None) -> bool:
        clock = self._clock
        clock._check()
        if self._rings:
            self._rings -= 1
            return True
        self._waits = me = clock._me()
        try:
            rung = clock._pause(me, None if seconds is None else clock.seconds + max(0.0, seconds), heeds=True)
        finally:
            self._waits = None
        clock._check()
        return rung

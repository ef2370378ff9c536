from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

import pytest

from cvaction import clock as module
from cvaction.clock import CANCELS, LONGEST_WAIT, Cancelled, DeadlineExceededError, Permit, SystemClock
from tests.support.fake_clock import START, FakeClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FOREVER = 60.0


@pytest.fixture
def listening() -> Iterator[SystemClock]:
    """A clock that takes real signals; the process's own handlers come back."""
    before = {number: signal.getsignal(number) for number in (*CANCELS, signal.SIGALRM)}
    clock = SystemClock.listening()
    yield clock
    clock.end()
    for number, handler in before.items():
        signal.signal(number, handler)


def send_when(started: threading.Event, *signums: signal.Signals) -> threading.Thread:
    """Send signals to this process as soon as an event is set."""

    def send() -> None:
        started.wait(FOREVER)
        for signum in signums:
            os.kill(os.getpid(), signum)

    thread = threading.Thread(target=send)
    thread.start()
    return thread


def waiting(clock: SystemClock, number: int = 1) -> threading.Event:
    """Set as soon as so many threads wait on a clock."""
    begun = threading.Event()

    class Watched(dict[Any, None]):
        def __setitem__(self, key: Any, value: None) -> None:
            super().__setitem__(key, value)
            if len(self) >= number:
                begun.set()

    clock._waiting = Watched()
    return begun


class TestTheSystemClock:
    def test_never_goes_back_and_knows_the_machines_time_in_utc(self) -> None:
        clock = SystemClock()
        first = clock.now()

        assert clock.now() >= first
        assert clock.today().utcoffset() is not None
        assert not clock.today().utcoffset()

    def test_sleeps_at_least_as_long_as_it_is_told(self) -> None:
        clock = SystemClock()
        began = clock.now()

        clock.sleep(0.02)

        assert clock.now() - began >= 0.019

    def test_does_not_sleep_for_a_time_that_is_over(self) -> None:
        SystemClock().sleep(-5.0)

    def test_hands_out_what_the_work_returns(self) -> None:
        assert SystemClock().call(lambda _permit: 7, FOREVER) == 7

    def test_raises_what_the_work_raises(self) -> None:
        def work(permit: Permit) -> None:
            raise KeyError("lost")

        with pytest.raises(KeyError, match="lost"):
            SystemClock().call(work, FOREVER)

    def test_runs_the_work_in_another_thread_because_name_resolution_heeds_no_signal(self) -> None:
        assert SystemClock().call(lambda _permit: threading.get_ident(), FOREVER) != threading.get_ident()

    def test_gives_work_up_at_its_deadline_and_revokes_its_permit(self) -> None:
        seen: list[Permit] = []
        release = threading.Event()

        def work(permit: Permit) -> None:
            seen.append(permit)
            release.wait(FOREVER)

        with pytest.raises(DeadlineExceededError):
            SystemClock().call(work, 0.05)
        release.set()

        assert seen[0].revoked

    def test_leaves_the_permit_of_finished_work_alone(self) -> None:
        assert not SystemClock().call(lambda permit: permit, FOREVER).revoked

    def test_does_not_take_a_late_result_for_that_of_the_next_call(self) -> None:
        clock, release = SystemClock(), threading.Event()
        threads: list[threading.Thread] = []

        def late(_permit: Permit) -> str:
            threads.append(threading.current_thread())
            release.wait(FOREVER)
            return "late"

        def after_the_late_one(_permit: Permit) -> str:
            release.set()
            threads[0].join(FOREVER)
            return "mine"

        with pytest.raises(DeadlineExceededError):
            clock.call(late, 0.02)
        assert clock.call(after_the_late_one, FOREVER) == "mine"

    def test_does_not_end_a_sleep_for_a_late_result(self) -> None:
        clock, release = SystemClock(), threading.Event()
        with pytest.raises(DeadlineExceededError):
            clock.call(lambda _permit: release.wait(FOREVER), 0.02)
        began = clock.now()

        release.set()
        clock.sleep(0.05)

        assert clock.now() - began >= 0.049


class TestACancel:
    @pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
    def test_ends_a_sleep(self, listening: SystemClock, signum: signal.Signals) -> None:
        sender = send_when(waiting(listening), signum)

        with pytest.raises(Cancelled) as caught:
            listening.sleep(FOREVER)
        sender.join()

        assert caught.value.signum == signum

    def test_ends_a_call_whose_work_hangs_and_revokes_its_permit(self, listening: SystemClock) -> None:
        begun, release, seen = threading.Event(), threading.Event(), []
        sender = send_when(begun, signal.SIGTERM)

        def hang(permit: Permit) -> None:
            seen.append(permit)
            begun.set()
            release.wait(FOREVER)

        with pytest.raises(Cancelled) as caught:
            listening.call(hang, FOREVER)
        release.set()
        sender.join()

        assert caught.value.signum == signal.SIGTERM
        assert seen[0].revoked

    def test_that_comes_just_before_a_wait_begins_is_noticed_all_the_same(
        self, listening: SystemClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        class Deaf:
            """A signal that wakes nobody: it comes when the wait has begun and is not yet in the kernel."""

            def put(self, item: object) -> None:
                pass

            def get(self, timeout: float) -> object:
                assert timeout <= LONGEST_WAIT
                listening._cancel(signal.SIGTERM, None)
                raise queue.Empty

        monkeypatch.setattr(module, "SimpleQueue", Deaf)

        with pytest.raises(Cancelled):
            listening.sleep(FOREVER)

    def test_interrupts_work_that_never_waits(self, listening: SystemClock, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "PATIENCE", 0.2)
        os.kill(os.getpid(), signal.SIGTERM)

        with pytest.raises(Cancelled) as caught:
            all(iter(int, 1) for _ in iter(int, 1))
        listening.end()  # before the next interruption

        assert caught.value.signum == signal.SIGTERM

    def test_changes_nothing_once_the_run_is_being_told_of(self, listening: SystemClock) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        listening.end()
        os.kill(os.getpid(), signal.SIGINT)
        listening._interrupt(signal.SIGALRM, None)

        assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)

    def test_that_was_held_back_until_somebody_listens_is_one(self) -> None:
        code = (
            "import os, signal; from cvaction.clock import *; "
            "signal.pthread_sigmask(signal.SIG_BLOCK, CANCELS); os.kill(os.getpid(), signal.SIGTERM); "
            "clock = SystemClock.listening()\n"
            "try: clock.sleep(60)\n"
            "except Cancelled as cancel: print(cancel.signum)"
        )
        done = subprocess.run(
            [sys.executable, "-Ic", code], check=True, capture_output=True, text=True, timeout=FOREVER
        )

        assert done.stdout == f"{signal.SIGTERM:d}\n"

    def test_keeps_the_number_of_the_first_signal_when_a_second_comes(self, listening: SystemClock) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGTERM)

        with pytest.raises(Cancelled) as caught:
            listening.sleep(FOREVER)

        assert caught.value.signum == signal.SIGINT

    def test_that_came_between_two_waits_lets_no_further_work_start(self, listening: SystemClock) -> None:
        started: list[Permit] = []
        os.kill(os.getpid(), signal.SIGTERM)

        with pytest.raises(Cancelled):
            listening.call(started.append, FOREVER)
        with pytest.raises(Cancelled):
            listening.sleep(0.0)

        assert not started

    def test_is_not_caught_by_code_that_catches_every_exception(self) -> None:
        assert not issubclass(Cancelled, Exception)
        assert "15" in str(Cancelled(15))


class TestManyThreads:
    def test_each_have_a_wake_of_their_own(self) -> None:
        clock = SystemClock()
        bells = [clock.bell() for _ in range(8)]
        heard: SimpleQueue[int] = SimpleQueue()
        for number, bell in enumerate(bells):
            clock.start(lambda number=number, bell=bell: heard.put(number) if bell.wait() else None)  # type: ignore[misc]

        for number in (5, 2, 7):
            bells[number].ring()
            assert heard.get(timeout=FOREVER) == number
        assert heard.empty()

    def test_a_ring_before_the_wait_ends_it(self) -> None:
        bell = SystemClock().bell()
        bell.ring()

        assert bell.wait(FOREVER)
        assert not bell.wait(0.01)

    def test_one_cancel_ends_them_all(self, listening: SystemClock, monkeypatch: pytest.MonkeyPatch) -> None:
        """In a sleep, in a call and at a bell; each by its own wake, not because it looks again after a while."""
        monkeypatch.setattr(module, "LONGEST_WAIT", FOREVER)
        release, ended = threading.Event(), SimpleQueue[int]()
        waits: list[Callable[[], object]] = [
            lambda: listening.sleep(FOREVER),
            lambda: listening.call(lambda _permit: release.wait(FOREVER), FOREVER),
            lambda: listening.bell().wait(),
        ] * 4

        def wait(work: Callable[[], object]) -> None:
            with pytest.raises(Cancelled) as caught:
                work()
            ended.put(caught.value.signum)

        all_wait = waiting(listening, len(waits))
        for work in waits:
            listening.start(lambda work=work: wait(work))  # type: ignore[misc]
        assert all_wait.wait(FOREVER)
        listening._cancel(signal.SIGTERM, None)

        assert [ended.get(timeout=FOREVER / 2) for _ in waits] == [signal.SIGTERM] * len(waits)
        release.set()

    def test_none_starts_work_after_a_cancel(self, listening: SystemClock) -> None:
        started: list[Permit] = []
        refused: SimpleQueue[int] = SimpleQueue()

        def work() -> None:
            try:
                while True:
                    listening.call(started.append, FOREVER)
            except Cancelled:
                by_then = len(started)
                for _ in range(3):
                    with pytest.raises(Cancelled):
                        listening.call(started.append, FOREVER)
                refused.put(by_then)

        for _ in range(4):
            listening.start(work)
        os.kill(os.getpid(), signal.SIGTERM)

        last = max(refused.get(timeout=FOREVER) for _ in range(4))
        assert len(started) == last

    def test_are_over_when_the_run_is_told_of(self, listening: SystemClock, monkeypatch: pytest.MonkeyPatch) -> None:
        """Without a cancel, too: nobody sends a request that no output knows of."""
        monkeypatch.setattr(module, "LONGEST_WAIT", FOREVER)
        monkeypatch.setattr(module, "GRACE", FOREVER / 2)
        ended: list[int] = []

        def work() -> None:
            try:
                listening.sleep(FOREVER)
            except Cancelled as cancel:
                ended.append(cancel.signum)
                raise

        for _ in range(3):
            listening.start(work)
        listening.end()

        assert ended == [signal.SIGTERM] * 3
        assert listening.call(lambda _permit: 7, FOREVER) == 7, "the main thread goes on"

    def test_keep_nothing_of_those_that_have_ended(self) -> None:
        clock = SystemClock()
        for _ in range(50):
            done = threading.Event()
            clock.start(done.set)
            done.wait(FOREVER)
            clock._threads[-1].join(FOREVER)

        assert len(clock._threads) == 1
        assert not clock._waiting


class TestTheFakeClock:
    def test_moves_only_when_somebody_sleeps_or_advances_it(self) -> None:
        clock = FakeClock()
        began = clock.now()

        clock.sleep(3.0)
        clock.advance(2.0)

        assert clock.now() - began == 5.0
        assert (clock.today() - START).total_seconds() == 5.0
        assert clock.slept == [3.0]

    def test_gives_up_work_that_took_too_long(self) -> None:
        clock, seen = FakeClock(), []

        def slow(permit: Permit) -> None:
            seen.append(permit)
            clock.advance(11.0)

        with pytest.raises(DeadlineExceededError):
            clock.call(slow, 10.0)

        assert seen[0].revoked

    def test_cancels_in_a_sleep_that_reaches_the_moment(self) -> None:
        clock = FakeClock(cancel_at=1010.0, signum=2)
        clock.sleep(5.0)

        with pytest.raises(Cancelled) as caught:
            clock.sleep(60.0)

        assert clock.now() == 1010.0
        assert caught.value.signum == 2
        with pytest.raises(Cancelled):
            clock.call(lambda _permit: None, 1.0)

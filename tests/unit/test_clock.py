from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading

import pytest

from cvaction import clock as module
from cvaction.clock import LONGEST_WAIT, Cancelled, DeadlineExceededError, Permit, SystemClock
from tests.support.system_clock import FOREVER, waiting


def send_when(started: threading.Event, *signums: signal.Signals) -> threading.Thread:
    """Send signals to this process as soon as an event is set."""

    def send() -> None:
        started.wait(FOREVER)
        for signum in signums:
            os.kill(os.getpid(), signum)

    thread = threading.Thread(target=send)
    thread.start()
    return thread


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

"""Many jobs at a time: who runs when, what ends one job, and what ends all."""

from __future__ import annotations

import os
import signal
import threading
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvaction.clock import CANCELS, Cancelled, SystemClock
from cvaction.workers import run_all
from tests.support.threaded_clock import ThreadedClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Jobs:
    """Jobs that take so many seconds each, and when each was taken, begun and ended."""

    def __init__(self, clock: ThreadedClock, *seconds: float) -> None:
        self.clock, self.seconds = clock, seconds
        self.taken: list[float] = []
        self.running = self.most = 0

    def __iter__(self) -> Iterator[Callable[[], float]]:
        for seconds in self.seconds:
            self.taken.append(self.clock.now() - 1000.0)
            yield lambda seconds=seconds: self._do(seconds)  # type: ignore[misc]

    def _do(self, seconds: float) -> float:
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            self.clock.sleep(seconds)
        finally:
            self.running -= 1
        if seconds > 100.0:
            raise ValueError(f"{seconds} is too long")
        return seconds


def test_jobs_are_told_in_the_order_in_which_they_end() -> None:
    with ThreadedClock() as clock:
        jobs = Jobs(clock, 5.0, 1.0, 3.0, 1.0)
        done = [(done.number, done.result(), clock.now() - 1000.0) for done in run_all(clock, jobs, 2)]

    assert done == [(1, 1.0, 1.0), (2, 3.0, 4.0), (0, 5.0, 5.0), (3, 1.0, 5.0)]
    assert jobs.most == 2


def test_a_job_is_taken_when_a_worker_is_free_and_not_before() -> None:
    with ThreadedClock() as clock:
        jobs = Jobs(clock, 5.0, 1.0, 3.0, 1.0)
        list(run_all(clock, jobs, 2))

        assert jobs.taken == [0.0, 0.0, 1.0, 4.0]


def test_jobs_that_are_slow_to_come_are_taken_ahead() -> None:
    """A page of a listing takes 2 s, and gives four jobs of 1 s: the workers never wait for it but at the start."""

    def pages() -> Iterator[Callable[[], None]]:
        for _ in range(3):
            clock.sleep(2.0)
            for _ in range(4):
                yield lambda: clock.sleep(1.0)

    with ThreadedClock() as clock:
        assert len(list(run_all(clock, pages(), 1, ahead=8))) == 12
        assert clock.now() == 1014.0


def test_jobs_that_are_ready_are_told_in_groups() -> None:
    """One worker, eight jobs ahead: the caller is woken when half of them are left, and not after each."""
    with ThreadedClock() as clock:
        jobs = Jobs(clock, *[1.0] * 20)
        told = [clock.now() - 1000.0 for _ in run_all(clock, jobs, 1, ahead=8)]

    assert jobs.taken == [0.0] * 9 + [5.0] * 5 + [10.0] * 5 + [15.0]
    assert told == [5.0] * 5 + [10.0] * 5 + [15.0] * 5 + [16.0, 17.0, 18.0, 19.0, 20.0]


def test_a_job_that_fails_is_told_at_once() -> None:
    with ThreadedClock() as clock:
        jobs = Jobs(clock, 1.0, 101.0, *[1.0] * 8)
        told = {done.number: clock.now() - 1000.0 for done in run_all(clock, jobs, 1, ahead=8)}

    assert (told[0], told[1]) == (102.0, 102.0)


def test_without_jobs_ahead_each_is_told_at_once() -> None:
    """A mirror writes down what is done, also while another project waits for its thread."""
    with ThreadedClock() as clock:
        told = [clock.now() - 1000.0 for _ in run_all(clock, Jobs(clock, 1.0, 9.0, 2.0, 3.0), 2)]
        quick = [clock.now() - 1009.0 for _ in run_all(clock, [lambda: None, lambda: clock.sleep(9.0)], 2)]

    assert told == [1.0, 3.0, 6.0, 9.0]
    assert quick == [0.0, 9.0], "the second job was not begun yet when the first one ended"


def test_an_exception_ends_one_job_and_is_told() -> None:
    with ThreadedClock() as clock:
        done = {done.number: done for done in run_all(clock, Jobs(clock, 101.0, 1.0, 102.0, 2.0), 2)}

    assert [number for number in done if done[number].error] == [0, 2]
    assert (done[1].result(), done[3].result()) == (1.0, 2.0)
    with pytest.raises(ValueError, match=r"101\.0 is too long"):
        done[0].result()


@pytest.mark.parametrize("in_the_workers", [True, False])
def test_a_cancel_ends_all(in_the_workers: bool) -> None:
    with ThreadedClock(cancel_at=1010.0) as clock:
        jobs = Jobs(clock, *[4.0] * 50)
        ended = 0

        def watch() -> None:
            nonlocal ended
            for _ in run_all(clock, jobs, 3):
                ended += 1
                if not in_the_workers and ended == 6:
                    clock.sleep(60.0)

        with pytest.raises(Cancelled):
            watch()
        clock.advance(1.0)

        assert (clock.now(), clock.threads, ended, jobs.running) == (1011.0, 0, 6, 0)
        assert len(jobs.taken) <= 9


def test_what_is_no_exception_ends_all() -> None:
    class Killed(BaseException):
        pass

    def kill() -> None:
        raise Killed

    with ThreadedClock() as clock:
        with pytest.raises(Killed):
            list(run_all(clock, [lambda: clock.sleep(5.0), kill, lambda: clock.sleep(9.0)], 2))

        assert clock.now() == 1000.0


def test_who_stops_to_listen_begins_no_more() -> None:
    with ThreadedClock() as clock:
        jobs = Jobs(clock, *[1.0] * 10)
        running = run_all(clock, jobs, 2, ahead=4)
        next(running)
        running.close()  # type: ignore[attr-defined]
        clock.sleep(20.0)

        assert (clock.threads, jobs.running, jobs.most) == (0, 0, 2)


def test_the_workers_end_with_the_last_job() -> None:
    with ThreadedClock() as clock:
        list(run_all(clock, Jobs(clock, 1.0, 2.0, 3.0), 3))
        clock.advance(1.0)

        assert clock.threads == 0


@pytest.mark.parametrize("number", [0, 1, 3])
def test_no_more_workers_are_made_than_there_are_jobs(number: int) -> None:
    with ThreadedClock() as clock:
        running = run_all(clock, Jobs(clock, *[1.0] * number), 16)
        threads = {clock.threads for _ in running}

    assert max(threads, default=0) <= number


@settings(max_examples=80, deadline=None)
@given(
    seconds=st.lists(st.sampled_from([0.0, 0.5, 1.0, 7.0, 101.0]), max_size=20),
    parallel=st.integers(1, 6),
    ahead=st.integers(0, 5),
    seed=st.integers(0, 1000),
)
def test_whatever_ends_first_each_job_is_done_once(seconds: list[float], parallel: int, ahead: int, seed: int) -> None:
    with ThreadedClock(seed=seed) as clock:
        jobs = Jobs(clock, *seconds)
        numbers = [done.number for done in run_all(clock, jobs, parallel, ahead=ahead)]
        clock.advance(1.0)

        assert sorted(numbers) == list(range(len(seconds)))
        assert jobs.most <= parallel
        assert clock.threads == 0


def test_a_real_signal_ends_real_workers() -> None:
    """The main thread waits for them, and a signal comes to it and to nobody else."""
    before = {number: signal.getsignal(number) for number in (*CANCELS, signal.SIGALRM)}
    clock, begun = SystemClock.listening(), threading.Semaphore(0)

    def job() -> None:
        begun.release()
        clock.sleep(60.0)

    def send() -> None:
        for _ in range(4):
            begun.acquire()
        os.kill(os.getpid(), signal.SIGTERM)

    sender = threading.Thread(target=send)
    sender.start()
    try:
        with pytest.raises(Cancelled):
            list(run_all(clock, [job] * 9, 4))
        sender.join()
        clock.end()
        assert not any(thread.is_alive() for thread in clock._threads)
    finally:
        clock.end()
        for number, handler in before.items():
            signal.signal(number, handler)

"""The fake clock for threads: what a test may rely on."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import pytest

from cvaction.clock import Cancelled, DeadlineExceededError, Permit
from tests.support.threaded_clock import ThreadedClock

if TYPE_CHECKING:
    from collections.abc import Callable


def race(clock: ThreadedClock) -> list[tuple[str, float]]:
    """Three threads that sleep at different paces, and what each did when."""
    done: list[tuple[str, float]] = []

    def run(name: str, pause: float) -> None:
        for _ in range(3):
            clock.sleep(pause)
            done.append((name, clock.now() - 1000.0))

    for name, pause in (("a", 2.0), ("b", 3.0), ("c", 2.0)):
        clock.start(lambda name=name, pause=pause: run(name, pause))  # type: ignore[misc]
    clock.sleep(60.0)
    return done


def test_time_moves_only_when_all_wait() -> None:
    with ThreadedClock() as clock:
        assert race(clock) == [
            ("a", 2.0),
            ("c", 2.0),
            ("b", 3.0),
            ("a", 4.0),
            ("c", 4.0),
            ("b", 6.0),
            ("a", 6.0),
            ("c", 6.0),
            ("b", 9.0),
        ]
        assert clock.now() == 1060.0


def test_a_seed_gives_another_order_and_the_same_each_time() -> None:
    orders = []
    for seed in range(8):
        with ThreadedClock(seed=seed) as clock, ThreadedClock(seed=seed) as again:
            orders.append(race(clock))
            assert race(again) == orders[-1]

    assert len({tuple(order) for order in orders}) > 1
    assert {tuple(sorted(order)) for order in orders} == {tuple(sorted(orders[0]))}


def test_a_bell_wakes_who_waits_and_not_another() -> None:
    with ThreadedClock() as clock:
        one, other = clock.bell(), clock.bell()
        heard: list[tuple[str, bool, float]] = []
        clock.start(lambda: heard.append(("one", one.wait(), clock.now())))
        clock.start(lambda: heard.append(("other", other.wait(5.0), clock.now())))
        clock.sleep(2.0)
        one.ring()
        clock.sleep(9.0)
        other.ring()

        assert heard == [("one", True, 1002.0), ("other", False, 1005.0)]
        assert other.wait(), "a ring that nobody heard is not lost"


def test_requests_of_several_threads_overlap() -> None:
    with ThreadedClock() as clock:
        for _ in range(10):
            clock.start(lambda: clock.call(lambda _permit: clock.advance(2.0), 5.0))
        clock.sleep(2.0)
        clock.sleep(0.0)

        assert clock.threads == 0
        assert clock.now() == 1002.0


@pytest.mark.parametrize("fails", [False, True])
def test_a_call_ends_at_its_deadline(fails: bool) -> None:
    permits: list[Permit] = []

    def work(permit: Permit) -> None:
        permits.append(permit)
        clock.advance(90.0)
        if fails:
            raise OSError("timed out")

    with ThreadedClock() as clock:
        with pytest.raises(DeadlineExceededError):
            clock.call(work, 30.0)

        assert clock.now() == 1030.0
        assert permits[0].revoked


def test_a_cancel_ends_all_waits_at_its_moment() -> None:
    ended: list[tuple[str, float]] = []
    with ThreadedClock(cancel_at=1010.0, signum=2) as clock:
        waits: dict[str, Callable[[], object]] = {
            "sleep": lambda: clock.sleep(60.0),
            "bell": lambda: clock.bell().wait(),
            "call": lambda: clock.call(lambda _permit: clock.advance(20.0), 30.0),
        }

        def run(name: str) -> None:
            with pytest.raises(Cancelled) as caught:
                waits[name]()
            ended.append((name, clock.now()))
            with pytest.raises(Cancelled):
                clock.call(lambda _permit: ended.append(("started", 0.0)), 1.0)
            raise caught.value

        for name in waits:
            clock.start(lambda name=name: run(name))  # type: ignore[misc]
        with pytest.raises(Cancelled) as caught:
            clock.sleep(11.0)
        clock.advance(0.0)

        assert caught.value.signum == 2
        assert sorted(ended) == [("bell", 1010.0), ("call", 1010.0), ("sleep", 1010.0)]
        clock.end()
        clock.sleep(1.0)  # the next attempt


def test_the_end_of_a_run_is_the_end_of_its_threads() -> None:
    done: list[int] = []

    def forever() -> None:
        while True:
            clock.sleep(1.0)
            done.append(1)

    with ThreadedClock() as clock:
        clock.start(forever)
        clock.start(lambda: clock.bell().wait())
        clock.start(lambda: done.append(2))  # never had the baton: it never begins
        clock.end()
        clock.sleep(10.0)

        assert (done, clock.threads) == ([], 0)


def test_all_who_wait_for_each_other_are_told() -> None:
    with ThreadedClock() as clock:
        clock.start(lambda: clock.bell().wait())
        with pytest.raises(AssertionError, match="2 threads wait for each other"):
            clock.bell().wait()


def test_what_a_thread_raises_is_raised_at_the_end() -> None:
    def broken() -> None:
        raise KeyError("lost")

    clock = ThreadedClock()
    clock.start(broken)
    clock.sleep(1.0)

    with pytest.raises(KeyError, match="lost"):
        clock.__exit__(None)


def test_a_copy_has_the_time_and_no_threads() -> None:
    with ThreadedClock(cancel_at=2000.0, seed=3) as clock:
        clock.start(lambda: clock.sleep(500.0))
        clock.sleep(5.0)
        other = copy.deepcopy(clock)

        assert (other.now(), other.cancel_at, other.threads) == (1005.0, 2000.0, 0)
        other.advance(1.0)
        assert clock.now() == 1005.0

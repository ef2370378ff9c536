"""One does it, all get it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvaction.clock import Cancelled
from cvaction.customvision.errors import CustomVisionError, Kind
from cvaction.one_answer import Rounds, copy_of
from tests.support.threaded_clock import ThreadedClock

if TYPE_CHECKING:
    from collections.abc import Callable


class Work:
    """Takes 2 s, is closed after one of them if it is told to, and gives the number of its turn."""

    def __init__(self, clock: ThreadedClock, *, closes: bool = True) -> None:
        self.clock, self.closes = clock, closes
        self.turns = 0
        self.sent: list[float] = []
        self.fails: list[BaseException] = []

    def __call__(self, close: Callable[[], None]) -> int:
        self.turns += 1
        turn = self.turns
        self.clock.sleep(1.0)
        if self.closes:
            close()
        self.sent.append(self.clock.now())
        self.clock.sleep(1.0)
        if self.fails:
            raise self.fails.pop(0)
        return turn


def ask(clock: ThreadedClock, work: Work, *moments: float) -> list[tuple[float, object, float]]:
    """Ask at each of the moments: when, what came, and when it came."""
    rounds: Rounds[int] = Rounds(clock)
    got: list[tuple[float, object, float]] = []

    def one(moment: float) -> None:
        clock.sleep(moment)
        try:
            answer: object = rounds.ask(work)
        except OSError as error:
            answer = error
        got.append((moment, answer, clock.now() - 1000.0))

    for moment in moments:
        clock.start(lambda moment=moment: one(moment))  # type: ignore[misc]
    clock.sleep(100.0)
    return sorted(got, key=lambda row: (row[0], row[2]))


def test_who_asks_before_it_is_closed_is_answered_by_it() -> None:
    with ThreadedClock() as clock:
        got = ask(clock, Work(clock), 0.0, 0.5, 0.9, 1.5, 2.2, 9.0)

    assert got == [(0.0, 1, 2.0), (0.5, 1, 2.0), (0.9, 1, 2.0), (1.5, 2, 4.0), (2.2, 2, 4.0), (9.0, 3, 11.0)]


def test_the_next_gathers_all_who_ask_while_one_runs() -> None:
    with ThreadedClock() as clock:
        work = Work(clock)
        work.fails = [OSError("down")]
        got = ask(clock, work, 0.0, 1.1, 1.3, 1.5, 1.9, 2.5)

    assert got[1:] == [(moment, 2, 4.0) for moment in (1.1, 1.3, 1.5, 1.9, 2.5)]
    assert work.sent == [1001.0, 1003.0]


def test_one_that_is_not_closed_answers_all_until_its_end() -> None:
    with ThreadedClock() as clock:
        assert [row[1] for row in ask(clock, Work(clock, closes=False), 0.0, 1.5, 1.9, 2.1)] == [1, 1, 1, 2]


def test_an_error_is_everybodys_and_each_has_one_of_its_own() -> None:
    with ThreadedClock() as clock:
        work = Work(clock)
        work.fails = [OSError("down")]
        got = ask(clock, work, 0.0, 0.5, 0.9, 3.0)

    errors = [answer for _, answer, _ in got[:3]]
    assert [str(error) for error in errors] == ["down"] * 3
    assert len({id(error) for error in errors}) == 3
    assert got[3][1] == 2


@pytest.mark.parametrize("end", [KeyboardInterrupt(), Cancelled(15)])
def test_who_waited_for_one_that_was_killed_asks_anew(end: BaseException) -> None:
    with ThreadedClock() as clock:
        work = Work(clock)
        work.fails = [end]
        got = ask(clock, work, 0.0, 0.5, 0.9)
        clock.errors.clear()

    assert got == [(0.5, 2, 4.0), (0.9, 2, 4.0)]


def test_a_cancel_ends_those_who_wait() -> None:
    with ThreadedClock(cancel_at=1001.5) as clock:
        rounds, ended = Rounds[int](clock), list[float]()
        work = Work(clock)

        def one() -> None:
            with pytest.raises(Cancelled):
                rounds.ask(work)
            ended.append(clock.now())

        for _ in range(4):
            clock.start(one)
        with pytest.raises(Cancelled):
            clock.sleep(60.0)
        clock.end()

        assert (ended, work.turns) == ([1001.5] * 4, 1)


def test_the_copy_of_an_error_tells_the_same() -> None:
    error = CustomVisionError(Kind.THROTTLED, "slow down", status=429, operation="GetProjects", retry_after=3.0)
    error.attempts = 6
    other = copy_of(error)

    assert type(other) is CustomVisionError
    assert other is not error
    assert (str(other), vars(other)) == (str(error), vars(error))


@settings(max_examples=80, deadline=None)
@given(moments=st.lists(st.floats(0.0, 12.0), min_size=1, max_size=20), seed=st.integers(0, 1000))
def test_no_answer_is_older_than_its_question(moments: list[float], seed: int) -> None:
    with ThreadedClock(seed=seed) as clock:
        work = Work(clock)
        got = ask(clock, work, *moments)

    assert len(got) == len(moments)
    for moment, turn, _ in got:
        assert isinstance(turn, int)
        assert work.sent[turn - 1] >= 1000.0 + moment

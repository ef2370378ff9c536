"""A fault is never taken for an answer: what is asked twice, until two agree, and over time."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from conformance.probe.asking import Asker
from conformance.probe.outcome import NewError, NotTriedError
from conformance.probe.wire import look
from cvaction.customvision.answers import Answer
from cvaction.customvision.errors import CustomVisionError, Kind
from tests.support.fake_clock import FakeClock

if TYPE_CHECKING:
    from collections.abc import Callable


def asker() -> Asker:
    return Asker(FakeClock())


def answer(status: int, code: str = "") -> Answer:
    return Answer(status, {}, json.dumps({"code": code, "message": "words"} if code else []).encode())


def refused(code: str, kind: Kind = Kind.REFUSED) -> CustomVisionError:
    return CustomVisionError(kind, "words", status=400, code=code)


def in_turn(*outcomes: object) -> Callable[[], object]:
    rest = list(outcomes)

    def ask() -> object:
        outcome = rest.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return ask


def test_a_refusal_counts_when_it_comes_twice() -> None:
    told = asker().settled(in_turn(refused("A"), refused("A")))

    assert isinstance(told, CustomVisionError)
    assert told.code == "A"


@pytest.mark.parametrize("second", ["an answer", refused("B")])
def test_a_refusal_that_does_not_come_again_is_no_answer(second: object) -> None:
    with pytest.raises(NotTriedError):
        asker().settled(in_turn(refused("A"), second))


@pytest.mark.parametrize("kind", [Kind.SERVER, Kind.TIMEOUT, Kind.UNREADABLE, Kind.THROTTLED, Kind.RESET])
def test_what_is_no_refusal_is_raised(kind: Kind) -> None:
    with pytest.raises(CustomVisionError):
        asker().settled(in_turn(refused("A", kind)))


def test_a_look_counts_when_two_in_a_row_are_the_same() -> None:
    assert asker().looked(in_turn(answer(500), answer(400, "A"), answer(400, "A"))).value == "400 service A"  # type: ignore[arg-type]


@pytest.mark.parametrize("status", [408, 429, 502, 503, 504])
def test_a_look_that_says_nothing_never_counts(status: int) -> None:
    with pytest.raises(NotTriedError):
        asker().looked(lambda: answer(status, "A"))


def test_a_look_that_always_changes_is_no_answer() -> None:
    with pytest.raises(NotTriedError):
        asker().looked(in_turn(*(answer(400, code) for code in "ABCDE")))  # type: ignore[arg-type]


def test_a_moment_is_the_first_look_that_sees_it() -> None:
    one = asker()
    began = one.clock.now()

    moment = one.watch(lambda: one.clock.now() - began >= 5, 60)

    assert moment is not None
    assert 5 <= moment.seconds <= 5 + moment.gap
    assert moment.gap <= 1


def test_what_is_there_at_once_took_no_time() -> None:
    moment = asker().watch(lambda: True, 60)

    assert moment is not None
    assert moment.seconds == 0


def test_what_is_not_seen_in_time_is_none() -> None:
    assert asker().watch(lambda: False, 60) is None


@pytest.mark.parametrize("slow", [0, 3])
def test_a_look_that_takes_too_long_tells_no_moment(slow: int) -> None:
    one, looks = asker(), 0

    def there() -> bool:
        nonlocal looks
        looks += 1
        if looks == slow + 1:
            one.clock.sleep(20)
        return looks > slow

    with pytest.raises(NotTriedError):
        one.watch(there, 60)


def test_what_several_facts_share_is_looked_at_once() -> None:
    one, ask = asker(), in_turn("first", "second")

    assert [one.observe("it", ask), one.observe("it", ask)] == ["first", "first"]


@pytest.mark.parametrize("problem", [NotTriedError("why"), NewError("what")])
def test_what_could_not_be_seen_is_not_tried_again(problem: Exception) -> None:
    one, ask = asker(), in_turn(problem, "second")

    for _ in range(2):
        with pytest.raises(type(problem)):
            one.observe("it", ask)


def test_a_request_that_failed_is_tried_again_for_the_next_fact() -> None:
    one, ask = asker(), in_turn(refused("A", Kind.SERVER), "second")

    with pytest.raises(CustomVisionError):
        one.observe("it", ask)
    assert one.observe("it", ask) == "second"


LOOKS = {
    '{"code":"NotFoundProject","message":"x"}': "404 service NotFoundProject",
    '{"error":{"code":"401","message":"x"}}': "404 gateway 401",
    '{"statusCode":401,"message":"x"}': "404 entra 401",
    "<html><title>Not here</title></html>": "404 html",
    "[]": "404 other",
    "{": "404 other",
    "": "404 other",
}


@pytest.mark.parametrize(("body", "value"), LOOKS.items())
def test_the_shapes_of_a_refusal(body: str, value: str) -> None:
    assert look(Answer(404, {}, body.encode())).value == value

"""How long a token lives: asked for late, renewed early, one renewal for all who wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvaction.clock import Cancelled
from cvaction.entra.exchange import AccessToken
from cvaction.entra.life import MARGIN, PAUSE, Tokens, margin
from cvaction.secret import Secret
from tests.support.fake_clock import FakeClock
from tests.support.threaded_clock import ThreadedClock

if TYPE_CHECKING:
    from collections.abc import Callable


class Issuer:
    """Hands out numbered tokens of one life; `broken` makes it fail."""

    def __init__(self, clock: FakeClock, life: float, seconds: float = 0.0) -> None:
        self.clock, self.life, self.seconds = clock, life, seconds
        self.asked = 0
        self.broken = False

    def __call__(self) -> AccessToken:
        self.asked += 1
        began = self.clock.now()
        self.clock.advance(self.seconds)
        if self.broken:
            raise OSError("down")
        return AccessToken(Secret(f"token {self.asked}"), began, self.life)


def make(life: float = 3600.0, seconds: float = 0.0) -> tuple[FakeClock, Issuer, Tokens, list[str]]:
    clock, said = FakeClock(), list[str]()
    issuer = Issuer(clock, life, seconds)
    return clock, issuer, Tokens(issuer, clock, say=said.append), said


def value(tokens: Tokens, *, lasting: bool = False) -> str:
    return tokens.token(lasting=lasting).secret.reveal()


def test_it_is_asked_for_when_it_is_first_needed() -> None:
    _, issuer, tokens, _ = make()

    assert (issuer.asked, tokens.held()) == (0, None)
    assert [value(tokens), value(tokens, lasting=True)] == ["token 1", "token 1"]
    assert issuer.asked == 1


@pytest.mark.parametrize(("life", "left"), [(3600, 300), (600, 300), (599, 119.8), (60, 12), (86400, 300)])
def test_it_is_renewed_when_its_margin_is_left(life: float, left: float) -> None:
    clock, _, tokens, _ = make(life)
    assert margin(tokens.token()) == pytest.approx(left)
    clock.advance(life - left - 0.01)
    assert value(tokens) == "token 1"
    clock.advance(0.02)
    assert value(tokens) == "token 2"


def test_its_life_counts_from_before_the_request() -> None:
    clock, _, tokens, _ = make(3600, seconds=20)
    tokens.token()
    clock.advance(3600 - 300 - 20)
    assert value(tokens) == "token 1"
    clock.advance(0.1)
    assert value(tokens) == "token 2"


def test_the_old_one_goes_on_where_the_renewal_fails_and_it_is_tried_again_after_30_s() -> None:
    clock, issuer, tokens, said = make()
    tokens.token()
    clock.advance(3600 - MARGIN + 1)
    issuer.broken = True

    assert [value(tokens), value(tokens)] == ["token 1", "token 1"]
    assert issuer.asked == 2
    assert len(said) == 1
    clock.advance(PAUSE)
    assert value(tokens) == "token 1"
    assert issuer.asked == 3
    issuer.broken = False
    clock.advance(PAUSE)
    assert value(tokens) == "token 4"


def test_what_is_sent_once_never_goes_with_less_than_the_margin() -> None:
    clock, issuer, tokens, _ = make()
    tokens.token()
    clock.advance(3600 - MARGIN + 1)
    issuer.broken = True
    tokens.token()

    with pytest.raises(OSError, match="down"):
        tokens.token(lasting=True)
    issuer.broken = False
    assert value(tokens, lasting=True) == "token 4", "at once, not after 30 s"


def test_an_expired_one_is_never_given_out_even_if_it_ends_while_a_renewal_fails() -> None:
    clock, issuer, tokens, _ = make(seconds=40)
    tokens.token()
    clock.advance(3600 - 40 - 30)
    issuer.broken = True

    with pytest.raises(OSError, match="down"):
        tokens.token()


def test_a_rejected_one_is_forgotten_but_not_the_one_that_took_its_place() -> None:
    _, _, tokens, _ = make()
    first = tokens.token()
    tokens.reject(first.secret)
    assert value(tokens) == "token 2"
    tokens.reject(first.secret)
    assert value(tokens) == "token 2"


def crowd(tokens: Tokens, clock: ThreadedClock, lasting: list[bool]) -> list[str]:
    """What threads get that ask one after the other, 0.1 s apart."""
    got: list[str] = []

    def ask(number: int) -> None:
        clock.sleep(number / 10)
        try:
            got.append(value(tokens, lasting=lasting[number]))
        except OSError as error:
            got.append(str(error))

    for number in range(len(lasting)):
        clock.start(lambda number=number: ask(number))  # type: ignore[misc]
    clock.sleep(60.0)
    return got


def test_threads_that_wait_share_one_renewal() -> None:
    with ThreadedClock() as clock:
        issuer = Issuer(clock, 3600.0, 2.0)

        assert crowd(Tokens(issuer, clock), clock, [False] * 8) == ["token 1"] * 8
        assert issuer.asked == 1


def test_threads_that_wait_share_a_renewal_that_fails() -> None:
    """Each goes on as it would alone: with the old token, or not. One line tells of it."""
    with ThreadedClock() as clock:
        issuer, said = Issuer(clock, 3600.0, 2.0), list[str]()
        tokens = Tokens(issuer, clock, say=said.append)
        tokens.token()
        clock.advance(3600.0 - MARGIN)
        issuer.broken = True

        assert sorted(crowd(tokens, clock, [False, True] * 4)) == ["down"] * 4 + ["token 1"] * 4
        assert issuer.asked == 2
        assert len(said) == 1


def test_who_comes_when_a_renewal_has_just_ended_makes_no_other() -> None:
    """It looked at the old token, and asks when the new one is there."""
    clock, issuer, tokens, _ = make()
    first = tokens.token()
    clock.advance(3600.0 - MARGIN + 1)
    tokens.token()
    tokens._token, fresh = first, tokens._token
    ask = tokens._renewals.ask

    def late(work: Callable[[Callable[[], None]], AccessToken]) -> AccessToken:
        tokens._token = fresh
        return ask(work)

    tokens._renewals.ask = late  # type: ignore[method-assign]

    assert value(tokens) == "token 2"
    assert issuer.asked == 2


def test_a_cancel_ends_all_who_wait_for_a_token() -> None:
    ended: list[float] = []
    with ThreadedClock(cancel_at=1001.0) as clock:
        tokens = Tokens(lambda: clock.call(lambda _: Issuer(clock, 3600.0, 9.0)(), 15.0), clock)

        def ask() -> None:
            with pytest.raises(Cancelled):
                tokens.token()
            ended.append(clock.now())

        for _ in range(4):
            clock.start(ask)
        with pytest.raises(Cancelled):
            clock.sleep(60.0)
        clock.end()

    assert ended == [1001.0] * 4


@settings(max_examples=60, deadline=None)
@given(
    life=st.floats(20, 90000),
    steps=st.lists(st.tuples(st.floats(0, 4000), st.booleans(), st.booleans()), max_size=40),
)
def test_whatever_happens_none_is_given_out_that_has_ended(life: float, steps: list[tuple[float, bool, bool]]) -> None:
    clock, issuer, tokens, _ = make(life)
    for seconds, broken, lasting in steps:
        clock.advance(seconds)
        issuer.broken = broken
        try:
            token = tokens.token(lasting=lasting)
        except OSError:
            continue
        assert token.left(clock.now()) > 0
        assert not lasting or token.left(clock.now()) >= margin(token)

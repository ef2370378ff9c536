"""How long a token lives: asked for late, renewed early, one renewal for all who wait."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvaction.entra.exchange import AccessToken
from cvaction.entra.life import MARGIN, PAUSE, Tokens, margin
from cvaction.secret import Secret
from tests.support.fake_clock import FakeClock


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


def test_threads_that_wait_share_one_renewal() -> None:
    clock = FakeClock()
    entered, go = threading.Event(), threading.Event()
    asked: list[int] = []

    def obtain() -> AccessToken:
        asked.append(1)
        entered.set()
        assert go.wait(20)
        return AccessToken(Secret(f"token {len(asked)}"), clock.now(), 3600)

    tokens, got = Tokens(obtain, clock), list[str]()
    threads = [threading.Thread(target=lambda: got.append(value(tokens))) for _ in range(8)]
    for thread in threads:
        thread.start()
    assert entered.wait(20)
    go.set()
    for thread in threads:
        thread.join(20)

    assert got == ["token 1"] * 8
    assert len(asked) == 1


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

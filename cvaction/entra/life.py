"""The life of a token: asked for when first needed, and renewed before it ends, once for all threads that wait."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from cvaction.one_answer import Rounds

if TYPE_CHECKING:
    from collections.abc import Callable

    from cvaction.clock import Clock
    from cvaction.entra.exchange import AccessToken
    from cvaction.secret import Secret

__all__ = ["MARGIN", "PAUSE", "Tokens", "margin"]

MARGIN = 300.0  # seconds before its end at which a token is renewed
SHORT_LIFE, SHORT_SHARE = 600.0, 0.2  # a token of a shorter life (seconds) is renewed when less than this share is left
PAUSE = 30.0  # seconds until the next try after a renewal that failed


def margin(token: AccessToken) -> float:
    """Seconds of a token's life that must be left."""
    return token.life * SHORT_SHARE if token.life < SHORT_LIFE else MARGIN


class Tokens:
    """The tokens of one identity, one after the other. Any thread may ask. No thread waits inside the lock."""

    def __init__(
        self, obtain: Callable[[], AccessToken], clock: Clock, *, say: Callable[[str], None] = lambda _text: None
    ) -> None:
        self._obtain = obtain
        self._clock = clock
        self._say = say
        self._lock = threading.Lock()
        self._renewals: Rounds[AccessToken] = Rounds(clock)
        self._token: AccessToken | None = None
        self._next_try = 0.0

    def held(self) -> AccessToken | None:
        """The present token, however much of its life is left."""
        return self._token

    def token(self, *, lasting: bool = False) -> AccessToken:
        """A token that has not ended. `lasting`: with its whole margin left, for a request that must not be sent twice.

        Raises what `obtain` raises, if there is no other token that can be used.
        """
        held = self._token
        if held is not None and self._lasts(held):
            return held
        if held is not None and not lasting and self._clock.now() < self._next_try and self._lives(held):
            return held
        try:
            return self._renewals.ask(lambda _close: self._renewed())
        except Exception as error:
            # The old token is checked again, because the failed renewal took some time.
            if held is None or lasting or not self._lives(held):
                raise
            self._go_on_with(held, error)
            return held

    def reject(self, secret: Secret) -> None:
        """Forget a token that was refused, unless another one has replaced it already."""
        with self._lock:
            if self._token is not None and self._token.secret == secret:
                self._token = None

    def _lasts(self, token: AccessToken) -> bool:
        return token.left(self._clock.now()) >= margin(token)

    def _lives(self, token: AccessToken) -> bool:
        return token.left(self._clock.now()) > 0

    def _renewed(self) -> AccessToken:
        held = self._token
        if held is not None and self._lasts(held):
            return held  # another thread's renewal has ended just now
        token = self._obtain()
        with self._lock:
            self._token = token
        return token

    def _go_on_with(self, held: AccessToken, error: Exception) -> None:
        """Try again later. Of several threads whose renewal has failed, only one logs it."""
        now = self._clock.now()
        with self._lock:
            told, self._next_try = now < self._next_try, max(self._next_try, now + PAUSE)
        if not told:
            left = held.left(now)
            self._say(
                f"The token could not be renewed ({error}). The old one is used: it is valid for {left:.0f} s more."
            )

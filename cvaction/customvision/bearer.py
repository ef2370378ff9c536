"""The second kind of credential: a token that is renewed. A `TokenSource` supplies the tokens."""

from __future__ import annotations

import threading
from http import HTTPStatus
from typing import TYPE_CHECKING, Protocol

from cvaction.customvision.errors import CustomVisionError, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cvaction.clock import Clock
    from cvaction.customvision.transport import Call
    from cvaction.secret import Secret

__all__ = ["BearerCredential", "CredentialError", "NewRights", "Token", "TokenSource", "denied"]

PERMISSION_DENIED = "PermissionDenied"
_LACKING = "lacks the required data action"
RIGHTS_SECONDS, RIGHTS_PAUSE = 60.0, 5.0  # how long, and how often, a read waits for a new role assignment


class CredentialError(CustomVisionError):
    """The request was not sent, because there is no token for it. `cause` is the reason.

    A transient one has the kind of a connection that could not be made, and is repeated in the same way.
    """

    def __init__(self, cause: Exception, *, transient: bool, retry_after: float | None = None) -> None:
        kind = Kind.CONNECT if transient else Kind.REFUSED
        super().__init__(kind, f"there is no token: {cause}", retry_after=retry_after)
        self.cause = cause

    def __str__(self) -> str:
        return super().__str__() if self.operation else self.message


class Token(Protocol):
    """A token."""

    @property
    def secret(self) -> Secret:
        """The token's value."""


class TokenSource(Protocol):
    """Supplies tokens, and knows how long they live."""

    def held(self) -> Token | None:
        """The present token, if there is one."""

    def token(self, *, lasting: bool = False) -> Token:
        """A token that has not ended. `lasting`: one that also will not end soon. Raises CredentialError."""

    def reject(self, secret: Secret) -> None:
        """Forget the token of this value: it was refused."""


class NewRights:
    """A new role assignment takes some minutes to be valid. A read that lacks a right waits, until something is imported."""

    def __init__(self, clock: Clock, say: Callable[[str], None]) -> None:
        self.clock = clock
        self.awaited = True
        self._say = say
        self._lock = threading.Lock()
        self._said: set[tuple[str, str]] = set()

    def report(self, error: CustomVisionError) -> None:
        """Log that a read waits. Of several threads that wait for the same right, only one logs it."""
        with self._lock:
            said = (error.operation, error.label) in self._said
            self._said.add((error.operation, error.label))
        if not said:
            resource = f"{error.label} resource" if error.label else "resource"
            self._say(
                f"{error.operation} on the {resource} was denied: {error.message} "
                f"A new role assignment takes up to 5 minutes: trying for {RIGHTS_SECONDS:.0f} s."
            )


def denied(error: CustomVisionError) -> bool:
    """Whether the token is valid, but its identity has no right to do this."""
    return error.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN} and (
        error.code == PERMISSION_DENIED or _LACKING in error.message
    )


class BearerCredential:
    """Tokens of one identity, for one resource."""

    kind = "token"

    def __init__(self, source: TokenSource, rights: NewRights) -> None:
        self.source = source
        self.rights = rights
        self._lock = threading.Lock()
        self._sent: tuple[Secret, ...] = ()

    def admit(self, call: Call) -> _Admission:
        """See Credential."""
        return _Admission(self, call)

    def remember(self, secret: Secret) -> None:
        """Remember the last two tokens that were sent, because an answer may repeat one of them."""
        with self._lock:
            if secret not in self._sent:
                self._sent = (*self._sent[-1:], secret)

    def hide(self, text: str) -> str:
        """See Credential."""
        for secret in self._sent:
            text = secret.hide(text)
        return text


class _Admission:
    """One call. A 401 renews the token at most once. A read may wait for a new right."""

    def __init__(self, credential: BearerCredential, call: Call) -> None:
        self._credential = credential
        self._call = call
        self._token: Token | None = None
        self._older = False
        self._renewed = False
        self._until: float | None = None

    def headers(self) -> Mapping[str, str]:
        """See Admission."""
        source, lasting = self._credential.source, not self._call.repeatable
        held = source.held()
        self._token = source.token(lasting=lasting)
        self._older = self._token is held
        if lasting:
            self._credential.rights.awaited = False
        self._credential.remember(self._token.secret)
        return {"Authorization": f"Bearer {self._token.secret.reveal()}"}

    def again(self, error: CustomVisionError) -> float | None:
        """See Admission."""
        if denied(error):
            return self._wait_for_rights(error)
        rejected = error.status == HTTPStatus.UNAUTHORIZED and self._older and not self._renewed
        if self._token is None or not rejected or not self._call.repeatable:
            return None
        self._renewed = True
        self._credential.source.reject(self._token.secret)
        return 0.0

    def _wait_for_rights(self, error: CustomVisionError) -> float | None:
        rights = self._credential.rights
        if not rights.awaited or self._call.method != "GET":
            return None
        now = rights.clock.now()
        if self._until is None:
            self._until = now + RIGHTS_SECONDS
            rights.report(error)
        left = self._until - now
        return min(RIGHTS_PAUSE, left) if left > 0 else None

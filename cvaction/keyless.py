"""Builds credentials without a stored secret from GitHub's assertion, Entra ID's token, its life, and the header.

Loaded only for a run that uses them. `github`, `entra` and `customvision` know nothing of each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from cvaction.customvision.bearer import BearerCredential, CredentialError, NewRights
from cvaction.customvision.errors import CustomVisionError
from cvaction.customvision.sending import exchange as send
from cvaction.customvision.sending import in_time
from cvaction.customvision.session import Sessions
from cvaction.entra.cloud import Cloud, cloud_of
from cvaction.entra.exchange import AccessToken, EntraError, Identity, exchange
from cvaction.entra.life import Tokens
from cvaction.github.assertion import AssertionRequestError, assertion, claims, request_token

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import requests

    from cvaction.clock import Clock
    from cvaction.customvision.answers import Answer
    from cvaction.inputs.ids import Ids
    from cvaction.inputs.sides import Side
    from cvaction.secret import Secret

CALL_SECONDS = 15.0  # both calls are small; a failed one is repeated like a connection that could not be made

UNVERIFIED = (
    "Microsoft Entra ID tokens are used in place of a key. That the service takes them for this work is documented, "
    "but has not been seen (docs/unverified.md)."
)


class Web:
    """The two calls over HTTP. Each has a deadline, follows no redirect, reads no `.netrc`, and has a debug line."""

    def __init__(self, clock: Clock, new_session: Callable[[], requests.Session], trace: Callable[[str], None]) -> None:
        self._clock = clock
        self._sessions = Sessions(new_session)
        self._trace = trace

    def get(self, url: str, headers: Mapping[str, str]) -> Answer:
        """Ask GitHub."""
        return self._exchange({"method": "GET", "url": url, "headers": headers})

    def post(self, url: str, form: Mapping[str, str]) -> Answer:
        """Ask Entra ID."""
        headers = {"Accept": "application/json", "User-Agent": "cvaction"}
        return self._exchange({"method": "POST", "url": url, "headers": headers, "data": form})

    def _exchange(self, request: dict[str, Any]) -> Answer:
        began, status = self._clock.now(), "no answer"
        try:
            answer = in_time(
                self._sessions, self._clock, CALL_SECONDS, lambda session, _permit: send(session, request, CALL_SECONDS)
            )
            status = str(answer.status)
        finally:
            spent = round((self._clock.now() - began) * 1000)
            self._trace(f"token: {request['method']} {urlsplit(request['url']).netloc} {status} {spent} ms")
        return answer


class Keyless:
    """The credentials of one run. Sides with the same identity share their tokens."""

    def __init__(  # noqa: PLR0913 - everything it touches is a parameter
        self,
        environ: Mapping[str, str],
        clock: Clock,
        new_session: Callable[[], requests.Session],
        *,
        mask: Callable[[Secret], None],
        say: Callable[[str], None],
        trace: Callable[[str], None],
    ) -> None:
        mask(request_token(environ))
        self._environ = environ
        self._clock = clock
        self._web = Web(clock, new_session, trace)
        self._mask = mask
        self._say = say
        self._rights = NewRights(clock, say)
        self._tokens: dict[tuple[Identity, str], Tokens] = {}
        say(UNVERIFIED)

    def credential(self, side: Side, ids: Ids) -> BearerCredential:
        """The credential of a side. A token is asked for when it is first needed."""
        cloud = cloud_of(urlsplit(side.endpoint.origin).hostname or "")
        if ids.authority:
            cloud = Cloud(ids.authority, cloud.scope)
        identity, audience = Identity(ids.tenant_id, ids.client_id, cloud), ids.audience
        tokens = self._tokens.setdefault(
            (identity, audience), Tokens(lambda: self._obtain(identity, audience), self._clock, say=self._say)
        )
        return BearerCredential(tokens, self._rights)

    def _obtain(self, identity: Identity, audience: str) -> AccessToken:
        """Make both calls. Each time with a new assertion, which lives for five minutes."""
        where, given = "GitHub's service for identities", None
        try:
            given = assertion(self._web.get, self._environ, audience)
            self._mask(given)
            where = identity.cloud.authority
            token = exchange(self._web.post, identity, given, self._clock.now())
        except (AssertionRequestError, EntraError, CustomVisionError) as error:
            from cvaction.failures.keyless_errors import explain  # noqa: PLC0415 - texts that a good run never needs

            failure = explain(error, identity, where, claims(given) if given else None)
            raise CredentialError(failure, transient=error.transient, retry_after=error.retry_after) from None
        self._mask(token.secret)
        return token

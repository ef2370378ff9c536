"""The second call: exchange GitHub's assertion for Entra ID's access token. Also: what Entra ID answers instead."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Protocol

from cvaction.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cvaction.entra.cloud import Cloud

__all__ = ["AccessToken", "EntraError", "Identity", "Post", "Reply", "exchange"]

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LONGEST_LIFE = 7 * 86400  # seconds; a longer life is not believed
_MESSAGE_LIMIT = 400  # characters of Entra's own words
_ID_LIMIT = 100


class Reply(Protocol):
    """An HTTP answer, read to its end."""

    @property
    def status(self) -> int:
        """The HTTP status."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The header fields, by names in any case."""

    @property
    def body(self) -> bytes:
        """The body."""


class Post(Protocol):
    """Sends a form and follows no redirect. May raise any exception if no answer comes."""

    def __call__(self, url: str, form: Mapping[str, str]) -> Reply:
        """Send it."""


@dataclass(frozen=True)
class Identity:
    """An application or a managed identity, with its tenant and cloud."""

    tenant: str
    client: str
    cloud: Cloud


@dataclass(frozen=True, eq=False, repr=False)  # two tokens are never equal, and a token is not printed
class AccessToken:
    """A token and its life in seconds. `began`: the time before the request, on the clock that never jumps."""

    secret: Secret
    began: float
    life: float

    def left(self, now: float) -> float:
        """Seconds until the token ends."""
        return self.began + self.life - now


class EntraError(Exception):
    """Entra ID gave no token. `code`: the number after AADSTS; 0 if there is none."""

    def __init__(  # noqa: PLR0913 - a record of an answer
        self,
        message: str,
        *,
        status: int,
        code: int = 0,
        error: str = "",
        request_id: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.code = code
        self.error = error
        self.request_id = request_id
        self.retry_after = retry_after

    @property
    def transient(self) -> bool:
        """Whether the same request may succeed a little later. A good status without a token may, too."""
        passing = {HTTPStatus.OK, HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}
        return (
            self.error == "temporarily_unavailable"
            or self.status in passing
            or self.status >= HTTPStatus.INTERNAL_SERVER_ERROR
        )


def exchange(post: Post, identity: Identity, assertion: Secret, began: float) -> AccessToken:
    """Ask for a token. `began`: the time before the request. Raises EntraError if the answer has none."""
    form = {
        "grant_type": "client_credentials",
        "client_id": identity.client,
        "scope": identity.cloud.scope,
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": assertion.reveal(),
    }
    reply = post(f"{identity.cloud.authority}/{identity.tenant}/oauth2/v2.0/token", form)
    data = _json(reply.body)
    if reply.status != HTTPStatus.OK:
        raise _refusal(reply, data, assertion)
    secret, life = data.get("access_token"), _seconds(data.get("expires_in"))
    kind = data.get("token_type", "Bearer")
    readable = isinstance(secret, str) and re.fullmatch(r"[!-~]+", secret)
    if not readable or life is None or not isinstance(kind, str) or kind.lower() != "bearer":
        raise EntraError("an answer without a readable token", status=reply.status)
    return AccessToken(Secret(str(secret)), began, life)


def _json(body: bytes) -> dict[str, Any]:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def _seconds(value: object) -> float | None:
    """A life in seconds, or None. Some versions of the endpoint send the number as a text."""
    if isinstance(value, bool) or not re.fullmatch(r"[0-9]{1,9}", str(value)):
        return None
    seconds = float(str(value))
    return min(seconds, LONGEST_LIFE) if seconds > 0 else None


def _refusal(reply: Reply, data: dict[str, Any], assertion: Secret) -> EntraError:
    words = data.get("error_description") or data.get("error") or f"an answer with status {reply.status}"
    text = assertion.hide(" ".join(str(words).split()))
    numbers = re.findall(r"AADSTS(\d{1,10})", text)
    listed = data.get("error_codes")
    if not numbers and isinstance(listed, list):
        numbers = [str(item) for item in listed if re.fullmatch(r"\d{1,10}", str(item))]
    trace = data.get("trace_id") or data.get("correlation_id") or ""
    return EntraError(
        # Ids and the time follow. The id is in `request_id`.
        _cut(re.split(r"\s*Trace ID:", text)[0]),
        status=reply.status,
        code=int(numbers[0]) if numbers else 0,
        error=assertion.hide(str(data.get("error") or ""))[:_ID_LIMIT],
        request_id=assertion.hide(str(trace))[:_ID_LIMIT],
        retry_after=_retry_after(reply),
    )


def _cut(message: str) -> str:
    """Cut between words: half a secret could not be recognised and masked later."""
    return message if len(message) <= _MESSAGE_LIMIT else re.sub(r"\S*\Z", "", message[:_MESSAGE_LIMIT]) + "…"


def _retry_after(reply: Reply) -> float | None:
    text = str(reply.headers.get("Retry-After", "")).strip()
    return float(text) if re.fullmatch(r"[0-9]{1,6}", text) else None

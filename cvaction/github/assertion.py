"""The first call: the workflow's own identity, as an assertion that GitHub signs for one audience."""

from __future__ import annotations

import base64
import ipaddress
import json
import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote, urlsplit

from cvaction.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["TOKEN", "URL", "AssertionRequestError", "Claims", "Get", "Reply", "assertion", "claims", "request_token"]

URL, TOKEN = "ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"


class Reply(Protocol):
    """An HTTP answer, read to its end."""

    @property
    def status(self) -> int:
        """The HTTP status."""

    @property
    def body(self) -> bytes:
        """The body."""


class Get(Protocol):
    """Asks once and follows no redirect. May raise any exception if no answer comes."""

    def __call__(self, url: str, headers: Mapping[str, str]) -> Reply:
        """Ask."""


class AssertionRequestError(Exception):
    """GitHub gave no assertion. `status`: the HTTP status; 0 if GitHub was not asked."""

    def __init__(self, message: str, *, status: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.retry_after: float | None = None

    @property
    def transient(self) -> bool:
        """Whether the same request may succeed a little later. A good status without an assertion may, too."""
        passing = {HTTPStatus.OK, HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}
        return self.status in passing or self.status >= HTTPStatus.INTERNAL_SERVER_ERROR


@dataclass(frozen=True)
class Claims:
    """The identity in an assertion. Its signature was not checked, so these values are only for people to read."""

    issuer: str = ""
    subject: str = ""
    audience: str = ""


def request_token(environ: Mapping[str, str]) -> Secret:
    """The token for the request to GitHub."""
    return Secret(environ.get(TOKEN, ""))


def assertion(get: Get, environ: Mapping[str, str], audience: str) -> Secret:
    """Ask GitHub for a new assertion. Raises AssertionRequestError if the answer has none."""
    url, token = environ.get(URL, ""), request_token(environ)
    if not _safe(url) or not re.fullmatch(r"[!-~]+", token.reveal()):
        raise AssertionRequestError(f"{URL} and {TOKEN} do not hold what the runner puts there")
    asked = f"{url}{'&' if '?' in url else '?'}audience={quote(audience, safe='')}"
    headers = {"Authorization": f"Bearer {token.reveal()}", "Accept": "application/json", "User-Agent": "cvaction"}
    reply = get(asked, headers)
    if reply.status != HTTPStatus.OK:
        raise AssertionRequestError(f"GitHub answered with status {reply.status}", status=reply.status)
    try:
        value = json.loads(reply.body)["value"]
    except (ValueError, RecursionError, TypeError, KeyError):
        value = None
    if not isinstance(value, str) or not re.fullmatch(r"[!-~]+", value):
        raise AssertionRequestError("GitHub's answer holds no assertion", status=reply.status)
    return Secret(value)


def claims(given: Secret) -> Claims:
    """Issuer, subject and audience of an assertion. Each is empty if it cannot be read."""
    try:
        part = given.reveal().split(".")[1]
        data = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (IndexError, ValueError, RecursionError):
        return Claims()
    if not isinstance(data, dict):
        return Claims()
    audience = data.get("aud", "")
    if isinstance(audience, list):
        audience = audience[0] if audience else ""
    return Claims(*(value if isinstance(value, str) else "" for value in (data.get("iss"), data.get("sub"), audience)))


def _safe(url: str) -> bool:
    """Whether the request token may be sent to a URL: over https, or to this machine."""
    if not re.fullmatch(r"[!-~]+", url) or "#" in url:
        return False
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and _loopback(host)))


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

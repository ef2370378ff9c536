"""Reads an answer. A good one becomes a record. Four forms of error and every broken connection become one exception."""

from __future__ import annotations

import json
import re
import ssl
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar

import requests
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    LocationValueError,
    NameResolutionError,
    NewConnectionError,
    ProxyError,
    ReadTimeoutError,
    SSLError,
)

from cvaction.customvision.causes import causes_of, reason
from cvaction.customvision.connections import AbandonedError
from cvaction.customvision.errors import CustomVisionError, Kind, MalformedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Answer", "broken", "hidden_id", "read", "refused"]

T = TypeVar("T")
_MESSAGE_LIMIT = 500  # characters of a foreign message: enough to recognise a proxy's page
_CODE_LIMIT = 100
_REQUEST_ID_LIMIT = 100


@dataclass(frozen=True, repr=False)  # a body may hold an export's token
class Answer:
    """An HTTP answer, read to its end. `saved` is what its body became where that is a file: `body` is empty then."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    saved: object = None

    @property
    def request_id(self) -> str:
        """The id that the vendor's support asks for. Every answer of the service has one."""
        return self.headers.get("apim-request-id") or self.headers.get("Request-Id") or ""

    @property
    def date(self) -> datetime | None:
        """The service's time."""
        return _date(self.headers.get("Date", ""))


def _date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _unchanged(text: str) -> str:
    return text


def read(answer: Answer, parse: Callable[[object], T], hide: Callable[[str], str] = _unchanged) -> T:
    """The record in a good answer. Raises CustomVisionError for any other. `hide` removes secrets from its texts."""
    if HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
        return _parsed(answer, parse, hide)
    raise refused(answer, hide)


def _parsed(answer: Answer, parse: Callable[[object], T], hide: Callable[[str], str]) -> T:
    try:
        return parse(json.loads(answer.body) if answer.body else answer.saved)
    except MalformedError as error:
        reason = f"an answer that is not of the API's form: {error}"
    except OverflowError:
        reason = "an answer that is not of the API's form: a number or time is out of range"
    except (ValueError, RecursionError):
        what = "HTML" if answer.body.lstrip()[:1] == b"<" else "no readable JSON"
        reason = f"an answer with status {answer.status} whose body is {what}"
    raise CustomVisionError(Kind.UNREADABLE, hide(reason), status=answer.status, request_id=hidden_id(answer, hide))


def refused(answer: Answer, hide: Callable[[str], str] = _unchanged) -> CustomVisionError:
    """The exception for an answer that is not a 2xx."""
    if answer.status < HTTPStatus.BAD_REQUEST:
        kind = Kind.REDIRECT
    elif answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        kind = Kind.THROTTLED
    elif answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR or answer.status == HTTPStatus.REQUEST_TIMEOUT:
        kind = Kind.SERVER
    else:
        kind = Kind.REFUSED
    code, message = _shape(answer)
    return CustomVisionError(
        kind,
        _cut(hide(message)),
        status=answer.status,
        code=hide(code)[:_CODE_LIMIT],
        request_id=hidden_id(answer, hide),
        retry_after=_retry_after(answer),
    )


def _shape(answer: Answer) -> tuple[str, str]:
    """Code and message of an error in the form of the service, of the gateway or of Entra ID, or in HTML."""
    try:
        data = json.loads(answer.body)
    except (ValueError, RecursionError):
        return "", _plain(answer.body) or _phrase(answer.status)
    if isinstance(data, dict) and isinstance(data.get("error"), dict):
        data = data["error"]
    if not isinstance(data, dict):
        return "", _phrase(answer.status)
    code = data.get("code") if "code" in data else data.get("statusCode", "")
    return str(code or ""), str(data.get("message") or _phrase(answer.status))


def hidden_id(answer: Answer, hide: Callable[[str], str]) -> str:
    """The request id, first without secrets, then cut: half a secret could not be recognised later."""
    return hide(answer.request_id)[:_REQUEST_ID_LIMIT]


def _cut(message: str) -> str:
    """At most 500 characters, cut between words: half a secret could not be recognised later."""
    return message if len(message) <= _MESSAGE_LIMIT else re.sub(r"\S*\Z", "", message[:_MESSAGE_LIMIT]) + "…"


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return f"status {status}"


def _plain(body: bytes) -> str:
    import html  # noqa: PLC0415 - its table of entities is large, and a good run never needs it

    text = body.decode("utf-8", "replace")
    title = re.search(r"<title[^<>]*>([^<]*)</title>", text, re.IGNORECASE)
    shown = title.group(1) if title else re.sub(r"<[^<>]*>", " ", text)
    with suppress(ValueError):  # a numeric entity of thousands of digits
        shown = html.unescape(shown)
    return " ".join(shown.split())


def _retry_after(answer: Answer) -> float | None:
    """Seconds to wait, from the Retry-After header: a number, or a date by the service's own clock."""
    text = answer.headers.get("Retry-After", "").strip()
    if re.fullmatch(r"\d{1,9}(\.\d+)?", text):
        return float(text)
    until, now = _date(text), answer.date
    if until is None or now is None:
        return None
    return max(0.0, (until - now).total_seconds())


def broken(error: Exception) -> CustomVisionError:
    """The exception for a request that got no complete answer."""
    causes = causes_of(error)
    kind, message = _broken_kind(error, causes)
    return CustomVisionError(kind, message)


# What http.client raises as it is, and urllib3 inside an error of its own.
_PLAIN: dict[Kind, type[Exception]] = {Kind.TLS: ssl.SSLError, Kind.TIMEOUT: TimeoutError}


def _broken_kind(error: Exception, causes: list[BaseException]) -> tuple[Kind, str]:
    kinds, why = requests.exceptions, reason(causes)
    rows: list[tuple[tuple[type[BaseException], ...], Kind, str]] = [
        ((AbandonedError,), Kind.CONNECT, "the connection took too long, and nothing was sent"),
        # A proxy's own name or port can be wrong, too.
        (
            (kinds.ProxyError, kinds.InvalidProxyURL, kinds.InvalidSchema, ProxyError),
            Kind.PROXY,
            f"the proxy failed{why}",
        ),
        ((NameResolutionError,), Kind.DNS, "the host's name could not be resolved"),
        # A label that is too long or empty
        ((kinds.InvalidURL, LocationValueError), Kind.DNS, "the name of the host, or of the proxy, is not valid"),
        ((kinds.SSLError, SSLError), Kind.TLS, f"the TLS connection failed{why}"),
        ((NewConnectionError, ConnectTimeoutError), Kind.CONNECT, f"no connection could be made{why}"),
        ((kinds.Timeout, ReadTimeoutError), Kind.TIMEOUT, "no whole answer came in time"),
        ((kinds.RequestException, HTTPError), Kind.RESET, f"the connection broke{why}"),
    ]
    if isinstance(error, OSError) and "CA certificate bundle" in str(error):
        return Kind.CA_BUNDLE, "the file that REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE names is not there"
    for types, kind, message in rows:
        if any(isinstance(cause, types) for cause in causes) or isinstance(error, _PLAIN.get(kind, ())):
            return kind, message
    return Kind.RESET, f"the connection broke{why}"

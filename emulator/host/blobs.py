"""The blob host: the addresses in listings lead to it. It knows no keys, only signatures that expire."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

from emulator.api.blobs import blob_at, signed
from emulator.api.headers import Headers
from emulator.api.wire import BYTES_TYPE, Request, Response
from emulator.host.beside import Beside

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulator.host.beside import Party

BLOBS: Final = "blobs"
"""The name of the port: what a fault's `resource` and the log call it."""

_FAILED: Final = (
    "Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly "
    "including the signature."
)
_KEYS: Final = ("Training-Key", "Prediction-Key", "Ocp-Apim-Subscription-Key")


class BlobHost(Beside):
    """Answers the requests to the port."""

    def handle(self, party: Party, request: Request) -> Response:
        """Answer a request; no faults, no waiting."""
        with self.lock:
            self._emulator.settle()
            answer = self._answer(request)
            self.note(party, request, answer.status)
            return answer

    def _answer(self, request: Request) -> Response:  # noqa: PLR0911 - one return each
        path, headers = request.path.removeprefix("/"), Headers(request.headers)
        if request.method not in {"GET", "HEAD"}:
            return self._error(405, "UnsupportedHttpVerb", "The resource doesn't support specified Http Verb.")
        if any(key in headers for key in _KEYS):
            # The real host would ignore the header. But a client must not send it there, so this host refuses it.
            return self._error(400, "InvalidHeaderValue", "A key of Custom Vision was sent to the blob host.")
        if "Authorization" in headers:
            return self._error(403, "AuthenticationFailed", _FAILED, "Only one form of authentication is allowed.")
        if not request.query.get("sig"):
            return self._error(404, "ResourceNotFound", "The specified resource does not exist.")
        if not signed(self._emulator, path, request.query):
            return self._error(403, "AuthenticationFailed", _FAILED, "Signature did not match.")
        if expiry(request.query) <= self.now():
            return expired(self, request)
        data = blob_at(self._emulator, path)
        if data is None:
            return self._error(404, "BlobNotFound", "The specified blob does not exist.")
        return Response(HTTPStatus.OK, self._headers(data, BYTES_TYPE), data)

    def _error(self, status: int, code: str, message: str, detail: str = "") -> Response:
        return xml_error(self, status, code, message, detail)

    def _headers(self, body: bytes, content_type: str) -> dict[str, str]:
        return _headers(self, body, content_type)


def expiry(query: Mapping[str, str]) -> datetime:
    """The time when the signature in a query ends."""
    return datetime.fromisoformat(query["se"])


def expired(host: Beside, request: Request) -> Response:
    """The answer to a signature that has ended."""
    now, end = (f"{moment:%a, %d %b %Y %H:%M:%S GMT}" for moment in (host.now(), expiry(request.query)))
    detail = f"Signature not valid in the specified time frame: Start [] - Expiry [{end}] - Current [{now}]"
    return xml_error(host, 403, "AuthenticationFailed", _FAILED, detail)


def xml_error(host: Beside, status: int, code: str, message: str, detail: str = "") -> Response:
    """An error as the storage writes it."""
    words = f"{message}\nRequestId:{host.new_id('request')}\nTime:{host.now().astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f0Z}"
    more = f"<AuthenticationErrorDetail>{escape(detail)}</AuthenticationErrorDetail>" if detail else ""
    text = f'<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</Code><Message>{escape(words)}</Message>{more}</Error>'
    body = b"\xef\xbb\xbf" + text.encode()
    return Response(status, {**_headers(host, body, "application/xml"), "x-ms-error-code": code}, body)


def _headers(host: Beside, body: bytes, content_type: str) -> dict[str, str]:
    return {
        "Date": format_datetime(host.now(), usegmt=True),
        "Content-Length": str(len(body)),
        "Content-Type": content_type,
        "Server": "Windows-Azure-Blob/1.0 Microsoft-HTTPAPI/2.0",
        "x-ms-request-id": host.new_id("request"),
        "x-ms-version": "2017-04-17",
    }

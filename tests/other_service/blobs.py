"""The files of all resources, on a host of their own, behind addresses that end."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote, unquote, urlsplit

from tests.other_service.answers import Answer, now

if TYPE_CHECKING:
    from http.server import BaseHTTPRequestHandler

KEYS = ("Training-Key", "Prediction-Key", "Authorization", "Ocp-Apim-Subscription-Key")
_FORMAT = "%Y-%m-%dT%H:%M:%SZ"

BlobFault = Callable[[str], Answer | None]
"""Takes the path of a file; None: the answer is the usual one."""


class Blobs:
    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.origin = ""
        self.faults: list[BlobFault] = []
        self.log: list[tuple[str, int]] = []  # path, status
        self.keys_seen = 0  # how often a key or token was sent here

    def uri(self, path: str, seconds: float) -> str:
        """An address with a shared access signature."""
        end = now() + timedelta(seconds=seconds)
        signature = base64.b64encode(hashlib.sha256(f"{path}{end}".encode()).digest()).decode()
        until = quote(end.strftime(_FORMAT), safe="")
        return f"{self.origin}{path}?sv=2017-04-17&sr=b&sig={quote(signature, safe='')}&se={until}&sp=r"

    def answer(self, request: BaseHTTPRequestHandler, _body: bytes) -> Answer:
        path = unquote(urlsplit(request.path).path)
        result = self._answer(request, path)
        self.log.append((path, result.status))
        return result

    def _answer(self, request: BaseHTTPRequestHandler, path: str) -> Answer:
        query = parse_qs(urlsplit(request.path).query)
        if any(name in request.headers for name in KEYS):
            self.keys_seen += 1
            return _error(400, "InvalidAuthenticationInfo")
        for fault in list(self.faults):
            if (answer := fault(path)) is not None:
                return answer
        if "sig" not in query or datetime.strptime(query["se"][0], _FORMAT).replace(tzinfo=UTC) < now():
            return _error(403, "AuthenticationFailed")
        if (data := self.files.get(path)) is None:
            return _error(404, "BlobNotFound")
        return Answer(200, raw=data, kind="application/octet-stream")


def _error(status: int, code: str) -> Answer:
    text = f'<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</Code></Error>'
    return Answer(status, raw=text.encode(), kind="application/xml")

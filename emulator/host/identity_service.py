"""The two calls over HTTP: GitHub's assertion and Entra ID's token, with the faults and the log of the emulator."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

from emulator.api.headers import Headers
from emulator.api.wire import Request, Response, compact, response
from emulator.host.beside import Beside
from emulator.state.identity import Refusal

if TYPE_CHECKING:
    from emulator.host.beside import Party
    from emulator.host.cloud import Emulator
    from emulator.state.identity import Directory

GITHUB, ENTRA = "github", "entra"
"""The names of the two ports: what a fault's `resource` and the log call them."""

ASSERTION_PATH: Final = "/idtoken"
ASSERTION_QUERY: Final = "api-version=2.0"
_TOKEN_PATH: Final = re.compile(r"/([^/]+)/oauth2/v2\.0/token")


class IdentityService(Beside):
    """Answers the requests to the two ports."""

    def __init__(self, emulator: Emulator) -> None:
        if emulator.directory is None:
            raise ValueError("the emulator has no directory: see identity.open_directory")
        super().__init__(emulator)
        self.directory: Directory = emulator.directory

    def handle(self, party: Party, request: Request) -> Response:
        """Answer a request; no faults, no waiting."""
        with self.lock:
            status, value = self._github(request) if party.name == GITHUB else self._entra(request)
            self.note(party, request, status)
            return response(status, compact(value), now=self.now(), request_id=self.new_id("request"))

    def _github(self, request: Request) -> tuple[int, object]:
        if request.method != "GET" or request.path != ASSERTION_PATH:
            return HTTPStatus.NOT_FOUND, {"message": "Not Found"}
        if Headers(request.headers).field("Authorization") != f"Bearer {self.directory.workflow.request_token}":
            return HTTPStatus.UNAUTHORIZED, {"message": "Bad credentials"}
        value = self.directory.assertion(request.query.get("audience", "https://github.com/octo"))
        return HTTPStatus.OK, {"count": len(value), "value": value}

    def _entra(self, request: Request) -> tuple[int, object]:
        found = _TOKEN_PATH.fullmatch(request.path)
        if request.method != "POST" or found is None:
            return HTTPStatus.NOT_FOUND, {"error": "not_found"}
        form = dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
        try:
            secret, seconds = self.directory.token(found[1], form)
        except Refusal as refusal:
            return HTTPStatus.BAD_REQUEST, self._refusal(refusal)
        return HTTPStatus.OK, {
            "token_type": "Bearer",
            "expires_in": seconds,
            "ext_expires_in": seconds,
            "access_token": secret,
        }

    def _refusal(self, refusal: Refusal) -> dict[str, object]:
        trace, now = self.new_id("trace"), self.now()
        stamp = f"{now:%Y-%m-%d %H:%M:%SZ}"
        words = f"{refusal} Trace ID: {trace} Correlation ID: {trace} Timestamp: {stamp}"
        return {
            "error": refusal.error,
            "error_description": words,
            "error_codes": [refusal.number],
            "timestamp": stamp,
            "trace_id": trace,
            "correlation_id": trace,
        }

"""One connection: reads requests, writes answers, and really carries out the faults of a connection."""

from __future__ import annotations

import socket
import struct
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

from emulator.api.routes import operation_of
from emulator.api.wire import Request, Response, compact, response
from emulator.host.faults import BEFORE_THE_WORK, Fault, Faults

if TYPE_CHECKING:
    from threading import Event

    from emulator.host.cloud import Emulator
    from emulator.state.model import Resource

STATE_PATH: Final = "/_emulator/state"
"""Not part of the service: the resource's projects in brief, for the demo to show. It contains no secret."""

_LINGER_NOT: Final = struct.pack("ii", 1, 0)
"""SO_LINGER with a zero time: closing sends a reset instead of an orderly end."""

_TOO_LONG_BY: Final = 64
"""How many bytes more a truncated answer announces than it has."""


class Connection(BaseHTTPRequestHandler):
    """The handler of a connection to one resource. A subclass says to which resource."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    emulator: Emulator
    resource: Resource
    stopping: Event
    resets = False

    def do_GET(self) -> None:
        """Answer a request of any method."""
        request = self._read()
        if request.method == "GET" and request.path == STATE_PATH:
            self._send(self._state())
            return
        operation = operation_of(request.method, request.path)
        with self.emulator.lock:
            fault = self.emulator.faults.take(self.resource.name, request.method, request.path, operation)
        if fault is None:
            self._send(self.emulator.handle(self.resource, request))
            return
        with self.emulator.lock:
            answer = Faults.answer(fault, self.emulator, self.resource, request)
        if answer is not None:
            self._send(answer)
        else:
            self._break(fault, request)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_GET  # noqa: N815 - the base class looks for these

    def _read(self) -> Request:
        path, _, query = self.path.partition("?")
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            body = self._read_chunks()
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fields: dict[str, str] = {}
        for name, value in parse_qsl(query, keep_blank_values=True):
            # A list may come as `ids=a,b` or as `ids=a&ids=b`.
            fields[name] = f"{fields[name]},{value}" if name in fields else value
        return Request(self.command, path, fields, dict(self.headers.items()), body)

    def _read_chunks(self) -> bytes:
        body = b""
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return body

    def _state(self) -> Response:
        with self.emulator.lock:
            rows = [
                {
                    "id": project.id,
                    "name": project.name,
                    "status": project.status,
                    "published": [iteration.publish_name for iteration in project.published],
                }
                for project in self.resource.projects.values()
            ]
            now = self.emulator.now()
        return response(HTTPStatus.OK, compact(rows), now=now, request_id="00000000-0000-0000-0000-000000000000")

    def _head(self, answer: Response, *, announced: int | None = None) -> bytes:
        phrase = HTTPStatus(answer.status).phrase if answer.status in list(HTTPStatus) else "Unknown"
        headers = dict(answer.headers)
        if announced is not None:
            headers["Content-Length"] = str(announced)
        if self.close_connection:
            headers["Connection"] = "close"
        lines = [f"HTTP/1.1 {int(answer.status)} {phrase}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def _send(self, answer: Response) -> None:
        self.wfile.write(self._head(answer) + (b"" if self.command == "HEAD" else answer.body))

    def _break(self, fault: Fault, request: Request) -> None:
        """Carry out a fault of the connection. The connection then ends, unless the answer was only slow."""
        if fault.kind in BEFORE_THE_WORK:
            self.emulator.note(self.resource, request, 0)
            answer = None
        else:
            answer = self.emulator.handle(self.resource, request)
        if answer is not None and fault.kind == "slow":
            self.stopping.wait(fault.seconds)
            self._send(answer)
            return
        self.close_connection = True
        if fault.kind in ("hang", "hang-after"):
            self.stopping.wait()
        elif answer is None or fault.kind == "reset-after":
            self.resets = True
        elif fault.kind == "truncated":
            self.wfile.write(self._head(answer, announced=len(answer.body) + _TOO_LONG_BY) + answer.body)
        elif fault.kind == "no-length":
            headers = {name: value for name, value in answer.headers.items() if name != "Content-Length"}
            self._send(Response(answer.status, headers, answer.body))
        elif fault.kind == "drip":
            self.wfile.write(self._head(answer))
            self._drip(answer.body, fault.seconds)
        elif fault.kind == "drip-headers":
            self._drip(self._head(answer) + answer.body, fault.seconds)

    def _drip(self, data: bytes, seconds: float) -> None:
        for number in range(len(data)):
            self.wfile.write(data[number : number + 1])
            if self.stopping.wait(seconds):
                return

    def finish(self) -> None:
        """Close the connection, with a reset if that is the fault."""
        if self.resets:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
        # This closes the two files, which hold the socket open.
        super().finish()
        if self.resets:
            # Closed before the server shuts the socket down, because that would be an orderly end.
            self.connection.close()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name for it
        """Print nothing: the emulator has its own log."""

"""HTTP on ports of this machine: what arrives becomes a call of a function, its answer is sent."""

from __future__ import annotations

import socket
import sys
import threading
import uuid
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.other_service.answers import DROPPED, Answer

Handle = Callable[[BaseHTTPRequestHandler, bytes], Answer]


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, handle: Handle) -> None:
        self.handle = handle
        self.connections: set[socket.socket] = set()
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who asked is gone, between two requests: that is no fault of a test."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.server.connections.add(self.connection)

    def finish(self) -> None:
        self.server.connections.discard(self.connection)
        super().finish()

    def log_message(self, *_: Any) -> None:
        return

    def answer(self) -> None:
        try:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self._send(self.server.handle(self, body))
        except OSError:  # who asked is gone
            self.close_connection = True

    def _send(self, answer: Answer) -> None:
        self.close_connection = self.close_connection or answer.status == DROPPED or bool(answer.cut)
        if answer.status == DROPPED:
            return
        data, request_id = answer.data(), str(uuid.uuid4())
        self.send_response(answer.status)
        headers = {"Content-Length": str(len(data)), "apim-request-id": request_id, "Request-Id": request_id}
        if answer.status != 204:
            headers["Content-Type"] = answer.content_type()
        for name, value in (headers | answer.headers).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data[: len(data) - answer.cut])

    do_GET = do_HEAD = do_POST = do_PATCH = do_DELETE = do_PUT = answer  # noqa: N815 - names of the base class


class Ports:
    """Each on a random port of 127.0.0.1; `close` ends them all, with the connections that are open."""

    def __init__(self) -> None:
        self._servers: list[_Server] = []

    def serve(self, handle: Handle) -> str:
        """Serve on one more port, and return its origin."""
        server = _Server(handle)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        self._servers.append(server)
        return f"http://127.0.0.1:{server.server_address[1]}"

    def close(self) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()
            for connection in list(server.connections):
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:  # closed meanwhile
                    continue

"""Servers that are no Custom Vision service: they remember what they are asked, or do not answer at all."""

from __future__ import annotations

import contextlib
import socket
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Stranger:
    """A server with one answer to everything, and the requests that reached it: request line and headers."""

    status: int = 200
    body: bytes = b"<html><head><title>Sign in</title></head><body>Hello</body></html>"
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "text/html"})
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    endpoint: str = ""


@contextlib.contextmanager
def listening(stranger: Stranger) -> Iterator[Stranger]:
    """Let a stranger listen on a random port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            stranger.requests.append((self.requestline, dict(self.headers.items())))
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(stranger.status)
            for name, value in {**stranger.headers, "Content-Length": str(len(stranger.body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(stranger.body)

        do_POST = do_PATCH = do_DELETE = do_CONNECT = do_GET  # noqa: N815 - the base class looks for these

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name for it
            """Print nothing."""

    class Port(ThreadingHTTPServer):
        daemon_threads = True

    with Port(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        stranger.endpoint = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            yield stranger
        finally:
            server.shutdown()
            thread.join()


@contextlib.contextmanager
def black_hole() -> Iterator[str]:
    """An endpoint where connecting never ends: a socket that listens and whose queue is full."""
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(socket.socket())
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        for _ in range(8):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(server.getsockname())
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def dead_port() -> str:
    """An endpoint where nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"

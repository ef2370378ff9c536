"""A server of raw bytes on a loopback port: it records what came, byte for byte, and answers what a test tells it."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable
    from typing import Self


def http(body: bytes = b"7", *, status: str = "200 OK", headers: bytes = b"", length: int | None = None) -> bytes:
    """A whole answer; `length` may say something else than the body's."""
    size = len(body) if length is None else length
    return f"HTTP/1.1 {status}\r\nContent-Length: {size}\r\n".encode() + headers + b"\r\n" + body


class Loopback:
    """Each connection gets the next of `answers`, the last one again and again: bytes, or a function of the socket.

    A function that has to wait does so on `over`, which is set when the test ends. One that does not listen answers
    before it has read anything.
    """

    def __init__(
        self, *answers: bytes | Callable[[socket.socket], None], tls: ssl.SSLContext | None = None, listens: bool = True
    ) -> None:
        self.requests: list[bytes] = []
        self.connections = 0
        self.over = threading.Event()
        self._answers = list(answers)
        self._tls = tls
        self._listens = listens
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._listen, daemon=True)]

    @property
    def origin(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(10)

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                thread = threading.Thread(target=self._serve, args=(connection, self._next()), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _next(self) -> bytes | Callable[[socket.socket], None]:
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]

    def _serve(self, plain: socket.socket, answer: bytes | Callable[[socket.socket], None]) -> None:
        with contextlib.suppress(OSError), plain:  # the client may hang up at any moment
            plain.settimeout(30)
            connection = self._tls.wrap_socket(plain, server_side=True) if self._tls else plain
            with connection:
                if self._listens:
                    self.requests.append(_read(connection))
                if callable(answer):
                    answer(connection)
                else:
                    connection.sendall(answer)


def _read(connection: socket.socket) -> bytes:
    """One request, to the end of its body."""
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = connection.recv(65536)
        if not chunk:
            return data
        data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            while len(body) < int(line.partition(b":")[2]):
                body += connection.recv(65536)
    return head + b"\r\n\r\n" + body

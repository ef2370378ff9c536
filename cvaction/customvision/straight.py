"""The short way for many small files, without a proxy: one connection, for one thread.

http.client writes the head of a request. From then on only the path changes. http.client also reads the answers, except for
plain ones, of which there may be thousands in a run: for a small file, reading the headers would be most of the work.
"""

from __future__ import annotations

import io
import re
from http import HTTPStatus, client
from typing import IO, TYPE_CHECKING, Any, cast

from cvaction.customvision.connections import BUFFER

if TYPE_CHECKING:
    import socket
    from collections.abc import Mapping
    from typing import Self

__all__ = ["PlainAnswer", "Reply", "Sent", "Straight", "read_answer"]

_PATH = re.compile(r"/[A-Za-z0-9._~!$&'()*+,;=:@/?%-]*")
# Status line and headers (RFC 9112, sections 3 and 5), without what is allowed and unusual: that is left to http.client.
_HEAD = re.compile(rb"HTTP/1\.1 200 [\t -~]*\r\n(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t -~]*\r\n)+\r\n")
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,15})[ \t]*\r\n")
_OTHER_ENDS = re.compile(rb"\r\n(?:transfer-encoding|connection):")  # the body or the connection may end otherwise


class Straight:
    """A connection to a host without a proxy, for one thread. A request takes less work than one through the pool."""

    def __init__(self, pool: Any) -> None:  # noqa: ANN401 - one of connections.POOLS
        self.free: Any = None  # a connection that waits for the next request
        self._pool = pool
        self._ends: dict[str, tuple[Mapping[str, str], bytes]] = {}  # by method: headers, and the head after the path

    def __del__(self) -> None:
        if self.free is not None:
            self.free.close()  # as urllib3's pools do

    @staticmethod
    def takes(path: str) -> bool:
        """Whether a path can be sent as it is. urllib3 escapes characters, this class does not."""
        return _PATH.fullmatch(path) is not None

    def send(self, method: str, path: str, headers: Mapping[str, str], timeout: tuple[float, float]) -> Sent:
        """Send one request. Raises OSError, and errors of urllib3 for the connection.

        The next request has another connection if the answer to this one was not read yet.
        """
        connection, self.free = self.free, None
        if connection is None:
            connection = self._pool.connection()
        elif not connection.is_connected:  # the host has closed it meanwhile
            connection.close()
        try:
            head = f"{method} {path}".encode() + self._end(connection, method, headers)
            return Sent(self, connection, method, connection.dispatch(head, timeout))
        except BaseException:
            connection.close()
            raise

    def _end(self, connection: Any, method: str, headers: Mapping[str, str]) -> bytes:  # noqa: ANN401 - a connection of the pool
        """What follows the path in a head."""
        known, end = self._ends.get(method, (None, b""))
        if known != headers:
            end = _Head(connection).end(method, headers)
            self._ends[method] = dict(headers), end
        return end


class Sent:
    """A request whose answer is still to be read: call `reply`, or `close`."""

    def __init__(self, straight: Straight, connection: Any, method: str, sock: socket.socket) -> None:  # noqa: ANN401 - as above
        self._straight, self._connection, self._method, self._sock = straight, connection, method, sock
        self._read = False

    def reply(self) -> Reply:
        """The answer. Raises what http.client raises, and OSError."""
        self._read = True
        try:
            return Reply(self._straight, self._connection, read_answer(self._sock, self._method))
        except BaseException:
            self._connection.close()
            raise

    def close(self) -> None:
        """Give the request up. Does nothing after `reply`."""
        if not self._read:
            self._connection.close()


class Reply:
    """An answer, whose body is still to be read. At the end of a `with` the connection is kept if the body was read.

    A plain answer has only the header `Content-Length`.
    """

    def __init__(self, straight: Straight, connection: Any, answer: client.HTTPResponse | PlainAnswer) -> None:  # noqa: ANN401 - as above
        self.status = answer.status
        self.headers = cast("Mapping[str, str]", answer.headers)  # it is one, but for its type
        self._straight, self._connection, self._answer = straight, connection, answer

    def read1(self, amt: int) -> bytes:
        """Up to so many bytes of the body, as soon as there are some; empty at its end."""
        return self._answer.read1(amt)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        complete = self._answer.isclosed() or self._answer.length == 0
        final = self.status >= HTTPStatus.OK  # after 103 and the like another answer comes, to the same request
        lasting = not self._answer.will_close and not self._connection.pending()
        self._answer.close()
        if complete and final and lasting and self._straight.free is None:
            self._straight.free = self._connection
        else:
            self._connection.close()


class _Head(client.HTTPConnection):
    """Writes the head of a request, and sends nothing."""

    def __init__(self, connection: client.HTTPConnection) -> None:
        super().__init__(connection.host, connection.port)
        self.default_port = connection.default_port  # another one is named in `Host`
        self._written = b""

    def send(self, data: Any) -> None:  # noqa: ANN401 - http.client's signature
        self._written += data

    def end(self, method: str, headers: Mapping[str, str]) -> bytes:
        """What follows the path."""
        self.request(method, "/", headers=headers)
        return self._written.removeprefix(f"{method} /".encode())


class PlainAnswer:
    """An answer with status 200 and a length, on a connection that stays open. What it offers is as in HTTPResponse."""

    status = HTTPStatus.OK.value

    def __init__(self, sock: socket.socket, length: int, first: bytes) -> None:
        self.length = length  # bytes that are still to be read
        self.headers = {"Content-Length": str(length)}
        self.will_close = len(first) > length  # bytes behind the body would become the next answer
        self._sock, self._first = sock, first[:length]

    def read1(self, amt: int) -> bytes:
        """Up to so many bytes of the body, as soon as there are some; empty at its end."""
        if self._first:
            data, self._first = self._first[:amt], self._first[amt:]
        else:
            data = self._sock.recv(min(self.length, amt)) if self.length else b""
        self.length -= len(data)
        return data

    def isclosed(self) -> bool:
        """Never: `length` tells whether all was read."""
        return False

    def close(self) -> None:
        """Nothing: the connection is its owner's."""


def read_answer(sock: socket.socket, method: str) -> client.HTTPResponse | PlainAnswer:
    """The answer to a request that was just sent. Raises what http.client raises, and OSError."""
    first = sock.recv(BUFFER) if method == "GET" else b""  # no body follows the length that HEAD tells
    if plain := _plain(sock, first):
        return plain
    response = client.HTTPResponse(cast("socket.socket", _PartlyRead(sock, first)), method=method)
    response.begin()
    return response


def _plain(sock: socket.socket, first: bytes) -> PlainAnswer | None:
    """The answer that begins with these bytes, if it is a plain one, and all its headers are here."""
    head = _HEAD.match(first)
    if head is None:
        return None
    text = head[0].lower()
    found = _LENGTH.search(text)
    if found is None or text.count(b"\r\ncontent-length:") != 1 or _OTHER_ENDS.search(text):
        return None
    return PlainAnswer(sock, int(found[1]), first[head.end() :])


class _PartlyRead:
    """A socket of which some bytes were read already."""

    def __init__(self, sock: socket.socket, first: bytes) -> None:
        self._sock, self._first = sock, first

    def makefile(self, _mode: str) -> IO[bytes]:
        return io.BufferedReader(_Rest(self._sock, self._first), BUFFER)


class _Rest(io.RawIOBase):
    """Those bytes, and then what the socket receives."""

    def __init__(self, sock: socket.socket, first: bytes) -> None:
        super().__init__()
        self._sock, self._first = sock, first

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - io's signature
        if not self._first:
            return self._sock.recv_into(buffer)
        size = min(len(buffer), len(self._first))
        buffer[:size], self._first = self._first[:size], self._first[size:]
        return size

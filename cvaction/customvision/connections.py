"""The connections of a session: none sends a request that no thread waits for any more.

urllib3 makes the connections, with its proxies, timeouts and certificates.
"""

from __future__ import annotations

import ssl
import threading
from http import client
from typing import IO, TYPE_CHECKING, Any, Literal, cast

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

if TYPE_CHECKING:
    import socket

    from cvaction.clock import Permit

__all__ = ["BUFFER", "POOLS", "AbandonedError", "hold", "sent"]

BUFFER = 64 * 1024  # bytes
_worker = threading.local()


class AbandonedError(OSError):
    """The request was not sent, because no thread waits for the answer any more."""


def hold(permit: Permit) -> None:
    """Bind this thread's requests to a permit. Once the permit is revoked, nothing more is sent."""
    _worker.permit, _worker.sent = permit, False


def sent() -> bool:
    """Whether this thread has begun to send its request. If so, a failure, also of TLS, may come after the work was done."""
    return bool(getattr(_worker, "sent", False))


def _check() -> None:
    permit: Permit | None = getattr(_worker, "permit", None)
    if permit is not None and permit.revoked:
        msg = "the request was given up before it was sent"
        raise AbandonedError(msg)


class _Buffered:
    """A socket whose files have a large buffer: a small body comes with one system call, and not with three."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def makefile(self, mode: Literal["rb"]) -> IO[bytes]:
        return cast("IO[bytes]", self._sock.makefile(mode, BUFFER))


class _Response(client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - http.client's signature
        super().__init__(_Buffered(sock), *args, **kwargs)  # type: ignore[arg-type] # all that it takes from a socket


class _Guarded:
    """Checks the permit just before the request is sent: name resolution or handshake may have taken long."""

    response_class: type[client.HTTPResponse] = _Response

    def connect(self) -> None:
        super().connect()  # type: ignore[misc] # the next class in line is urllib3's
        _check()

    def request(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - urllib3's own signature
        self._begin()
        super().request(*args, **kwargs)  # type: ignore[misc] # the next class in line is urllib3's

    def dispatch(self, head: bytes, timeout: tuple[float, float]) -> socket.socket:
        """Send a request without a body, and return where its answer comes. Timeouts: to connect, for each wait for bytes."""
        connection = cast("HTTPConnection", self)
        connection.timeout = timeout[0]
        self._begin()
        if connection.sock.gettimeout() != timeout[1]:  # setting it is a system call
            connection.sock.settimeout(timeout[1])
        connection.sock.sendall(head)
        return connection.sock

    def pending(self) -> int:
        """How many bytes TLS has decrypted that nobody has read. The system does not see them: `is_connected` neither."""
        sock = cast("HTTPConnection", self).sock
        return sock.pending() if isinstance(sock, ssl.SSLSocket) else 0

    def _begin(self) -> None:
        _check()
        if getattr(self, "sock", None) is None:
            self.connect()  # connect here, so that an unreachable proxy does not count as sent
        _worker.sent = True


class _GuardedHTTP(_Guarded, HTTPConnection):
    pass


class _GuardedHTTPS(_Guarded, HTTPSConnection):
    pass


class _Making:
    """A pool that also makes connections that it does not keep."""

    def connection(self) -> Any:  # noqa: ANN401 - a _GuardedHTTP or a _GuardedHTTPS
        """A new connection, with the settings of the pool."""
        return self._new_conn()  # type: ignore[attr-defined] # the next class in line is urllib3's


class _PoolHTTP(_Making, HTTPConnectionPool):
    ConnectionCls = _GuardedHTTP


class _PoolHTTPS(_Making, HTTPSConnectionPool):
    ConnectionCls = _GuardedHTTPS


POOLS = {"http": _PoolHTTP, "https": _PoolHTTPS}

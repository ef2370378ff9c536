"""The connections of a session: none sends a request that no thread waits for any more. Small files need few calls.

urllib3 makes the connections, with its proxies, timeouts and certificates.
"""

from __future__ import annotations

import re
import threading
from http import HTTPStatus, client
from typing import IO, TYPE_CHECKING, Any, Literal, cast

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

if TYPE_CHECKING:
    import socket
    from collections.abc import Mapping
    from typing import Self

    from cvaction.clock import Permit

__all__ = ["POOLS", "AbandonedError", "Reply", "Straight", "hold", "sent"]

_BUFFER = 64 * 1024  # bytes
_PLAIN = re.compile(r"/[A-Za-z0-9._~!$&'()*+,;=:@/?%-]*")
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
        return cast("IO[bytes]", self._sock.makefile(mode, _BUFFER))


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

    def exchange(
        self, method: str, path: str, headers: Mapping[str, str], timeout: tuple[float, float]
    ) -> client.HTTPResponse:
        """Send a request without a body, by http.client alone. Timeouts: to connect, and for each wait for bytes."""
        connection = cast("HTTPConnection", self)
        connection.timeout = timeout[0]
        self._begin()
        connection.sock.settimeout(timeout[1])
        client.HTTPConnection.request(connection, method, path, headers=headers)
        return client.HTTPConnection.getresponse(connection)

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


class Reply:
    """An answer, whose body is still to be read. At the end of a `with` the connection is kept if the body was read."""

    def __init__(self, straight: Straight, connection: Any, response: client.HTTPResponse) -> None:  # noqa: ANN401 - as above
        self.status = response.status
        self.headers = cast("Mapping[str, str]", response.headers)  # it is one, but for its type
        self._straight, self._connection, self._response = straight, connection, response

    def read1(self, amt: int) -> bytes:
        """Up to so many bytes of the body, as soon as there are some; empty at its end."""
        return self._response.read1(amt)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        complete = self._response.isclosed() or self._response.length == 0
        final = self.status >= HTTPStatus.OK  # after 103 and the like another answer comes, to the same request
        self._response.close()
        if complete and final and self._connection.sock is not None:
            self._straight.free = self._connection
        else:
            self._connection.close()


class Straight:
    """A connection to a host without a proxy, for one thread. A request takes less work than one through the pool."""

    def __init__(self, pool: Any) -> None:  # noqa: ANN401 - one of POOLS
        self.free: Any = None  # a connection that waits for the next request
        self._pool = pool

    def __del__(self) -> None:
        if self.free is not None:
            self.free.close()  # as urllib3's pools do

    @staticmethod
    def takes(path: str) -> bool:
        """Whether a path can be sent as it is. urllib3 escapes characters, this class does not."""
        return _PLAIN.fullmatch(path) is not None

    def fetch(self, method: str, path: str, headers: Mapping[str, str], timeout: tuple[float, float]) -> Reply:
        """Send one request. Raises what http.client raises, OSError, and errors of urllib3 for the connection."""
        connection, self.free = self.free, None
        if connection is None:
            connection = self._pool.connection()
        elif not connection.is_connected:  # the host has closed it meanwhile
            connection.close()
        try:
            response = connection.exchange(method, path, headers, timeout)
        except BaseException:
            connection.close()
            raise
        return Reply(self, connection, response)

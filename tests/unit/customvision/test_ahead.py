"""Requests that are sent before earlier answers were read: which answer belongs to which, and what becomes of the rest.

What goes wrong with one download is in test_blobs.py, also for those that were begun ahead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cvaction.clock import Permit, SystemClock
from cvaction.customvision.blobs import Blobs
from cvaction.customvision.connections import hold
from cvaction.customvision.session import Session, new_session
from cvaction.customvision.storage_hosts import ForeignHostError
from cvaction.customvision.straight import Straight
from cvaction.secret import Secret
from tests.support.loopback import Loopback, http
from tests.support.sinks import FileSink

if TYPE_CHECKING:
    import socket
    from pathlib import Path

    from cvaction.customvision.download_models import Begun
    from cvaction.customvision.straight import Sent

pytestmark = pytest.mark.usefixtures("plain_surroundings")
PATH = "/i-1/i-2?sig=a%2Fb"
AZURE = "https://dev.cognitiveservices.azure.com"


def of(endpoint: str) -> Blobs:
    return Blobs(endpoint, frozenset(), clock=SystemClock(), new_session=new_session)


def body(blobs: Blobs, server: Loopback, path: Path, begun: Begun | None) -> bytes:
    """The picture, saved to a path."""
    blobs.fetch(Secret(server.origin + PATH), lambda: FileSink(path, "xb"), alone=True, begun=begun)
    return path.read_bytes()


def test_each_answer_belongs_to_its_own_request(tmp_path: Path) -> None:
    """Whatever the order in which they are read."""
    with Loopback(http(b"one"), http(b"two"), http(b"three")) as server:
        blobs = of(server.origin)
        begun = [blobs.begin(Secret(server.origin + PATH)) for _ in range(3)]
        bodies = {number: body(blobs, server, tmp_path / str(number), begun[number]) for number in (2, 0, 1)}

    assert bodies == {0: b"one", 1: b"two", 2: b"three"}
    assert (server.connections, len(server.requests)) == (3, 3)


def test_what_is_given_up_is_never_the_next_answer(tmp_path: Path) -> None:
    with Loopback(http(b"forgotten"), http(b"next")) as server:
        blobs = of(server.origin)
        begun = blobs.begin(Secret(server.origin + PATH))
        assert begun
        begun.close()

        assert body(blobs, server, tmp_path / "0", None) == b"next"


def test_a_connection_that_was_given_up_is_not_kept() -> None:
    hold(Permit())
    with Loopback(http(b"forgotten"), http(b"next")) as server, new_session() as session:
        asked(session, server).close()
        with asked(session, server).reply() as reply:
            assert reply.read1(10) == b"next"


def test_to_close_what_was_read_closes_nothing(tmp_path: Path) -> None:
    def twice(connection: socket.socket) -> None:
        connection.sendall(http(b"one"))
        connection.recv(65536)
        connection.sendall(http(b"two"))

    with Loopback(twice) as server:
        blobs = of(server.origin)
        begun = blobs.begin(Secret(server.origin + PATH))
        assert begun
        assert body(blobs, server, tmp_path / "0", begun) == b"one"
        begun.close()
        assert body(blobs, server, tmp_path / "1", None) == b"two"

    assert server.connections == 1


@pytest.mark.parametrize("path", ["/ä", "/a b", '/"x"'])
def test_an_odd_address_is_not_asked_ahead(path: str) -> None:
    with Loopback(http()) as server:
        blobs = of(server.origin)
        assert blobs.begin(Secret(server.origin + path)) is None
        assert not blobs.begins(Secret(server.origin + path))
        assert blobs.begins(Secret(server.origin + PATH))

    assert server.connections == 0


def test_a_proxy_is_not_asked_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    with Loopback(http()) as server, Loopback(http()) as proxy:
        monkeypatch.setenv("http_proxy", proxy.origin)

        assert of(server.origin).begin(Secret(server.origin + PATH)) is None

    assert (server.connections, proxy.connections) == (0, 0)


def test_a_stranger_is_not_asked_ahead(tmp_path: Path) -> None:
    with Loopback(http()) as server:
        blobs = of(AZURE)

        assert blobs.begin(Secret(server.origin + PATH)) is None
        with pytest.raises(ForeignHostError):
            body(blobs, server, tmp_path / "0", None)

    assert server.connections == 0


def test_of_two_connections_of_a_session_one_is_kept() -> None:
    """The other one is closed, and not left to the garbage collection."""
    hold(Permit())
    with Loopback(http()) as server, new_session() as session:
        sent = [asked(session, server) for _ in range(2)]
        for one in sent:
            with one.reply() as reply:
                assert reply.read1(10) == b"7"
        straight = session._pools[server.origin].straight

        assert isinstance(straight, Straight)
        kept = [one._connection for one in sent if one._connection.sock is not None]
        assert kept == [straight.free]


def asked(session: Session, server: Loopback) -> Sent:
    sent = session.ask("GET", server.origin + PATH, {}, (5.0, 5.0))
    assert sent
    return sent

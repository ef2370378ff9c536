"""The straight connection of downloads: when it is used, kept and given up. What it downloads is in test_blobs.py."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from cvaction.clock import Permit
from cvaction.customvision.answers import broken
from cvaction.customvision.connections import AbandonedError, hold, sent
from cvaction.customvision.errors import Kind
from cvaction.customvision.session import Session, new_session
from cvaction.customvision.straight import Reply
from tests.support.certificates import Company, openssl
from tests.support.loopback import Loopback, http

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from urllib3.response import BaseHTTPResponse

pytestmark = pytest.mark.usefixtures("plain_surroundings")
WAITS = (5.0, 5.0)  # seconds
HEADERS = {"User-Agent": "cvaction"}


@pytest.fixture
def session() -> Iterator[Session]:
    hold(Permit())
    with new_session() as session:
        yield session


def fetch(session: Session, server: Loopback, path: str = "/x", method: str = "GET") -> Reply | BaseHTTPResponse:
    return session.fetch(method, server.origin + path, HEADERS, WAITS)


def body(session: Session, server: Loopback, path: str = "/x") -> bytes:
    """All of it."""
    with fetch(session, server, path) as reply:
        return b"".join(iter(lambda: reply.read1(1000), b""))


def talkative(*answers: bytes, later: list[bytes] | None = None) -> Callable[[socket.socket], None]:
    """A host that answers several requests of one connection, and then closes it. `later` gets those after the first one."""
    heard = [] if later is None else later

    def talk(connection: socket.socket) -> None:
        for number, answer in enumerate(answers):
            if number:
                heard.append(connection.recv(65536))
            connection.sendall(answer)

    return talk


def test_the_connection_is_kept_for_the_next_request(session: Session) -> None:
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\ntwo\r\n0\r\n\r\n"
    with Loopback(talkative(http(b"one"), chunked, http(b"three"))) as server:
        assert [body(session, server) for _ in range(3)] == [b"one", b"two", b"three"]

    assert server.connections == 1


def test_the_connection_is_kept_after_an_answer_without_a_body(session: Session) -> None:
    with Loopback(talkative(http(b"", length=9), http(b"", status="204 X"), http(b"one"))) as server:
        with fetch(session, server, method="HEAD") as head:
            assert head.headers["content-length"] == "9"
        with fetch(session, server) as empty:
            assert empty.status == 204
        assert body(session, server) == b"one"

    assert server.connections == 1


def test_a_connection_that_the_host_has_closed_is_made_again(session: Session) -> None:
    closed: list[socket.socket] = []

    def close(connection: socket.socket) -> None:
        connection.sendall(http(b"one"))
        connection.shutdown(socket.SHUT_RDWR)
        closed.append(connection)

    with Loopback(close, http(b"two")) as server:
        assert body(session, server) == b"one"
        while not closed:
            assert not server.over.wait(0.01)
        assert body(session, server) == b"two"

    assert server.connections == 2


@pytest.mark.parametrize(
    "answer", [http(b"one", headers=b"Connection: close\r\n"), b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\none"]
)
def test_a_connection_that_the_host_will_close_is_not_kept(session: Session, answer: bytes) -> None:
    with Loopback(answer, http(b"two")) as server:
        assert [body(session, server) for _ in range(2)] == [b"one", b"two"]

    assert server.connections == 2


def test_a_body_that_is_not_read_never_becomes_the_next_answer(session: Session) -> None:
    with Loopback(talkative(http(http(b"forged")), http(b"late")), http(b"two")) as server:
        with fetch(session, server) as reply:
            assert reply.read1(4) == b"HTTP"
        assert body(session, server) == b"two"

    assert server.connections == 2


def test_bytes_behind_an_answer_never_become_the_next_one(session: Session) -> None:
    with Loopback(talkative(http(b"one") + http(b"forged"), http(b"late")), http(b"two")) as server:
        assert [body(session, server) for _ in range(2)] == [b"one", b"two"]

    assert server.connections == 2


@pytest.mark.skipif(openssl() is None, reason="the certificate is made by openssl")
@pytest.mark.parametrize("header", [b"", b"Connection: keep-alive\r\n"])
def test_bytes_behind_an_answer_in_one_tls_record(
    session: Session, header: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are decrypted with the body's end, so that the socket shows nothing of them."""
    company = Company(tmp_path / "company")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(company.root.path))
    head, _, _ = http(b"one", headers=header).partition(b"one")

    def talk(connection: socket.socket) -> None:
        connection.sendall(head)
        connection.sendall(b"one" + http(b"forged"))
        connection.recv(65536)

    with Loopback(talk, http(b"two"), tls=company.server().served()) as server:
        assert [body(session, server) for _ in range(2)] == [b"one", b"two"]

    assert server.connections == 2


@pytest.mark.parametrize("status", ["102 Processing", "103 Early Hints"])
def test_what_follows_an_interim_answer_is_never_the_next_one(session: Session, status: str) -> None:
    """It may come long after the interim answer, when the next request has been sent."""
    interim = f"HTTP/1.1 {status}\r\n\r\n".encode()
    with Loopback(talkative(interim, http(b"late")), http(b"two")) as server:
        with fetch(session, server) as reply:
            assert reply.status == int(status[:3])
        assert body(session, server) == b"two"

    assert server.connections == 2


def test_after_a_failure_nothing_is_kept(session: Session) -> None:
    with Loopback(b"rubbish\r\n\r\n", http(b"two")) as server:
        with pytest.raises(Exception, match="rubbish"):
            fetch(session, server)
        assert body(session, server) == b"two"


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("/a%2Fb?sig=c%2bd&x=~", "/a%2Fb?sig=c%2bd&x=~"),
        ("", "/"),
        ("/ä", "/%C3%A4"),
        ("/a#b", "/a"),
        ('/"x"', "/%22x%22"),
    ],
)
def test_a_path_is_sent_as_it_is_or_escaped_by_urllib3(session: Session, path: str, line: str) -> None:
    with Loopback(http()) as server, fetch(session, server, path):
        pass

    assert server.requests[0].splitlines()[0].decode() == f"GET {line} HTTP/1.1"


def test_no_header_is_added(session: Session) -> None:
    with Loopback(http()) as server, fetch(session, server):
        pass

    names = [line.partition(b":")[0] for line in server.requests[0].strip().splitlines()[1:]]
    assert sorted(names) == [b"Accept-Encoding", b"Host", b"User-Agent"]


def test_each_request_has_its_own_headers(session: Session) -> None:
    later: list[bytes] = []
    with Loopback(talkative(*[http()] * 3, later=later)) as server:
        for agent in ("one", "two", "one"):
            with session.fetch("GET", f"{server.origin}/x", {"User-Agent": agent}, WAITS) as reply:
                assert reply.read1(10) == b"7"

    heads = [*server.requests, *later]
    assert [head.partition(b"User-Agent: ")[2].split()[0].decode() for head in heads] == ["one", "two", "one"]


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("https://shelf.blob.core.windows.net", "shelf.blob.core.windows.net"),
        ("https://shelf.blob.core.windows.net:443", "shelf.blob.core.windows.net"),
        ("https://shelf.blob.core.windows.net:8443", "shelf.blob.core.windows.net:8443"),
        ("http://127.0.0.1", "127.0.0.1"),
        ("http://[::1]:8000", "[::1]:8000"),
    ],
)
def test_the_host_is_named_as_http_client_names_it(session: Session, origin: str, host: str) -> None:
    pool = session._pool(origin + "/x")
    assert pool.straight

    end = pool.straight._end(pool.straight._pool.connection(), "GET", HEADERS)

    assert end.startswith(f" HTTP/1.1\r\nHost: {host}\r\n".encode())


def test_nothing_is_sent_once_the_request_is_given_up(session: Session) -> None:
    permit = Permit()
    hold(permit)
    permit.revoked = True

    with Loopback(http()) as server, pytest.raises(AbandonedError):
        fetch(session, server)

    assert not server.requests
    assert not sent()


def test_a_host_that_says_nothing_is_not_waited_for_longer(session: Session) -> None:
    def silent(_: socket.socket) -> None:
        server.over.wait()

    with Loopback(silent) as server, pytest.raises(TimeoutError) as caught:
        session.fetch("GET", f"{server.origin}/x", HEADERS, (5.0, 0.05))

    assert broken(caught.value).kind is Kind.TIMEOUT


def test_the_two_limits_are_for_connecting_and_for_each_wait(session: Session) -> None:
    with Loopback(http()) as server, session.fetch("GET", f"{server.origin}/x", HEADERS, (7.0, 5.0)) as reply:
        assert isinstance(reply, Reply)
        assert (reply._connection.timeout, reply._connection.sock.gettimeout()) == (7.0, 5.0)


def test_a_proxy_is_never_passed_by(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    with Loopback(http(b"from the host")) as server, Loopback(http(b"from the proxy")) as proxy:
        monkeypatch.setenv("http_proxy", proxy.origin)

        assert body(session, server) == b"from the proxy"

    assert not server.requests

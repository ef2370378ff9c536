"""Real connections that fail, break, or are given up before the request is sent."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING, Any

import pytest

from cvaction.clock import Permit
from cvaction.customvision import schemas
from cvaction.customvision.connections import AbandonedError, hold, sent
from cvaction.customvision.credentials import KeyCredential
from cvaction.customvision.errors import CustomVisionError, Kind
from cvaction.customvision.session import new_session
from cvaction.customvision.transport import Call, Transport
from cvaction.secret import Secret
from tests.support.loopback import Loopback, http
from tests.support.samples import KEY

if TYPE_CHECKING:
    from collections.abc import Callable

    import requests
from tests.support.real_wire import ONCE, Impatient, dead_port, make, once

pytestmark = pytest.mark.usefixtures("plain_surroundings")


class TestAnAbandonedRequest:
    """It is given up while it still looks up the name or connects: then nothing may go out later."""

    @pytest.mark.parametrize("through", ["", "http_proxy"])
    def test_is_not_sent_when_the_name_is_found_at_last(self, monkeypatch: pytest.MonkeyPatch, through: str) -> None:
        resolve, over, done = socket.getaddrinfo, threading.Event(), threading.Event()

        def slow(*args: Any, **options: Any) -> Any:
            over.wait(30)
            return resolve(*args, **options)

        class Watched(Impatient):
            def call(self, work: Callable[[Permit], Any], seconds: float) -> Any:
                def watched(permit: Permit) -> Any:
                    try:
                        return work(permit)
                    finally:
                        done.set()

                return super().call(watched, seconds)

        with Loopback(http()) as server:
            monkeypatch.setattr(socket, "getaddrinfo", slow)
            if through:
                monkeypatch.setenv(through, server.origin)
            origin = "http://gateway.invalid" if through else server.origin
            sender = Transport(origin, KeyCredential(Secret(KEY)), clock=Watched(), new_session=new_session)
            call = Call("ImportProject", "POST", "/import", repeatable=False, seconds=0.2)
            with pytest.raises(CustomVisionError) as caught:
                sender.send(call, schemas.count)
            over.set()
            assert done.wait(30)

        assert caught.value.kind is Kind.TIMEOUT
        assert not any(server.requests)  # connected, perhaps; but not a byte was sent

    def test_is_not_sent_over_a_connection_that_was_open_already(self) -> None:
        def twice(connection: socket.socket) -> None:
            connection.sendall(http())
            server.requests.append(connection.recv(65536))

        with Loopback(twice) as server:
            session, permit = new_session(), Permit()
            hold(permit)
            try:
                assert session.get(f"{server.origin}/count", timeout=10).content == b"7"
                permit.revoked = True
                with pytest.raises(AbandonedError):
                    _raise_inner(session, f"{server.origin}/import")
            finally:
                hold(Permit())
                session.close()

        assert server.requests[1:] == [b""]


def _raise_inner(session: requests.Session, url: str) -> None:
    """Whatever requests and urllib3 have wrapped around the reason is taken off."""
    try:
        session.post(url, timeout=10)
    except Exception as error:
        chain: BaseException | None = error
        while chain is not None and not isinstance(chain, AbandonedError):
            chain = chain.__context__
        if chain is not None:
            raise chain from None
        raise


class TestNoConnection:
    def test_is_told_as_such_when_nobody_listens_and_an_import_may_be_resent(self) -> None:
        error = once(f"http://127.0.0.1:{dead_port()}")

        assert (error.kind, error.unsent) == (Kind.CONNECT, True)
        assert "refused" in error.message

    def test_is_told_as_such_when_the_name_is_unknown(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def unknown(*_args: object, **_options: object) -> Any:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

        monkeypatch.setattr(socket, "getaddrinfo", unknown)

        error = once("http://dev.invalid")

        assert (error.kind, error.unsent) == (Kind.DNS, True)

    @pytest.mark.parametrize("host", ["a" * 64 + ".cognitiveservices.azure.com", "a..b"])
    def test_is_told_as_a_bad_name_when_the_name_cannot_exist(self, host: str) -> None:
        error = once(f"https://{host}")

        assert (error.kind, error.unsent) == (Kind.DNS, True)
        assert "not valid" in error.message

    @pytest.mark.parametrize("scheme", ["http", "https"])
    def test_to_the_proxy_is_told_as_the_proxys_fault(self, monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
        monkeypatch.setenv(f"{scheme}_proxy", f"http://user:pass-word@127.0.0.1:{dead_port()}")

        error = once(f"{scheme}://dev.invalid")

        assert (error.kind, error.unsent) == (Kind.PROXY, True)
        assert "pass-word" not in error.message

    def test_through_a_proxy_that_wants_a_login_is_told_as_the_proxys_fault(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with Loopback(http(b"", status="407 Proxy Authentication Required")) as proxy:
            monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{proxy.port}")

            error = once("https://dev.invalid")

        assert (error.kind, error.unsent) == (Kind.PROXY, True)
        assert all(request.startswith(b"CONNECT dev.invalid:443") for request in proxy.requests)
        assert all(KEY.encode() not in request for request in proxy.requests)

    @pytest.mark.parametrize("scheme", ["socks", "socks4", "socks4a", "socks5", "socks5h", "SOCKS5"])
    @pytest.mark.parametrize(
        ("variable", "origin"),
        [
            ("https_proxy", "https://dev.invalid"),
            ("HTTPS_PROXY", "https://dev.invalid"),
            ("http_proxy", "http://127.0.0.1:1"),
            ("all_proxy", "https://dev.invalid"),
            ("ALL_PROXY", "http://127.0.0.1:1"),
        ],
    )
    def test_through_a_socks_proxy_is_told_as_such_and_not_tried_again(
        self, monkeypatch: pytest.MonkeyPatch, scheme: str, variable: str, origin: str
    ) -> None:
        monkeypatch.setenv(variable, f"{scheme}://user:pass-word@127.0.0.1:1080")

        error = once(origin)

        assert (error.kind, error.transient) == (Kind.SOCKS, False)
        assert error.message == f"{variable} names a SOCKS proxy, and nothing was sent"

    @pytest.mark.parametrize("proxy", ["socks5://", " socks5://127.0.0.1:1", "socks5://:1080", "socks5:1080"])
    def test_through_a_socks_proxy_is_told_as_such_whatever_else_is_wrong_with_it(
        self, monkeypatch: pytest.MonkeyPatch, proxy: str
    ) -> None:
        monkeypatch.setenv("https_proxy", proxy)

        assert once("https://dev.invalid").kind is Kind.SOCKS

    def test_through_an_http_proxy_that_wins_over_a_socks_proxy_for_the_rest_is_none_of_socks(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("all_proxy", "socks5://127.0.0.1:1080")
        with Loopback(http()) as proxy:
            monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")

            assert make("http://gateway.invalid").send(ONCE, schemas.count) == 7

    def test_past_a_socks_proxy_that_the_host_is_exempt_from_is_none_of_socks(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("all_proxy", "socks5://127.0.0.1:1080")
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        with Loopback(http()) as server:
            assert make(server.origin).send(ONCE, schemas.count) == 7

    @pytest.mark.parametrize("proxy", ["http://", "http://a..b:3128", "ftp://127.0.0.1:1"])
    def test_through_a_proxy_whose_url_is_nonsense_sends_nothing(
        self, monkeypatch: pytest.MonkeyPatch, proxy: str
    ) -> None:
        monkeypatch.setenv("https_proxy", proxy)

        assert once("https://dev.invalid").kind in {Kind.PROXY, Kind.DNS}


def test_a_thread_that_never_sent_anything_has_not_sent_its_request() -> None:
    seen: list[bool] = []

    def look() -> None:
        seen.append(sent())
        hold(Permit())
        seen.append(sent())

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()

    assert seen == [False, False]

"""The transport over real sockets: what only a real connection shows."""

from __future__ import annotations

import os
import shutil
import socket
import ssl
import struct
import subprocess
import threading
from typing import TYPE_CHECKING, Any

import pytest

from cvaction.clock import Cancelled, Permit, SystemClock
from cvaction.customvision import schemas
from cvaction.customvision.client import TrainingClient
from cvaction.customvision.credentials import KeyCredential
from cvaction.customvision.errors import CustomVisionError, Kind
from cvaction.customvision.image_models import Region, Upload
from cvaction.customvision.image_reader import ImageReader
from cvaction.customvision.image_writer import ImageWriter
from cvaction.customvision.project_writer import ProjectWriter
from cvaction.customvision.session import AbandonedError, hold, new_session, sent
from cvaction.customvision.transport import Call, Transport
from cvaction.secret import Secret
from tests.support.hostile import plant_netrc
from tests.support.loopback import Loopback, http
from tests.support.samples import KEY, PROJECT_ID, TOKEN, project
from tests.support.sinks import FileSink

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import requests

PROXY_VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
ONCE = Call("ImportProject", "POST", "/import", repeatable=False)


@pytest.fixture(autouse=True)
def _plain_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*PROXY_VARIABLES, "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


class Impatient(SystemClock):
    """The real clock, but a pause between two attempts takes no time."""

    def sleep(self, seconds: float) -> None:
        super().sleep(min(seconds, 0.001))


def make(origin: str, **options: Any) -> Transport:
    return Transport(origin, KeyCredential(Secret(KEY)), clock=Impatient(), new_session=new_session, **options)


def once(origin: str, *, seconds: float = 30.0) -> CustomVisionError:
    """The error of a request that is not repeated."""
    with pytest.raises(CustomVisionError) as caught:
        make(origin).send(Call("ImportProject", "POST", "/import", repeatable=False, seconds=seconds), schemas.count)
    return caught.value


def reset(connection: socket.socket) -> None:
    """Close with RST instead of FIN."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def dead_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


class TestTheBytesOnTheWire:
    def test_hold_the_token_encoded_exactly_once_more(self) -> None:
        with Loopback(http(b"{}")) as server, pytest.raises(CustomVisionError):
            TrainingClient(make(server.origin)).import_project(Secret(TOKEN), "Sh\u00e9lf (1) & [x]")

        (request,) = server.requests
        assert request.split(b"\r\n")[0] == (
            b"POST /customvision/v3.3/training/projects/import?token=https%3A%2F%2Firisprodeu2training.blob.core.windows.net"
            b"%2Fprjexp-0901d86bf22743e09630d172ccfd41e5%2Fproject-export-info%3Fsv%3D2017-04-17%26sr%3Db%26sig%3DDpvhi8Oe9Jf"
            b"%252BI9fXG%252BvIrN7ga6nOJG8z%252Bb2cHB8blK7%253D%26se%3D2020-11-07T16%253A31%253A44Z%26sp%3Dr"
            b"&name=Sh%C3%A9lf%20%281%29%20%26%20%5Bx%5D HTTP/1.1"
        )

    def test_hold_an_upload_as_the_service_wants_it(self) -> None:
        region = Region("", PROJECT_ID, "", "", 0.25, 0, 0.5, 1)
        with Loopback(http(b'{"images": []}')) as server:
            client = TrainingClient(make(server.origin))
            ImageWriter(client).create(PROJECT_ID, [Upload("1.jpg", b"\xff\xd8", (PROJECT_ID,), (region,))])

        (request,) = server.requests
        head, _, body = request.partition(b"\r\n\r\n")
        path = f"/customvision/v3.3/training/projects/{PROJECT_ID}/images/files".encode()
        assert head.split(b"\r\n")[0] == b"POST " + path + b" HTTP/1.1"
        assert b"\r\nContent-Type: application/json" in head
        box = b'{"tagId": "%b", "left": 0.25, "top": 0, "width": 0.5, "height": 1}' % PROJECT_ID.encode()
        tags = b'"tagIds": ["%b"]' % PROJECT_ID.encode()
        assert body == b'{"images": [{"name": "1.jpg", "contents": "/9g=", %b, "regions": [%b]}]}' % (tags, box)

    def test_hold_the_names_of_a_new_project_and_of_an_artifact(self, tmp_path: Path) -> None:
        with Loopback(http(b"{}"), http(b"{}")) as server:
            client = TrainingClient(make(server.origin))
            with pytest.raises(CustomVisionError):
                ProjectWriter(client).create_project(
                    "Sh\u00e9lf & co", "", domain_id=PROJECT_ID, platforms=["ONNX", "CoreML"]
                )
            ImageReader(client).artifact(PROJECT_ID, "/i-1/i-2", lambda: FileSink(tmp_path / "x", "xb"))

        lines = [request.split(b"\r\n")[0] for request in server.requests]
        base, project = b"/customvision/v3.3/training/projects", PROJECT_ID.encode()
        name = b"name=Sh%C3%A9lf%20%26%20co&domainId=" + project + b"&targetExportPlatforms=ONNX%2CCoreML"
        assert lines == [
            b"POST " + base + b"?" + name + b" HTTP/1.1",
            b"GET " + base + b"/" + project + b"/artifacts?path=%2Fi-1%2Fi-2 HTTP/1.1",
        ]
        assert b"\r\nContent-Length: 0\r\n" in server.requests[0]
        assert (tmp_path / "x").read_bytes() == b"{}"

    def test_say_that_a_post_has_no_body_without_which_the_service_refuses_it(self) -> None:
        with Loopback(http()) as server:
            make(server.origin).send(ONCE, schemas.count)

        assert b"\r\nContent-Length: 0\r\n" in server.requests[0]

    def test_hold_no_login_from_a_netrc(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        plant_netrc(tmp_path, "127.0.0.1", "localhost", "default")
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))

        with Loopback(http()) as server:
            make(server.origin).send(ONCE, schemas.count)

        assert b"authorization" not in server.requests[0].lower()
        assert f"\r\nTraining-Key: {KEY}\r\n".encode() in server.requests[0]

    def test_go_to_a_proxy_that_the_environment_names(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with Loopback(http()) as proxy:
            monkeypatch.setenv("http_proxy", f"http://user:word@127.0.0.1:{proxy.port}")

            assert make("http://gateway.invalid").send(ONCE, schemas.count) == 7

        assert proxy.requests[0].startswith(b"POST http://gateway.invalid/import HTTP/1.1\r\n")
        assert b"Proxy-Authorization: Basic " in proxy.requests[0]

    def test_do_not_go_to_the_proxy_for_a_host_that_is_exempt(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{dead_port()}")
        monkeypatch.setenv("no_proxy", "127.0.0.1")

        with Loopback(http()) as server:
            assert make(server.origin).send(ONCE, schemas.count) == 7

    def test_do_not_follow_a_redirect(self) -> None:
        with Loopback(http()) as other:
            answer = http(b"", status="307 Elsewhere", headers=f"Location: {other.origin}/import\r\n".encode())
            with Loopback(answer) as server:
                assert once(server.origin).kind is Kind.REDIRECT

        assert other.connections == 0


class TestAnAnswer:
    @pytest.mark.parametrize(
        ("answer", "kind"),
        [
            (http(b"7", length=10), Kind.RESET),
            (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12", Kind.RESET),
            (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc", Kind.RESET),
            (b"HTTP/1.1 2", Kind.RESET),
            (b"rubbish\r\n\r\n", Kind.RESET),
            (b"", Kind.RESET),
            (reset, Kind.RESET),
            (http(b"<html>", status="502 Bad Gateway"), Kind.SERVER),
            (http(b'{"id'), Kind.UNREADABLE),
        ],
        ids=["truncated", "chunk cut", "no gzip", "half a line", "no HTTP", "nothing", "reset", "HTML", "half a JSON"],
    )
    def test_that_is_not_whole_leaves_it_open_whether_the_work_was_done(
        self, answer: bytes | Callable[[socket.socket], None], kind: Kind
    ) -> None:
        with Loopback(answer, http()) as server:
            error = once(server.origin)

        assert (error.kind, error.ambiguous) == (kind, True)
        assert server.connections == 1

    def test_that_is_not_whole_is_asked_for_again_by_a_read(self) -> None:
        with Loopback(http(b"7", length=10), reset, http(b"7")) as server:
            assert make(server.origin).send(Call("GetImageCount", "GET", "/count"), schemas.count) == 7

        assert server.connections == 3

    @pytest.mark.parametrize("where", ["headers", "body", "silence"])
    def test_that_drips_or_never_comes_ends_at_the_total_deadline(self, where: str) -> None:
        beginning = {
            "headers": b"HTTP/1.1 200 OK\r\nX-Slow: ",
            "body": b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n",
            "silence": b"",
        }[where]

        def drip(connection: socket.socket) -> None:
            connection.sendall(beginning)
            while not server.over.wait(0.05):
                if where != "silence":
                    connection.sendall(b"1")

        with Loopback(drip) as server:
            error = once(server.origin, seconds=0.5)

        assert (error.kind, error.ambiguous) == (Kind.TIMEOUT, True)
        assert server.connections == 1

    def test_that_drips_does_not_keep_a_cancel_from_being_obeyed(self) -> None:
        clock, begun = SystemClock(), threading.Event()

        def drip(connection: socket.socket) -> None:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            begun.set()
            while not server.over.wait(0.05):
                connection.sendall(b"1")

        def cancel() -> None:
            begun.wait(30)
            clock._cancel(15, None)

        with Loopback(drip) as server:
            canceller = threading.Thread(target=cancel)
            canceller.start()
            sender = Transport(server.origin, KeyCredential(Secret(KEY)), clock=clock, new_session=new_session)
            with pytest.raises(Cancelled):
                sender.send(ONCE, schemas.count)
            canceller.join()


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


class TestAnInterimAnswer:
    @pytest.mark.parametrize("status", ["101 Switching Protocols", "102 Processing", "103 Early Hints"])
    def test_is_no_answer_and_the_next_request_is_not_given_the_late_one(self, status: str) -> None:
        def early(connection: socket.socket) -> None:
            connection.sendall(f"HTTP/1.1 {status}\r\n\r\n".encode() + http(b"111"))

        with Loopback(early, http(b"222")) as server:
            transport = make(server.origin)
            with pytest.raises(CustomVisionError) as caught:
                transport.send(ONCE, schemas.count)

            assert (caught.value.kind, caught.value.ambiguous) == (Kind.RESET, True)
            assert transport.send(ONCE, schemas.count) == 222


class TestARedirect:
    def test_is_neither_followed_nor_read_to_an_end_that_never_comes(self) -> None:
        def endless(connection: socket.socket) -> None:
            connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: http://[x\r\nTransfer-Encoding: chunked\r\n\r\n")
            block = b"%x\r\n" % 1_000_000 + bytes(1_000_000) + b"\r\n"
            while True:
                connection.sendall(block)

        with Loopback(endless) as server:
            error = once(server.origin)

        assert (error.kind, error.message) == (Kind.UNREADABLE, "the answer is larger than any of the service's")
        assert server.connections == 1

    def test_to_nowhere_is_told_as_a_redirect(self) -> None:
        with Loopback(http(status="302 Found", headers=b"Location: http://[x\r\n")) as server:
            error = once(server.origin)

        assert error.kind is Kind.REDIRECT


class TestTLS:
    def test_with_a_server_that_does_not_speak_it_is_told_as_such(self) -> None:
        with Loopback(b"HTTP/1.1 400 Bad Request\r\n\r\n", listens=False) as server:
            error = once(f"https://127.0.0.1:{server.port}")

        assert error.kind is Kind.TLS
        assert not error.ambiguous

    def test_with_a_certificate_that_nobody_vouches_for_sends_no_key(self, certificate: Path) -> None:
        with Loopback(http(), tls=_server_side(certificate)) as server:
            error = once(server.origin)

        assert (error.kind, error.transient) == (Kind.TLS, False)
        assert "certificate" in error.message
        assert not any(server.requests)

    @pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
    def test_accepts_a_certificate_that_the_environment_vouches_for(
        self, certificate: Path, monkeypatch: pytest.MonkeyPatch, variable: str
    ) -> None:
        monkeypatch.setenv(variable, str(certificate))

        with Loopback(http(), tls=_server_side(certificate)) as server:
            assert make(server.origin).send(ONCE, schemas.count) == 7

    def test_that_breaks_after_the_request_was_sent_leaves_it_open_whether_the_work_was_done(
        self, certificate: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))

        def rubbish(connection: socket.socket) -> None:
            os.write(connection.fileno(), b"\x17\x03\x03\x00\x20" + b"x" * 32)  # a record that does not decrypt

        with Loopback(rubbish, tls=_server_side(certificate)) as server:
            error = once(server.origin)

        assert (error.kind, error.ambiguous) == (Kind.RESET, True)

    def test_with_a_bundle_that_is_not_there_is_told_as_such(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "absent.pem"))

        error = once("https://dev.invalid")

        assert (error.kind, error.transient) == (Kind.CA_BUNDLE, False)
        assert "REQUESTS_CA_BUNDLE" in error.message


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate for 127.0.0.1 that only its own maker trusts."""
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("the openssl program, which makes the certificate, is not installed")
    path = tmp_path_factory.mktemp("tls") / "self-signed.pem"
    key = path.with_suffix(".key")
    command = [
        program,
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
    ]
    command += [
        "-subj",
        "/CN=127.0.0.1",
        "-addext",
        "subjectAltName=IP:127.0.0.1",
        "-keyout",
        str(key),
        "-out",
        str(path),
    ]
    subprocess.run(command, check=True, capture_output=True)
    path.write_bytes(key.read_bytes() + path.read_bytes())
    return path


def _server_side(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


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


def test_a_project_is_updated_with_its_settings_as_they_were_read() -> None:
    with Loopback(http(b"{}", status="400 Bad Request")) as server, pytest.raises(CustomVisionError):
        TrainingClient(make(server.origin)).update_project(project(), name="New", description="text")

    assert server.requests[0].startswith(f"PATCH /customvision/v3.3/training/projects/{PROJECT_ID} HTTP/1.1".encode())
    assert b'"useNegativeSet": true' in server.requests[0]

"""The transport over real sockets: what only a real connection shows."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from cvaction.clock import Cancelled, SystemClock
from cvaction.customvision import schemas
from cvaction.customvision.client import TrainingClient
from cvaction.customvision.credentials import KeyCredential
from cvaction.customvision.errors import CustomVisionError, Kind
from cvaction.customvision.image_models import Region, Upload
from cvaction.customvision.image_reader import ImageReader
from cvaction.customvision.image_writer import ImageWriter
from cvaction.customvision.project_writer import ProjectWriter
from cvaction.customvision.session import new_session
from cvaction.customvision.transport import Call, Transport
from cvaction.secret import Secret
from tests.support.hostile import plant_netrc
from tests.support.loopback import Loopback, http
from tests.support.samples import KEY, PROJECT_ID, TOKEN, project
from tests.support.sinks import FileSink

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from pathlib import Path

from tests.support.real_wire import ONCE, dead_port, make, once, reset

pytestmark = pytest.mark.usefixtures("plain_surroundings")


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


def test_a_project_is_updated_with_its_settings_as_they_were_read() -> None:
    with Loopback(http(b"{}", status="400 Bad Request")) as server, pytest.raises(CustomVisionError):
        TrainingClient(make(server.origin)).update_project(project(), name="New", description="text")

    assert server.requests[0].startswith(f"PATCH /customvision/v3.3/training/projects/{PROJECT_ID} HTTP/1.1".encode())
    assert b'"useNegativeSet": true' in server.requests[0]

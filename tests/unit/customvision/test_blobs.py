"""Downloads over real sockets: what is sent, what is refused, what is kept, what no text shows."""

from __future__ import annotations

import contextlib
import errno
import hashlib
from typing import TYPE_CHECKING

import pytest

from cvaction.clock import Cancelled, SystemClock
from cvaction.customvision.blobs import Blobs
from cvaction.customvision.download_models import Download, LaterError, State
from cvaction.customvision.errors import CustomVisionError, Kind
from cvaction.customvision.session import new_session
from cvaction.customvision.storage_hosts import ForeignHostError, check_host, relative
from cvaction.secret import Secret
from tests.support.fake_clock import FakeClock
from tests.support.hostile import plant_netrc
from tests.support.image_samples import SIGNED
from tests.support.loopback import Loopback, http
from tests.support.sinks import FileSink

if TYPE_CHECKING:
    import socket
    from pathlib import Path

AZURE = "https://dev.cognitiveservices.azure.com"
SIGNATURE = "Dpvhi8Oe9Jf%2BI9fXG%2BvIrN7ga6nOJG8z%2Bb2cHB8blK7%3D"
PATH = f"/i-1/i-2?sv=2017-04-17&sr=b&sig={SIGNATURE}&se=2020-06-07T16%3A50%3A40Z&sp=r"


class Impatient(SystemClock):
    """The real clock, but a pause between two attempts takes no time."""

    def sleep(self, seconds: float) -> None:
        super().sleep(min(seconds, 0.001))


class Parts:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.alone = self.begun = False  # who downloads, and whether the request was sent before: see Blobs.fetch
        self.opened: list[Path] = []

    def __call__(self) -> FileSink:
        self.opened.append(self._folder / f"{len(self.opened)}.part")
        return FileSink(self.opened[-1], "xb")


@pytest.fixture(params=["watched", "alone", "begun"])
def parts(tmp_path: Path, request: pytest.FixtureRequest) -> Parts:
    parts = Parts(tmp_path)
    parts.alone, parts.begun = request.param != "watched", request.param == "begun"
    return parts


def fetch(server: Loopback, parts: Parts, seconds: float = 30.0) -> Download:
    blobs = Blobs(server.origin, frozenset(), clock=Impatient(), new_session=new_session)
    address = Secret(server.origin + PATH)
    begun = blobs.begin(address) if parts.begun else None
    assert bool(begun) is parts.begun
    while True:
        with contextlib.suppress(LaterError):  # the caller has other things to do meanwhile
            return blobs.fetch(address, parts, seconds=seconds, alone=parts.alone, begun=begun)


def failure(server: Loopback, parts: Parts) -> CustomVisionError:
    with pytest.raises(CustomVisionError) as caught:
        fetch(server, parts)
    assert "sig" not in str(caught.value)
    assert SIGNATURE not in repr(vars(caught.value))
    return caught.value


class TestAHost:
    @pytest.mark.parametrize(
        "address",
        [
            SIGNED,
            "https://a.blob.core.usgovcloudapi.net/x",
            "https://a.blob.core.chinacloudapi.cn/x",
            "https://a.blob.core.windows.net:443/x",
            "https://A.BLOB.core.windows.net/x",
        ],
    )
    def test_is_azures_storage(self, address: str) -> None:
        check_host(Secret(address), AZURE, frozenset())

    @pytest.mark.parametrize(
        ("address", "origin"),
        [
            ("http://a.blob.core.windows.net/x", "http://a.blob.core.windows.net"),
            ("https://blob.core.windows.net/x", "https://blob.core.windows.net"),
            ("https://a.blob.core.windows.net.example/x", "https://a.blob.core.windows.net.example"),
            ("https://a.blob.core.windows.net:8443/x", "https://a.blob.core.windows.net:8443"),
            ("https://example.com/.blob.core.windows.net", "https://example.com"),
            ("https://169.254.169.254/metadata", "https://169.254.169.254"),
            ("http://127.0.0.1:8080/x", "http://127.0.0.1:8080"),
            ("https://localhost/x", "https://localhost"),
            ("https://user@a.blob.core.windows.net/x", ""),
            ("https://a.blob.core.windows.net\\@example.com/x", ""),
            ("//a.blob.core.windows.net/x", ""),
            ("file:///etc/passwd", ""),
            ("", ""),
        ],
    )
    def test_that_is_a_stranger_is_not_asked(self, address: str, origin: str) -> None:
        with pytest.raises(ForeignHostError) as caught:
            check_host(Secret(address), AZURE, frozenset())

        assert caught.value.origin == origin

    def test_may_be_this_machine_where_the_endpoint_is(self) -> None:
        check_host(Secret("http://127.0.0.1:8080/x"), "http://localhost:9000", frozenset())

    def test_may_be_one_that_the_user_trusts(self) -> None:
        trusted = frozenset({"http://gateway.example:8080"})

        check_host(Secret("http://gateway.example:8080/x"), AZURE, trusted)
        with pytest.raises(ForeignHostError):
            check_host(Secret("http://gateway.example/x"), AZURE, trusted)

    def test_that_was_good_once_is_checked_again_where_an_address_is_odd(self, parts: Parts) -> None:
        with Loopback(http()) as server:
            blobs = Blobs(server.origin, frozenset(), clock=Impatient(), new_session=new_session)
            blobs.fetch(Secret(f"{server.origin}/x"), parts)
            for odd in ("/\\@elsewhere.example/x", "/ x", "/\u00e9"):
                with pytest.raises(ForeignHostError if odd != "/\u00e9" else CustomVisionError):
                    blobs.fetch(
                        Secret(f"{server.origin}{odd}"), lambda: FileSink(parts._folder / "missing" / "x", "xb")
                    )

    def test_is_checked_before_anything_is_sent(self, parts: Parts) -> None:
        blobs = Blobs(AZURE, frozenset(), clock=FakeClock(), new_session=new_session)

        with Loopback(http()) as server, pytest.raises(ForeignHostError):
            blobs.fetch(Secret(f"{server.origin}/x"), parts)

        assert (server.requests, parts.opened) == ([], [])

    @pytest.mark.parametrize(
        ("address", "path"), [("/i-1/i-2", True), ("//host/x", False), (SIGNED, False), ("", False)]
    )
    def test_is_not_named_by_a_path(self, address: str, *, path: bool) -> None:
        assert relative(Secret(address)) is path


class TestADownload:
    def test_is_saved_counted_and_hashed(self, parts: Parts) -> None:
        heard: list[int] = []
        picture = b"\xff\xd8" + bytes(100_000)
        with Loopback(http(picture)) as server:
            blobs = Blobs(server.origin, frozenset(), clock=Impatient(), new_session=new_session)
            found = blobs.fetch(Secret(server.origin + PATH), parts, heard=heard.append)

        assert found.state is State.WHOLE
        assert found.received is not None
        assert found.received.sha256 == hashlib.sha256(picture).hexdigest()
        assert (found.received.size, sum(heard), parts.opened[0].read_bytes()) == (100_002, 100_002, picture)

    def test_sends_the_address_as_it_is_and_no_key(
        self, parts: Parts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        plant_netrc(tmp_path, "127.0.0.1", "localhost", "default")
        monkeypatch.setenv("HOME", str(tmp_path))

        with Loopback(http()) as server:
            fetch(server, parts)

        line, *headers = server.requests[0].decode().strip().split("\r\n")
        assert line == f"GET {PATH} HTTP/1.1"
        assert sorted(header.partition(":")[0] for header in headers) == [
            "Accept",
            "Accept-Encoding",
            "Host",
            "User-Agent",
        ]

    def test_is_not_needed_to_know_a_length(self, parts: Parts) -> None:
        with Loopback(b"HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n") as server:
            blobs = Blobs(server.origin, frozenset(), clock=Impatient(), new_session=new_session)
            assert blobs.length(Secret(server.origin + PATH)) == 1234

        assert server.requests[0].startswith(b"HEAD /i-1/")

    @pytest.mark.parametrize("answer", [b"HTTP/1.1 200 OK\r\n\r\n", http(status="403 X"), http(status="404 X")])
    def test_may_have_a_length_that_is_not_told(self, answer: bytes) -> None:
        with Loopback(answer) as server:
            blobs = Blobs(server.origin, frozenset(), clock=Impatient(), new_session=new_session)
            assert blobs.length(Secret(server.origin + PATH)) is None

    @pytest.mark.parametrize(("status", "state"), [("403 Forbidden", State.STALE), ("404 Not Found", State.GONE)])
    def test_may_find_a_stale_address_or_no_file(self, parts: Parts, status: str, state: State) -> None:
        with Loopback(http(status=status)) as server:
            assert fetch(server, parts) == Download(state)

        assert (len(server.requests), parts.opened) == (1, [])

    @pytest.mark.parametrize("status", ["408 X", "429 X", "500 X", "503 X"])
    def test_is_repeated_after_trouble(self, parts: Parts, status: str) -> None:
        with Loopback(http(status=status), http()) as server:
            assert fetch(server, parts).state is State.WHOLE

    def test_waits_as_long_as_it_is_told(self, parts: Parts) -> None:
        clock = FakeClock()
        with Loopback(http(status="503 X", headers=b"Retry-After: 40\r\n"), http()) as server:
            Blobs(server.origin, frozenset(), clock=clock, new_session=new_session).fetch(
                Secret(server.origin + PATH), parts
            )

        assert clock.slept == [40.0]

    def test_is_repeated_where_the_connection_broke(self, parts: Parts) -> None:
        with Loopback(http(b"half", length=8), http(b"complete")) as server:
            assert fetch(server, parts).state is State.WHOLE

        assert [part.read_bytes() for part in parts.opened] == [b"half", b"complete"]

    def test_is_given_up_in_the_end(self, parts: Parts) -> None:
        with Loopback(http(b"half", length=8)) as server:
            error = failure(server, parts)

        assert (error.kind, error.attempts, error.host) == (Kind.RESET, 6, "127.0.0.1")

    def test_without_a_known_end_is_none(self, parts: Parts) -> None:
        with Loopback(b"HTTP/1.1 200 OK\r\n\r\nhalf") as server:
            assert failure(server, parts).kind is Kind.UNREADABLE

        assert parts.opened == []

    def test_may_come_in_chunks(self, parts: Parts) -> None:
        with Loopback(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n0\r\n\r\n") as server:
            found = fetch(server, parts)

        assert found.received is not None
        assert found.received.size == 4

    def test_in_chunks_of_another_coding_is_none(self, parts: Parts) -> None:
        """Nobody would take the chunks apart: their lengths would be in the file, and a cut one would pass for complete."""
        answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n4\r\nhalf\r\n"
        with Loopback(answer) as server:
            assert failure(server, parts).kind is Kind.UNREADABLE

        assert parts.opened == []

    def test_is_kept_as_it_came(self, parts: Parts) -> None:
        with Loopback(http(b"\x1f\x8bzip", headers=b"Content-Encoding: gzip\r\n")) as server:
            fetch(server, parts)

        assert parts.opened[0].read_bytes() == b"\x1f\x8bzip"

    def test_follows_no_redirect(self, parts: Parts) -> None:
        with (
            Loopback(http()) as stranger,
            Loopback(http(status="302 X", headers=f"Location: {stranger.origin}/\r\n".encode())) as server,
        ):
            assert failure(server, parts).kind is Kind.REDIRECT

        assert stranger.requests == []

    @pytest.mark.parametrize("status", ["204 No Content", "206 Partial Content"])
    def test_of_another_success_is_no_redirect(self, parts: Parts, status: str) -> None:
        with Loopback(http(b"", status=status)) as server:
            error = failure(server, parts)

        assert (error.kind, error.attempts) == (Kind.UNREADABLE, 4), "and a repeated request may bring the file"
        assert parts.opened == []

    def test_shows_no_word_of_the_host_but_a_code(self, parts: Parts) -> None:
        headers = b"x-ms-error-code: AuthorizationFailure\r\nRequest-Id: " + SIGNATURE.encode() + b"\r\n"
        with Loopback(http(PATH.encode(), status="409 X", headers=headers)) as server:
            error = failure(server, parts)

        assert (error.status, error.code, error.message) == (409, "AuthorizationFailure", "Conflict")
        assert not error.request_id

    def test_shows_no_code_that_is_none(self, parts: Parts) -> None:
        headers = b"x-ms-error-code: " + SIGNATURE.encode() + b"\r\n"
        with Loopback(http(status="409 X", headers=headers)) as server:
            assert not failure(server, parts).code

    def test_that_takes_too_long_is_given_up(self, parts: Parts) -> None:
        def dawdle(connection: socket.socket) -> None:
            connection.sendall(http(b"half", length=10_000))
            while not server.over.wait(0.02):
                connection.sendall(b".")

        with Loopback(dawdle) as server, pytest.raises(CustomVisionError) as caught:
            fetch(server, parts, seconds=0.2)

        assert (caught.value.kind, caught.value.attempts) == (Kind.TIMEOUT, 3)

    def test_ends_with_a_cancel(self, parts: Parts) -> None:
        clock = FakeClock(cancel_at=1000.1)
        with Loopback(http(status="503 X")) as server, pytest.raises(Cancelled):
            Blobs(server.origin, frozenset(), clock=clock, new_session=new_session).fetch(
                Secret(server.origin + PATH), parts
            )

    @pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES])
    def test_does_not_take_a_full_disk_for_a_broken_line(self, parts: Parts, code: int) -> None:
        def no_room() -> FileSink:
            raise OSError(code, "there is no room")

        with Loopback(http()) as server, pytest.raises(CustomVisionError, match="there is no room") as caught:
            Blobs(server.origin, frozenset(), clock=Impatient(), new_session=new_session).fetch(
                Secret(server.origin + PATH), no_room
            )

        assert (caught.value.kind, caught.value.attempts) == (Kind.FILE, 1)

    def test_does_not_forget_what_a_close_finds(self, parts: Parts) -> None:
        class Full(FileSink):
            def close(self) -> None:
                super().close()
                raise OSError(28, "no room")

        with Loopback(http()) as server, pytest.raises(CustomVisionError) as caught:
            Blobs(server.origin, frozenset(), clock=Impatient(), new_session=new_session).fetch(
                Secret(server.origin + PATH), lambda: Full(parts._folder / "x", "xb")
            )

        assert caught.value.kind is Kind.FILE

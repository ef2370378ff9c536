"""Real TLS connections: whose certificates are trusted."""

from __future__ import annotations

import os
import shutil
import ssl
import subprocess
from typing import TYPE_CHECKING

import pytest

from cvaction.customvision import schemas
from cvaction.customvision.blobs import Blobs
from cvaction.customvision.errors import CustomVisionError, Kind
from cvaction.customvision.session import new_session
from cvaction.secret import Secret
from tests.support.fake_clock import FakeClock
from tests.support.loopback import Loopback, http

if TYPE_CHECKING:
    import socket
    from pathlib import Path

from tests.support.real_wire import ONCE, make, once
from tests.support.sinks import FileSink

pytestmark = pytest.mark.usefixtures("plain_surroundings")


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

    @pytest.mark.parametrize("trusted", [False, True])
    def test_of_a_download_has_the_same_certificates(
        self, certificate: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, trusted: bool
    ) -> None:
        if trusted:
            monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
        kinds: list[Kind] = []

        with Loopback(http(b"file"), tls=_server_side(certificate)) as server:
            blobs = Blobs(server.origin, frozenset(), clock=FakeClock(), new_session=new_session)
            try:
                blobs.fetch(Secret(f"{server.origin}/x"), lambda: FileSink(tmp_path / "x", "xb"), alone=True)
            except CustomVisionError as error:
                kinds.append(error.kind)

        assert kinds == ([] if trusted else [Kind.TLS])
        assert [request.splitlines()[:1] for request in server.requests] == [[b"GET /x HTTP/1.1"]] * trusted

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

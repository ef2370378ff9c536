"""Certificates that the user vouches for in the environment: what curl takes is taken, by the image's Python, too."""

from __future__ import annotations

import json
import os
import socket
import ssl
import subprocess
import threading
from contextlib import closing, suppress
from typing import TYPE_CHECKING

import pytest
import requests

from cvaction.customvision.session import new_session
from tests.support.certificates import Company, openssl
from tests.support.loopback import Loopback, http
from tests.support.pythons import PATH, each_python

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(
    openssl() is None, reason="the openssl program, which makes the certificates, is not here"
)

# One request as the action makes it: prints the kind of failure and its words, or the answer.
CLIENT = """
import json, sys
sys.path[:0] = json.loads(sys.argv[1])
from cvaction.clock import SystemClock
from cvaction.customvision import schemas
from cvaction.customvision.credentials import KeyCredential
from cvaction.customvision.errors import CustomVisionError
from cvaction.customvision.session import new_session
from cvaction.customvision.transport import Call, Transport
from cvaction.secret import Secret
transport = Transport(sys.argv[2], KeyCredential(Secret("k" * 32)), clock=SystemClock(), new_session=new_session)
try:
    print(transport.send(Call("GetImageCount", "GET", "/count", once=True), schemas.count))
except CustomVisionError as error:
    print(error.kind.value, error.message, error.transient)
"""
VARIABLES = ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"]


def ask(python: str, origin: str, **env: str) -> str:
    """What one request comes to."""
    surroundings = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_PROCESS")}
    command = [python, "-Ic", CLIENT, json.dumps(PATH), origin]
    done = subprocess.run(command, env={**surroundings, **env}, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.strip()


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    return Company(tmp_path_factory.mktemp("company"))


@each_python
class TestABundleOfTheUsers:
    @pytest.mark.parametrize("variable", VARIABLES)
    def test_vouches_for_a_company_that_is_not_strict(self, python: str, company: Company, variable: str) -> None:
        with Loopback(http(), tls=company.server().served()) as server:
            assert ask(python, server.origin, **{variable: str(company.root.path)}) == "7"

    def test_may_be_a_folder(self, python: str, company: Company, tmp_path: Path) -> None:
        folder = Company(tmp_path / "own")
        with Loopback(http(), tls=folder.server().served()) as server:
            assert ask(python, server.origin, REQUESTS_CA_BUNDLE=str(folder.hashed())) == "7"

    def test_may_hold_an_authority_that_is_no_root(self, python: str, company: Company) -> None:
        between = company.between()
        with Loopback(http(), tls=company.server(by=between).served()) as server:
            assert ask(python, server.origin, REQUESTS_CA_BUNDLE=str(between.path)) == "7"

    @pytest.mark.parametrize("tls", [False, True], ids=["proxy", "proxy with TLS"])
    def test_holds_through_a_proxy(self, python: str, company: Company, tls: bool) -> None:
        certificate = company.server()
        with Loopback(http(), tls=certificate.served()) as server, tunnel(server.port) as port:
            scheme, front = "http", port
            if tls:
                with Loopback(forward(port), tls=certificate.served(), listens=False) as proxy:
                    scheme, front = "https", proxy.port
                    answer = ask_through(python, server, company, f"{scheme}://127.0.0.1:{front}")
            else:
                answer = ask_through(python, server, company, f"{scheme}://127.0.0.1:{front}")

        assert answer == "7"

    @pytest.mark.parametrize(
        ("names", "days", "reason"),
        [("DNS:else.invalid", 30, "IP address mismatch"), ("IP:127.0.0.1", 0, "certificate has expired")],
    )
    def test_is_no_leave_for_a_wrong_host_or_an_old_date(
        self, python: str, company: Company, names: str, days: int, reason: str
    ) -> None:
        with Loopback(http(), tls=company.server(names, days=days).served()) as server:
            answer = ask(python, server.origin, REQUESTS_CA_BUNDLE=str(company.root.path))

        assert answer.startswith("tls ")
        assert reason in answer
        assert not any(server.requests)

    def test_is_no_leave_for_another_authority(self, python: str, company: Company, tmp_path: Path) -> None:
        other = Company(tmp_path / "other")
        with Loopback(http(), tls=other.server().served()) as server:
            answer = ask(python, server.origin, REQUESTS_CA_BUNDLE=str(company.root.path))

        assert answer.startswith("tls ")
        assert not any(server.requests)

    def test_is_no_leave_for_a_server_in_the_authoritys_place(self, python: str, company: Company) -> None:
        server_of_theirs = company.server()
        with Loopback(http(), tls=company.server(by=server_of_theirs).served()) as server:
            answer = ask(python, server.origin, REQUESTS_CA_BUNDLE=str(company.root.path))

        assert answer.startswith("tls ")

    @pytest.mark.parametrize("variable", VARIABLES)
    def test_that_is_none_is_told_by_variable_and_file(
        self, python: str, company: Company, tmp_path: Path, variable: str
    ) -> None:
        with Loopback(http(), tls=company.server().served()) as server:
            for path, reason in bad_bundles(tmp_path, company):
                answer = ask(python, server.origin, **{variable: str(path)})

                assert answer.startswith(f"ca-bundle {variable} names {path}, "), (path, answer)
                assert reason in answer
                assert answer.endswith(" False")

        assert server.connections == 0


@each_python
def test_without_a_bundle_of_the_users_nobody_vouches_for_a_company(python: str, company: Company) -> None:
    with Loopback(http(), tls=company.server().served()) as server:
        assert ask(python, server.origin).startswith("tls ")


def test_without_a_bundle_of_the_users_nothing_is_changed() -> None:
    adapter = new_session().get_adapter("https://dev.invalid")
    request = requests.Request("GET", "https://dev.invalid").prepare()

    _, pool = adapter.build_connection_pool_key_attributes(request, True)  # type: ignore[attr-defined] # HTTPAdapter's

    assert pool == {"cert_reqs": "CERT_REQUIRED"}


def bad_bundles(folder: Path, company: Company) -> Iterator[tuple[Path, str]]:
    """Paths that hold no certificate, and what is said of each."""
    written = {
        "empty.pem": (b"", "PEM"),
        "text.pem": (b"version https://git-lfs.github.com/spec/v1\n", "PEM"),
        "ca.der": (ssl.PEM_cert_to_DER_cert(company.root.path.read_text(encoding="ascii")), "PEM"),
        "cut.pem": (company.root.path.read_bytes()[:200], "PEM"),
        "key.pem": (company.root.key.read_bytes(), "PEM"),
    }
    for name, (data, reason) in written.items():
        (folder / name).write_bytes(data)
        yield folder / name, reason
    yield folder / "absent.pem", "No such file or directory"
    yield folder / "empty.pem" / "ca.pem", "Not a directory"
    (folder / "certificates").mkdir()
    yield folder / "certificates", "openssl rehash"
    (folder / "certificates" / "ca.pem").write_bytes(company.root.path.read_bytes())
    yield folder / "certificates", "openssl rehash"
    os.mkfifo(folder / "pipe.pem")
    yield folder / "pipe.pem", "neither a file nor a folder"
    if os.geteuid():
        (folder / "secret.pem").touch(0o000)
        yield folder / "secret.pem", "Permission denied"


# Proxies


def ask_through(python: str, server: Loopback, company: Company, proxy: str) -> str:
    return ask(python, server.origin, REQUESTS_CA_BUNDLE=str(company.root.path), https_proxy=proxy)


class tunnel:  # noqa: N801 - used as a function
    """A proxy that makes one kind of connection: CONNECT to the server's port."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._listener = socket.create_server(("127.0.0.1", 0))

    def __enter__(self) -> int:
        threading.Thread(target=self._serve, daemon=True).start()
        port: int = self._listener.getsockname()[1]
        return port

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    def _serve(self) -> None:
        with suppress(OSError):
            connection, _ = self._listener.accept()
            with connection, socket.create_connection(("127.0.0.1", self._port)) as server:
                data = b""
                while b"\r\n\r\n" not in data:
                    data += connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                pump(connection, server)


def forward(port: int) -> Callable[[socket.socket], None]:
    """Hand everything on to another port."""

    def serve(connection: socket.socket) -> None:
        with closing(socket.create_connection(("127.0.0.1", port))) as server:
            pump(connection, server)

    return serve


def pump(one: socket.socket, other: socket.socket) -> None:
    """Bytes both ways, until one side ends."""

    def copy(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        with suppress(OSError):
            target.shutdown(socket.SHUT_WR)

    back = threading.Thread(target=copy, args=(other, one), daemon=True)
    back.start()
    copy(one, other)
    back.join(30)

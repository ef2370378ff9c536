"""A file's request has the proxy and the certificates of every other request."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import certifi

from cvaction.customvision.session import new_session

if TYPE_CHECKING:
    import pytest


def test_a_storage_host_is_trusted_by_the_bundle_of_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    """urllib3 alone would trust what the machine trusts, which may be something else."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)

    with new_session() as session:
        connections: Any = session._pool("https://shelf.blob.core.windows.net/x").connections

    assert (connections.ca_certs, connections.cert_reqs) == (certifi.where(), "CERT_REQUIRED")


def test_a_proxy_is_asked_for_the_whole_address(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    class Proxy(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Proxy) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        with (
            new_session() as session,
            session.fetch("GET", "http://storage.invalid/x?sig=a%2Fb", {}, (5.0, 5.0)) as response,
        ):
            assert response.read1(10) == b"ok"
        thread.join()

    assert asked == ["http://storage.invalid/x?sig=a%2Fb"]

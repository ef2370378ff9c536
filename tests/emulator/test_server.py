"""Every fault over a real socket, and a server that always stops."""

from __future__ import annotations

import json
import socket
import threading
from http.client import HTTPConnection
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import pytest
import requests

from emulator import Behaviour, Emulator, Fault, LoggedRequest, Resource, Server
from emulator.host.faults import KINDS
from emulator.state.formats import measure
from tests.emulator.driver import JPEG
from tests.emulator.test_faults import PLAIN

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE = 20.0


def _until(connection: socket.socket, end: bytes) -> bytes:
    """Read until these bytes have come."""
    received = b""
    while end not in received:
        piece = connection.recv(65536)
        assert piece, received
        received += piece
    return received


def _silent(connection: socket.socket) -> bool:
    connection.settimeout(0.2)
    try:
        return connection.recv(1) is None
    except TimeoutError:
        return True


def _serving() -> list[str]:
    """The threads that still serve a connection."""
    return [thread.name for thread in threading.enumerate() if "process_request_thread" in thread.name]


def _arrived(emulator: Emulator, operation: str) -> LoggedRequest:
    """Wait until a request of that operation is in the log."""
    tick = threading.Event()
    while not (found := [one for one in emulator.log if one.operation == operation]):
        tick.wait(0.01)
    return found[-1]


class Site:
    """An emulator on real ports, and a session."""

    def __init__(self, server: Server, emulator: Emulator, session: requests.Session) -> None:
        self.emulator = emulator
        self.session = session
        self.source, self.target = emulator.resources.values()
        self.origin = server.endpoint("source")
        self.blobs = server.endpoint("blobs")
        self.project = next(iter(self.source.projects.values()))

    def get(self, path: str = "", resource: Resource | None = None, **options: float) -> requests.Response:
        key = (resource or self.source).training_key
        url = f"{self.origin}/customvision/v3.3/training/projects{path}"
        return self.session.get(
            url, headers={"Training-Key": key}, allow_redirects=False, timeout=options.get("timeout", PATIENCE)
        )

    def import_(self) -> requests.Response:
        """Import on the source's own port: it makes a second project, if the work is done."""
        token = self.get(f"/{self.project.id}/export").json()["token"]
        url = f"{self.origin}/customvision/v3.3/training/projects/import?token={quote(token, safe='')}"
        headers = {"Training-Key": self.source.training_key}
        return self.session.post(url, headers=headers, allow_redirects=False, timeout=PATIENCE)

    def raw(self, text: str) -> bytes:
        """Send bytes, and read until the other side closes."""
        address = urlsplit(self.origin)
        with socket.create_connection((address.hostname or "", address.port or 0), PATIENCE) as connection:
            connection.sendall(text.encode())
            received = b""
            while piece := connection.recv(65536):
                received += piece
        return received


@pytest.fixture
def site() -> Iterator[Site]:
    emulator = Emulator(behaviour=Behaviour(import_seconds=0))
    emulator.add_project(emulator.add_resource("source"), "A")
    emulator.add_resource("target")
    with Server(emulator) as server, requests.Session() as session:
        session.trust_env = False
        yield Site(server, emulator, session)


def test_every_resource_has_a_port_and_keys_of_its_own(site: Site) -> None:
    assert [project["name"] for project in site.get().json()] == ["A"]
    assert site.get(resource=site.target).status_code == 401


def test_a_connection_serves_many_requests(site: Site) -> None:
    address = urlsplit(site.origin)
    connection = HTTPConnection(address.hostname or "", address.port, timeout=PATIENCE)
    try:
        for _ in range(3):
            connection.request("GET", "/_emulator/state")
            assert connection.getresponse().read().startswith(b"[{")
            assert connection.sock is not None
    finally:
        connection.close()


def test_the_state_for_the_demo(site: Site) -> None:
    site.emulator.publish(site.source, site.project.id, "live")
    rows = site.session.get(f"{site.origin}/_emulator/state", timeout=PATIENCE).json()
    assert rows == [{"id": site.project.id, "name": "A", "status": "Succeeded", "published": ["live"]}]


def test_a_doubled_slash_at_the_start(site: Site) -> None:
    url = f"{site.origin}//customvision/v3.3//training/projects"
    answer = site.session.get(url, headers={"Training-Key": site.source.training_key}, timeout=PATIENCE)
    assert answer.status_code == 200


def test_the_query_is_decoded_once(site: Site) -> None:
    assert site.import_().json()["name"] == "A (1)"


def test_a_form_over_http(site: Site) -> None:
    url = f"{site.origin}/customvision/v3.3/training/projects/{site.project.id}/quicktest/image?store=false"
    headers = {"Training-Key": site.source.training_key}
    answer = site.session.post(url, headers=headers, files={"imageData": ("x", JPEG)}, timeout=PATIENCE)
    plain = site.session.post(url, headers=headers, data=JPEG, timeout=PATIENCE)
    chunked = site.session.post(url, headers=headers, data=iter([JPEG[:4], JPEG[4:]]), timeout=PATIENCE)
    assert answer.status_code == 200
    assert answer.json()["predictions"] == plain.json()["predictions"] == chunked.json()["predictions"]


def test_a_post_without_content_length_over_http(site: Site) -> None:
    key = site.source.training_key
    path = "/customvision/v3.3/training/projects/import"
    received = site.raw(f"POST {path} HTTP/1.1\r\nHost: x\r\nTraining-Key: {key}\r\nConnection: close\r\n\r\n")
    assert received.startswith(b"HTTP/1.1 411 Length Required\r\n")
    assert b"<HTML>" in received


def test_head_and_unknown_methods(site: Site) -> None:
    headers = {"Training-Key": site.source.training_key}
    answer = site.session.head(f"{site.origin}/customvision/v3.3/training/projects", headers=headers, timeout=PATIENCE)
    assert answer.status_code == 404
    assert answer.content == b""


@pytest.mark.parametrize(("kind", "status", "made"), PLAIN)
def test_plain_answers_over_http(site: Site, kind: str, status: int, made: int) -> None:
    site.emulator.faults.add(Fault(kind, operation="ImportProject"))
    answer = site.import_()
    assert answer.status_code == status
    assert len(site.source.projects) == 1 + made
    assert site.get().status_code == 200


@pytest.mark.parametrize(("kind", "made"), [("reset-before", 0), ("reset-after", 1)])
def test_a_connection_that_is_reset(site: Site, kind: str, made: int) -> None:
    site.emulator.faults.add(Fault(kind, operation="ImportProject"))
    with pytest.raises(requests.ConnectionError) as caught:
        site.import_()
    assert "reset" in str(caught.value).lower()
    assert len(site.source.projects) == 1 + made
    assert _arrived(site.emulator, "ImportProject").status == (200 if made else 0)


def test_an_answer_that_is_truncated(site: Site) -> None:
    site.emulator.faults.add(Fault("truncated", operation="ImportProject"))
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.ConnectionError)):
        site.import_()
    assert len(site.source.projects) == 2


def test_an_answer_without_a_length_ends_with_the_connection(site: Site) -> None:
    site.emulator.faults.add(Fault("no-length"))
    answer = site.get()
    assert "Content-Length" not in answer.headers
    assert [project["name"] for project in answer.json()] == ["A"]
    assert site.get().headers["Content-Length"]


def test_blobs_have_a_port_of_their_own(site: Site) -> None:
    headers = {"Training-Key": site.source.training_key}
    site.emulator.behaviour.relative_uris = 0
    rows = site.get(f"/{site.project.id}/images").json()
    assert len(rows) == 10
    for row in rows:
        address = row["originalImageUri"]
        assert address.startswith(site.blobs)
        answer = site.session.get(address, timeout=PATIENCE)
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert (measure(answer.content) or ())[1:] == (row["width"], row["height"])
    assert site.session.get(address, headers=headers, timeout=PATIENCE).status_code == 400
    site.emulator.faults.add(Fault("503", resource="blobs"))
    assert site.session.get(address, timeout=PATIENCE).status_code == 503
    site.emulator.faults.add(Fault("expired-sas", operation="GetBlob"))
    assert site.session.get(address, timeout=PATIENCE).status_code == 403
    site.emulator.faults.add(Fault("truncated", operation="GetBlob"))
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.ConnectionError)):
        site.session.get(address, timeout=PATIENCE)


def test_the_blob_host_may_have_another_name() -> None:
    emulator = Emulator(behaviour=Behaviour(relative_uris=0))
    resource = emulator.add_resource("source")
    project = emulator.add_project(resource, "A")
    with Server(emulator, blob_host="localhost") as server:
        assert server.endpoint("blobs").startswith("http://localhost:")
        url = f"{server.endpoint('source')}/customvision/v3.3/training/projects/{project.id}/images?take=1"
        (row,) = requests.get(url, headers={"Training-Key": resource.training_key}, timeout=PATIENCE).json()
        assert row["originalImageUri"].startswith(server.endpoint("blobs"))
    assert emulator.blob_origin is None


def test_a_list_may_come_in_one_parameter_or_in_several(site: Site) -> None:
    first, second, *_ = site.get(f"/{site.project.id}/images").json()
    for tail in (f"imageIds={first['id']},{second['id']}", f"imageIds={first['id']}&imageIds={second['id']}"):
        assert len(site.get(f"/{site.project.id}/images/id?{tail}").json()) == 2


def test_an_answer_of_half_json_has_the_right_length(site: Site) -> None:
    site.emulator.faults.add(Fault("half-json"))
    answer = site.get()
    assert int(answer.headers["Content-Length"]) == len(answer.content)
    with pytest.raises(requests.exceptions.JSONDecodeError):
        answer.json()


def test_a_slow_answer_comes_whole_after_the_time(site: Site) -> None:
    site.emulator.faults.add(Fault("slow", seconds=0.6))
    with pytest.raises(requests.ReadTimeout):
        site.get(timeout=0.2)
    site.emulator.faults.add(Fault("slow", seconds=0.05))
    assert site.get().status_code == 200


@pytest.mark.parametrize(("kind", "made"), [("hang", 0), ("hang-after", 1)])
def test_a_request_that_hangs_before_or_after_the_work(site: Site, kind: str, made: int) -> None:
    site.emulator.faults.add(Fault(kind, operation="GetTags"))
    with pytest.raises(requests.ReadTimeout):
        site.get(f"/{site.project.id}/tags", timeout=0.2)
    assert _arrived(site.emulator, "GetTags").status == (200 if made else 0)


@pytest.mark.parametrize(("kind", "end"), [("drip", b"\r\n\r\n["), ("drip-headers", b"H")])
def test_an_answer_that_drips_arrives_byte_by_byte(site: Site, kind: str, end: bytes) -> None:
    site.emulator.faults.add(Fault(kind, seconds=0.0001))
    assert [project["name"] for project in site.get().json()] == ["A"]
    site.emulator.faults.add(Fault(kind, seconds=30))
    address = urlsplit(site.origin)
    with socket.create_connection((address.hostname or "", address.port or 0), PATIENCE) as connection:
        key = site.source.training_key
        path = "/customvision/v3.3/training/projects"
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nTraining-Key: {key}\r\n\r\n".encode())
        assert _until(connection, end).endswith(end)
        assert _silent(connection)


@pytest.mark.parametrize("kind", ["hang", "drip", "drip-headers", "slow"])
def test_the_server_stops_while_a_request_waits(kind: str) -> None:
    emulator = Emulator()
    resource = emulator.add_resource("source")
    emulator.faults.add(Fault(kind, seconds=3600))
    ended: list[str] = []
    with Server(emulator) as server:
        url = f"{server.endpoint('source')}/customvision/v3.3/training/projects"

        def ask() -> None:
            try:
                requests.get(url, headers={"Training-Key": resource.training_key}, timeout=PATIENCE)
                ended.append("answered")
            except requests.RequestException:
                ended.append("broken")

        thread = threading.Thread(target=ask, daemon=True)
        thread.start()
        # Leave only when the request is there.
        _arrived(emulator, "GetProjects")
    thread.join(PATIENCE)
    assert not thread.is_alive()
    assert ended
    assert _serving() == []


def test_the_server_stops_while_a_connection_idles() -> None:
    emulator = Emulator()
    emulator.add_resource("source")
    with Server(emulator) as server:
        address = urlsplit(server.endpoint("source"))
        connection = HTTPConnection(address.hostname or "", address.port, timeout=PATIENCE)
        connection.request("GET", "/_emulator/state")
        assert connection.getresponse().read() == b"[]"
    assert _serving() == []
    connection.close()


def test_every_kind_of_fault_is_covered_here() -> None:
    covered = {kind for kind, _, _ in PLAIN if not kind.startswith("code:")}
    covered |= {
        "reset-before",
        "reset-after",
        "truncated",
        "no-length",
        "slow",
        "hang",
        "hang-after",
        "drip",
        "drip-headers",
    }
    assert covered == KINDS


def test_ports_can_be_chosen() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    emulator = Emulator()
    emulator.add_resource("source")
    with Server(emulator, {"source": port}) as server:
        assert server.endpoint("source") == f"http://127.0.0.1:{port}"


def test_a_taken_port_is_told_and_leaves_nothing_open() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        emulator = Emulator()
        emulator.add_resource("free")
        emulator.add_resource("taken")
        with pytest.raises(OSError, match="in use"):
            Server(emulator, {"taken": taken.getsockname()[1]}).__enter__()


def test_many_requests_at_once(site: Site) -> None:
    def make() -> None:
        url = f"{site.origin}/customvision/v3.3/training/projects"
        headers = {"Training-Key": site.source.training_key}
        for _ in range(5):
            requests.post(url, params={"name": "P"}, headers=headers, timeout=PATIENCE)

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    names = [project.name for project in site.source.projects.values()]
    assert len(names) == len(set(names)) == 41


def test_nothing_is_printed(site: Site, capfd: pytest.CaptureFixture[str]) -> None:
    site.emulator.faults.add(Fault("reset-after"))
    with pytest.raises(requests.ConnectionError):
        site.get()
    assert site.get().status_code == 200
    assert capfd.readouterr() == ("", "")


def test_a_mistake_of_the_emulator_is_told(site: Site, capfd: pytest.CaptureFixture[str]) -> None:
    site.emulator.behaviour.import_outcomes.append("nonsense")
    with pytest.raises(requests.ConnectionError):
        site.import_()
    assert "nonsense" in capfd.readouterr().err


def test_json_bodies_are_bytes_as_announced(site: Site) -> None:
    answer = site.get()
    assert int(answer.headers["Content-Length"]) == len(answer.content)
    assert json.loads(answer.content) == answer.json()

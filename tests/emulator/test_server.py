"""The emulator over a real socket, and a server that always stops."""

from __future__ import annotations

import json
import socket
import threading
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
import requests

from emulator import Behaviour, Emulator, Fault, Server
from emulator.state.formats import measure
from tests.emulator.driver import JPEG
from tests.emulator.test_faults import PLAIN
from tests.support.emulator_site import PATIENCE, Site, arrived


def _serving() -> list[str]:
    """The threads that still serve a connection."""
    return [thread.name for thread in threading.enumerate() if "process_request_thread" in thread.name]


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
        arrived(emulator, "GetProjects")
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

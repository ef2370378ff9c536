"""Every fault over a real socket."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

import pytest
import requests

from emulator import Fault
from emulator.host.faults import KINDS
from tests.emulator.test_faults import PLAIN
from tests.support.emulator_site import PATIENCE, Site, arrived


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


@pytest.mark.parametrize(("kind", "made"), [("reset-before", 0), ("reset-after", 1)])
def test_a_connection_that_is_reset(site: Site, kind: str, made: int) -> None:
    site.emulator.faults.add(Fault(kind, operation="ImportProject"))
    with pytest.raises(requests.ConnectionError) as caught:
        site.import_()
    assert "reset" in str(caught.value).lower()
    assert len(site.source.projects) == 1 + made
    assert arrived(site.emulator, "ImportProject").status == (200 if made else 0)


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
    assert arrived(site.emulator, "GetTags").status == (200 if made else 0)


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

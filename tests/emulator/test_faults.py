"""Which request a fault hits, and the faults that are plain answers, without a network."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from emulator import Fault, Faults, Request, Response
from emulator.host.image_faults import IMAGE_FAULTS

if TYPE_CHECKING:
    from tests.emulator.driver import World


def _take(faults: Faults, operation: str = "GetProject", resource: str = "source") -> str | None:
    fault = faults.take(resource, "GET", "/customvision/v3.3/training/projects/x", operation)
    return None if fault is None else fault.kind


def test_a_fault_hits_once() -> None:
    faults = Faults()
    faults.add(Fault("500"))
    assert [_take(faults) for _ in range(3)] == ["500", None, None]


def test_a_fault_may_skip_and_repeat() -> None:
    faults = Faults()
    faults.add(Fault("500", skip=2, times=2))
    assert [_take(faults) for _ in range(6)] == [None, None, "500", "500", None, None]


def test_a_fault_for_ever_until_cleared() -> None:
    faults = Faults()
    faults.add(Fault("500", times=0))
    assert [_take(faults) for _ in range(50)] == ["500"] * 50
    faults.clear()
    assert _take(faults) is None


def test_faults_come_one_after_the_other() -> None:
    faults = Faults()
    faults.add(Fault("500"))
    faults.add(Fault("503"))
    assert [_take(faults) for _ in range(3)] == ["500", "503", None]


@pytest.mark.parametrize(
    ("fault", "hits"),
    [
        (Fault("500", operation="GetProject"), True),
        (Fault("500", operation="GetProjects"), False),
        (Fault("500", resource="source"), True),
        (Fault("500", resource="target"), False),
        (Fault("500", method="GET"), True),
        (Fault("500", method="POST"), False),
        (Fault("500", path_contains="projects/x"), True),
        (Fault("500", path_contains="projects/y"), False),
        (Fault("500", operation="GetProject", resource="target"), False),
    ],
)
def test_which_request_is_meant(fault: Fault, hits: bool) -> None:
    faults = Faults()
    faults.add(fault)
    assert (_take(faults) is not None) is hits


def test_a_request_that_is_not_meant_is_not_counted() -> None:
    faults = Faults()
    faults.add(Fault("500", operation="GetTags", skip=1))
    assert _take(faults) is None
    assert _take(faults, "GetTags") is None
    assert _take(faults, "GetTags") == "500"


def test_an_unknown_kind_is_a_mistake_of_the_test() -> None:
    with pytest.raises(ValueError, match="no-such-kind"):
        Fault("no-such-kind")


def _answer(world: World, fault: Fault) -> tuple[Response | None, int]:
    """The answer to an import, and how many projects there are afterwards."""
    project = world.emulator.add_project(world.source, "A")
    token = world.export(project.id)["token"]
    headers = {"Training-Key": world.target.training_key, "Content-Length": "0"}
    request = Request("POST", "/customvision/v3.3/training/projects/import", {"token": token}, headers)
    world.emulator.log.clear()
    response = Faults.answer(fault, world.emulator, world.target, request)
    return response, len(world.target.projects)


PLAIN = [
    ("500", 500, 0),
    ("503", 503, 0),
    ("503-after", 503, 1),
    ("502-html", 502, 0),
    ("html-200", 200, 0),
    ("false-200", 200, 0),
    ("401", 401, 0),
    ("401-entra", 401, 0),
    ("403-firewall", 403, 0),
    ("403-keys-off", 403, 0),
    ("408", 408, 0),
    ("408-after", 408, 1),
    ("409", 409, 0),
    ("411", 411, 0),
    ("429", 429, 0),
    ("429-retry-after", 429, 0),
    ("redirect", 302, 0),
    ("echo-secrets", 400, 0),
    ("half-json", 200, 1),
    ("truncated-image", 200, 1),
    *((kind, 200, 1) for kind in IMAGE_FAULTS),
    ("bad-utf8", 200, 1),
    ("list-for-object", 200, 1),
    ("missing-field", 200, 1),
    ("code:BadRequestExceedProjectLimit", 400, 0),
    ("code:ForbiddenDRModeEnabled", 403, 0),
    ("code:NotFoundProject", 404, 0),
    ("code:ConflictInvalid", 409, 0),
    ("code:ErrorProjectImportRequestFailed", 500, 0),
]


@pytest.mark.parametrize(("kind", "status", "made"), PLAIN)
def test_status_and_work_of_each_plain_answer(world: World, kind: str, status: int, made: int) -> None:
    response, projects = _answer(world, Fault(kind))
    assert response is not None
    assert response.status == status
    assert projects == made
    assert response.headers["Content-Length"] == str(len(response.body))
    assert "Request-Id" in response.headers
    (logged,) = world.emulator.log
    assert logged.operation == "ImportProject"


@pytest.mark.parametrize(
    "kind",
    ["reset-before", "reset-after", "truncated", "no-length", "slow", "hang", "hang-after", "drip", "drip-headers"],
)
def test_what_happens_on_the_connection_is_no_plain_answer(world: World, kind: str) -> None:
    response, projects = _answer(world, Fault(kind))
    assert response is None
    assert projects == 0


def test_a_status_of_ones_own(world: World) -> None:
    response, _ = _answer(world, Fault("500", status=507))
    assert response is not None
    assert response.status == 507


def _body(world: World, fault: Fault) -> bytes:
    response, _ = _answer(world, fault)
    assert response is not None
    return response.body


def test_the_shapes_of_refusals(world: World) -> None:
    assert json.loads(_body(world, Fault("401")))["error"]["code"] == "401"
    assert json.loads(_body(world, Fault("401-entra")))["statusCode"] == 401
    assert json.loads(_body(world, Fault("403-firewall"))) == {
        "error": {"code": "403", "message": "Access denied due to Virtual Network/Firewall rules."}
    }
    assert json.loads(_body(world, Fault("403-keys-off"))) == {
        "error": {
            "code": "AuthenticationTypeDisabled",
            "message": "Key based authentication is disabled for this resource.",
        }
    }
    assert json.loads(_body(world, Fault("code:NotFoundTag")))["code"] == "NotFoundTag"
    for kind in ("502-html", "html-200", "411"):
        assert b"<HTML>" in _body(world, Fault(kind))


def test_retry_after_or_not(world: World) -> None:
    for fault, expected in (
        (Fault("429"), None),
        (Fault("429-retry-after"), "1"),
        (Fault("429-retry-after", seconds=7), "7"),
    ):
        response, _ = _answer(world, fault)
        assert response is not None
        assert response.headers.get("Retry-After") == expected


def test_a_redirect_tells_where(world: World) -> None:
    response, _ = _answer(world, Fault("redirect", location="http://evil.example/x"))
    assert response is not None
    assert response.headers["Location"] == "http://evil.example/x"


def test_echoed_secrets(world: World) -> None:
    message = json.loads(_body(world, Fault("echo-secrets")))["message"]
    assert world.target.training_key in message
    assert "prjexp-" in message


def test_spoiled_bodies(world: World) -> None:
    with pytest.raises(json.JSONDecodeError):
        json.loads(_body(world, Fault("half-json")))
    with pytest.raises(UnicodeDecodeError):
        _body(world, Fault("bad-utf8")).decode()
    (project,) = json.loads(_body(world, Fault("list-for-object")))
    assert project["status"] == "Importing"
    assert "id" not in json.loads(_body(world, Fault("missing-field")))


@pytest.mark.parametrize(
    ("path", "kind", "check"),
    [
        ("projects", "list-for-object", lambda body: body == {}),
        ("projects", "missing-field", lambda body: [set(row) & {"id", "name"} for row in body] == [{"name"}]),
        ("projects/{id}/images/count", "list-for-object", lambda body: body == [10]),
        ("projects/{id}/images/count", "missing-field", lambda body: body == 10),
    ],
)
def test_spoiled_lists_and_numbers(world: World, path: str, kind: str, check: object) -> None:
    assert callable(check)
    project = world.emulator.add_project(world.source, "A")
    headers = {"Training-Key": world.source.training_key}
    request = Request("GET", "/customvision/v3.3/training/" + path.format(id=project.id), {}, headers)
    response = Faults.answer(Fault(kind), world.emulator, world.source, request)
    assert response is not None
    assert check(json.loads(response.body))

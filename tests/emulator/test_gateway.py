from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from emulator import Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.emulator.driver import World

WRONG_KEY = (
    "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key "
    "for an active subscription and use a correct regional API endpoint for your resource."
)


def test_either_training_key_opens(world: World) -> None:
    for key in (world.source.training_key, world.source.training_key_2):
        assert world.call(world.source, "GET", "projects", key=key).status == 200


@pytest.mark.parametrize(
    "key",
    [
        lambda world: "wrong",
        lambda world: world.target.training_key,
        lambda world: world.source.prediction_key,
    ],
    ids=["wrong", "of another resource", "prediction key"],
)
def test_any_other_key_is_the_gateways_401(world: World, key: Callable[[World], str]) -> None:
    answer = world.call(world.source, "GET", "projects", key=key(world))
    assert answer.status == 401
    assert answer.json == {"error": {"code": "401", "message": WRONG_KEY}}


def test_a_missing_key_is_the_gateways_401(world: World) -> None:
    answer = world.emulator.handle(world.source, Request("GET", "/customvision/v3.3/training/projects"))
    assert answer.status == 401


@pytest.mark.parametrize(
    "base",
    [
        "/customvision/v3.3/training/",
        "/CustomVision/v3.3/Training/",
        "//customvision//v3.3/training//",
        "/customvision/v3.4-preview/training/",
        "/customvision/v3.0/training/",
    ],
)
def test_paths_in_any_case_of_any_v3_version(world: World, base: str) -> None:
    for path in ("projects", "Projects", "projects/"):
        assert world.call(world.source, "GET", path, base=base).json == []


@pytest.mark.parametrize("base", ["/customvision/v2.2/training/", "/", "/customvision/v3.3/else/"])
def test_unknown_paths_are_the_gateways_404(world: World, base: str) -> None:
    answer = world.call(world.source, "GET", "projects", base=base)
    assert answer.status == 404
    assert set(answer.json) == {"error"}


def test_a_post_without_content_length_is_an_html_411(world: World) -> None:
    headers = {"Training-Key": world.source.training_key}
    answer = world.emulator.handle(
        world.source, Request("POST", "/customvision/v3.3/training/projects/import", {"token": "x"}, headers)
    )
    assert answer.status == 411
    assert answer.headers["Content-Type"].startswith("text/html")
    assert b"<HTML>" in answer.body


def test_every_answer_tells_the_clocks_date_and_a_request_id(world: World) -> None:
    answer = world.call(world.source, "GET", "projects")
    assert answer.headers["Date"] == "Sun, 01 Mar 2026 12:00:00 GMT"
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert answer.headers["Content-Length"] == "2"
    assert answer.headers["Request-Id"] == answer.headers["apim-request-id"]
    second = world.call(world.source, "GET", "projects")
    assert second.headers["Request-Id"] != answer.headers["Request-Id"]


def test_ids_that_are_no_uuid(world: World) -> None:
    answer = world.call(world.source, "GET", "projects/not-an-id")
    assert (answer.status, answer.json["code"]) == (400, "BadRequestInvalidIds")


def test_ids_in_other_spellings_of_a_uuid(world: World) -> None:
    project = world.emulator.add_project(world.source, "A")
    for spelling in (project.id.upper(), project.id.replace("-", "")):
        assert world.get(world.source, f"projects/{spelling}")["id"] == project.id


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("projects/{unknown}", "NotFoundProject"),
        ("projects/{project}/iterations/{unknown}", "NotFoundIteration"),
        ("projects/{project}/iterations/{unknown}/performance", "NotFoundIteration"),
        ("projects/{project}/tags/{unknown}", "NotFoundTag"),
        ("domains/{unknown}", "NotFoundDomain"),
    ],
)
def test_what_is_not_there(world: World, path: str, code: str) -> None:
    project = world.emulator.add_project(world.source, "A")
    unknown = "00000000-0000-4000-a000-000000000000"
    answer = world.call(world.source, "GET", path.format(project=project.id, unknown=unknown))
    assert (answer.status, answer.json["code"]) == (404, code)


def test_the_throttle_is_off_at_first(world: World) -> None:
    assert {world.call(world.source, "GET", "projects").status for _ in range(50)} == {200}


def test_the_throttle_lets_ten_a_second_through(world: World) -> None:
    world.behaviour.throttle = True
    statuses = [world.call(world.source, "GET", "projects").status for _ in range(11)]
    assert statuses == [200] * 10 + [429]
    answer = world.call(world.source, "GET", "projects")
    assert answer.json["error"]["code"] == "429"
    assert "Please retry after 1 second." in answer.json["error"]["message"]
    assert answer.headers["Retry-After"] == "1"
    assert world.call(world.target, "GET", "projects").status == 200
    world.clock.sleep(1)
    assert world.call(world.source, "GET", "projects").status == 200


def test_the_throttle_without_retry_after(world: World) -> None:
    world.behaviour.throttle = True
    world.behaviour.retry_after = None
    answers = [world.call(world.source, "GET", "projects") for _ in range(11)]
    assert answers[-1].status == 429
    assert "Retry-After" not in answers[-1].headers


def test_the_log_names_the_operations(world: World) -> None:
    project = world.emulator.add_project(world.source, "A")
    world.get(world.source, f"projects/{project.id}")
    world.call(world.target, "GET", "nonsense", {"a": "b"})
    first, second = world.emulator.log
    assert (first.resource, first.operation, first.status) == ("source", "GetProject", 200)
    assert (second.resource, second.operation, second.status, second.query) == ("target", "", 404, {"a": "b"})


def test_domains(world: World) -> None:
    domains = world.get(world.source, "domains")
    general = world.get(world.source, "domains/ee85a74c-405e-4adc-bb47-ffa8ca0c9f31")
    assert general in domains
    assert general == {
        "id": "ee85a74c-405e-4adc-bb47-ffa8ca0c9f31",
        "name": "General",
        "type": "Classification",
        "exportable": False,
        "enabled": True,
    }

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

import pytest

from emulator import Behaviour
from tests.emulator.driver import World

TOKEN = re.compile(
    r"https://[a-z0-9]+\.blob\.core\.windows\.net/prjexp-[0-9a-f]{32}/project-export-info"
    r"\?sv=2017-04-17&sr=b&sig=[A-Za-z0-9%]+%3D&se=2026-03-02T12%3A00%3A00Z&sp=r"
)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_an_export_counts_as_recorded(world: World) -> None:
    project = world.emulator.add_project(world.source, "A")
    exported = world.export(project.id)
    counts = {name: value for name, value in exported.items() if name != "token"}
    assert counts == {
        "iterationCount": 1,
        "imageCount": 10,
        "tagCount": 4,
        "regionCount": 0,
        "estimatedImportTimeInMS": 5081,
    }
    assert TOKEN.fullmatch(exported["token"])
    assert "%2B" in exported["token"]


def test_an_export_of_a_detection_project_counts_regions(world: World) -> None:
    project = world.emulator.add_project(world.source, "A", kind="detection", tags={"a": 4}, untagged=1)
    exported = world.export(project.id)
    assert (exported["imageCount"], exported["regionCount"]) == (5, 4)


def test_every_export_has_a_token_of_its_own(world: World) -> None:
    project = world.emulator.add_project(world.source, "A")
    assert world.export(project.id)["token"] != world.export(project.id)["token"]


def test_no_export_while_training(world: World) -> None:
    project = world.emulator.add_project(world.source, "A")
    world.emulator.train(world.source, project.id, status="Training")
    answer = world.call(world.source, "GET", f"projects/{project.id}/export")
    assert (answer.status, answer.json["code"]) == (400, "BadRequestExportWhileTraining")


@pytest.mark.parametrize("status", ["Failed", "Importing"])
def test_no_export_of_what_is_not_succeeded(world: World, status: str) -> None:
    project = world.emulator.add_project(world.source, "A", status=status)
    assert world.call(world.source, "GET", f"projects/{project.id}/export").status == 400


def test_an_import_is_importing_at_once_and_succeeds_later(world: World) -> None:
    project = world.emulator.add_project(world.source, "A", description="text")
    world.clock.sleep(60)
    answer = world.import_(world.export(project.id)["token"], "B")
    assert answer.status == 200
    assert (answer.json["status"], answer.json["name"]) == ("Importing", "B")
    assert answer.json["thumbnailUri"] is None
    assert answer.json["created"] == answer.json["lastModified"] == "2026-03-01T12:01:00.123Z"
    path = f"projects/{answer.json['id']}"
    world.clock.sleep(1.9)
    assert world.get(world.target, path)["status"] == "Importing"
    assert world.get(world.target, f"{path}/images/count") == 4
    assert world.get(world.target, f"{path}/iterations") == []
    world.clock.sleep(0.1)
    finished = world.get(world.target, path)
    assert (finished["status"], finished["description"]) == ("Succeeded", "text")
    assert finished["lastModified"] == "2026-03-01T12:01:02.123Z"
    assert finished["thumbnailUri"] is not None


def test_a_copy_has_the_content_and_new_ids(world: World) -> None:
    project = world.emulator.add_project(
        world.source, "A", tags={"a": 3, "b": 4}, untagged=2, iterations=("one", "two")
    )
    copy_id = world.copy(project.id)
    source, copy = f"projects/{project.id}", f"projects/{copy_id}"
    for count in ("images/count", "images/tagged/count", "images/untagged/count"):
        assert world.get(world.target, f"{copy}/{count}") == world.get(world.source, f"{source}/{count}")
    tags = world.get(world.target, f"{copy}/tags")
    assert [(tag["name"], tag["imageCount"]) for tag in tags] == [("b", 4), ("a", 3)]
    old, new = world.get(world.source, f"{source}/iterations"), world.get(world.target, f"{copy}/iterations")
    assert [iteration["name"] for iteration in new] == ["one", "two"]
    ids = {tag["id"] for tag in tags} | {iteration["id"] for iteration in new} | {copy_id}
    before = {tag.id for tag in project.tags} | {iteration["id"] for iteration in old} | {project.id}
    assert ids.isdisjoint(before)
    for one, other in zip(old, new, strict=True):
        drift = abs((_moment(one["trainedAt"]) - _moment(other["trainedAt"])).total_seconds())
        assert drift <= 0.0010001
        assert other["status"] == "Completed"


def test_trained_at_drifts_by_a_millisecond_at_most_either_way() -> None:
    world = World()
    project = world.emulator.add_project(world.source, "A", iterations=[f"I{number}" for number in range(30)])
    copy = world.copied(project.id)
    drifts = set()
    for one, other in zip(project.iterations, copy.iterations, strict=True):
        assert one.trained_at is not None
        assert other.trained_at is not None
        drifts.add((other.trained_at - one.trained_at).total_seconds())
    assert drifts == {-0.001, 0.0, 0.001}


def test_a_copy_is_published_nowhere(world: World) -> None:
    project = world.emulator.add_project(world.source, "A")
    world.emulator.publish(world.source, project.id, "live")
    copy_id = world.copy(project.id)
    (iteration,) = world.get(world.target, f"projects/{copy_id}/iterations")
    assert (iteration["publishName"], iteration["originalPublishResourceId"]) == (None, None)
    assert project.published


def test_the_export_is_a_snapshot(world: World) -> None:
    project = world.emulator.add_project(world.source, "A", description="then", tags={"a": 3})
    token = world.export(project.id)["token"]
    world.emulator.add_images(world.source, project.id, 5, tag="a")
    world.emulator.train(world.source, project.id)
    world.emulator.rename(world.source, project.id, "B")
    world.emulator.describe(world.source, project.id, "now")
    project.iterations[0].name = "changed"
    answer = world.import_(token)
    world.clock.sleep(2)
    path = f"projects/{answer.json['id']}"
    body = world.get(world.target, path)
    assert (body["name"], body["description"]) == ("A", "then")
    assert world.get(world.target, f"{path}/images/count") == 3
    assert [one["name"] for one in world.get(world.target, f"{path}/iterations")] == ["Iteration 1"]


def test_a_deleted_source_can_still_be_imported(world: World) -> None:
    project = world.emulator.add_project(world.source, "A")
    token = world.export(project.id)["token"]
    world.emulator.delete(world.source, project.id)
    assert world.import_(token).status == 200


def test_each_import_makes_another_project(world: World) -> None:
    token = world.export(world.emulator.add_project(world.source, "A").id)["token"]
    assert world.import_(token).json["id"] != world.import_(token).json["id"]
    assert world.names(world.target) == ["A (1)", "A"]


def test_a_token_that_is_used_once(world: World) -> None:
    world.behaviour.single_use_token = True
    token = world.export(world.emulator.add_project(world.source, "A").id)["token"]
    assert world.import_(token).status == 200
    answer = world.import_(token)
    assert (answer.status, answer.json["code"]) == (400, "BadRequestInvalidImportToken")


def test_a_refused_import_does_not_use_up_the_token() -> None:
    world = World(behaviour=Behaviour(single_use_token=True, taken_import_name="refuse"))
    world.emulator.add_project(world.target, "taken")
    token = world.export(world.emulator.add_project(world.source, "A").id)["token"]
    assert world.import_(token, "taken").status == 400
    assert world.import_(token, "free").status == 200


def test_a_token_lives_24_hours(world: World) -> None:
    token = world.export(world.emulator.add_project(world.source, "A").id)["token"]
    world.clock.sleep(24 * 3600 - 1)
    assert world.import_(token).status == 200
    world.clock.sleep(1)
    answer = world.import_(token)
    assert (answer.status, answer.json) == (
        400,
        {"code": "BadRequestInvalidImportToken", "message": "Invalid Token"},
    )


@pytest.mark.parametrize(
    ("spoil", "status"),
    [
        (lambda token: quote(token, safe=""), 200),
        (lambda token: token, 400),
        (lambda token: quote(unquote(token), safe=""), 400),
        (lambda token: quote(quote(token, safe=""), safe=""), 400),
        (lambda token: quote(token, safe="")[:-1], 400),
        (lambda token: "", 400),
    ],
    ids=["encoded once more", "not encoded", "decoded first", "encoded twice more", "cut", "missing"],
)
def test_a_token_must_be_encoded_exactly_once_more(world: World, spoil: Any, status: int) -> None:
    token = world.export(world.emulator.add_project(world.source, "A").id)["token"]
    query = dict(parse_qsl(f"token={spoil(token)}&name=B", keep_blank_values=True))
    answer = world.call(world.target, "POST", "projects/import", query)
    assert answer.status == status
    assert len(world.target.projects) == (status == 200)


def test_a_token_works_on_any_resource(world: World) -> None:
    token = world.export(world.emulator.add_project(world.source, "A").id)["token"]
    answer = world.call(world.source, "POST", "projects/import", {"token": token})
    assert answer.json["name"] == "A (1)"


@pytest.mark.parametrize(("rule", "status"), [("suffix", 200), ("refuse", 400)])
def test_a_name_that_is_given_and_taken(world: World, rule: Any, status: int) -> None:
    world.behaviour.taken_import_name = rule
    world.emulator.add_project(world.target, "B")
    world.emulator.add_project(world.target, "B (1)")
    answer = world.import_(world.export(world.emulator.add_project(world.source, "A").id)["token"], "B")
    assert answer.status == status
    if status == 200:
        assert answer.json["name"] == "B (2)"
    else:
        assert answer.json["code"] == "BadRequestProjectNameNotUnique"
        assert len(world.target.projects) == 2


def test_a_name_that_is_not_given_is_never_refused(world: World) -> None:
    world.behaviour.taken_import_name = "refuse"
    world.emulator.add_project(world.target, "A")
    answer = world.import_(world.export(world.emulator.add_project(world.source, "A").id)["token"])
    assert answer.json["name"] == "A (1)"


def test_the_limit_counts_failed_and_importing_projects() -> None:
    world = World(tier="F0", behaviour=Behaviour(import_outcomes=["failed", "never"]))
    token = world.export(world.emulator.add_project(world.source, "A").id)["token"]
    assert world.import_(token).status == 200
    world.clock.sleep(2)
    assert world.import_(token).status == 200
    answer = world.import_(token)
    assert (answer.status, answer.json["code"]) == (400, "BadRequestExceedProjectLimit")
    assert [row["status"] for row in world.get(world.target, "projects")] == ["Importing", "Failed"]


@pytest.mark.parametrize(("rule", "names"), [("copy", ["Iteration 1", "raw"]), ("skip", ["Iteration 1"])])
@pytest.mark.parametrize("status", ["New", "Staging", "Failed"])
def test_unfinished_iterations(world: World, rule: Any, names: list[str], status: str) -> None:
    world.behaviour.unfinished_iterations = rule
    project = world.emulator.add_project(world.source, "A")
    world.emulator.train(world.source, project.id, name="raw", status=status)
    assert world.export(project.id)["iterationCount"] == len(names)
    iterations = world.get(world.target, f"projects/{world.copy(project.id)}/iterations")
    assert [iteration["name"] for iteration in iterations] == names
    assert iterations[-1]["status"] == ("Completed" if rule == "skip" else status)


def test_an_export_touches_nothing_at_first(world: World) -> None:
    project = world.emulator.add_project(world.source, "A")
    before = project.last_modified
    world.clock.sleep(5)
    world.export(project.id)
    assert project.last_modified == before
    world.behaviour.export_touches_project = True
    world.export(project.id)
    assert project.last_modified == world.clock.moment

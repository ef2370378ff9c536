from __future__ import annotations

import copy
from typing import Any

import pytest

from emulator import Request
from tests.emulator.driver import World


def test_a_project_on_the_wire(world: World) -> None:
    project = world.emulator.add_project(world.source, "Äpfel", description="line\nline", untagged=3)
    body = world.get(world.source, f"projects/{project.id}")
    assert body["name"] == "Äpfel"
    assert body["description"] == "line\nline"
    assert body["created"] == body["lastModified"] == "2026-03-01T12:00:00.123Z"
    assert body["status"] == "Succeeded"
    assert body["drModeEnabled"] is False
    assert body["thumbnailUri"].startswith("https://")
    assert body["settings"]["detectionParameters"] is None
    assert body["settings"]["classificationType"] == "Multiclass"


def test_a_detection_project_has_no_classification_type(world: World) -> None:
    project = world.emulator.add_project(world.source, "A", kind="detection")
    settings = world.get(world.source, f"projects/{project.id}")["settings"]
    assert settings["classificationType"] is None
    assert settings["domainId"] == "da2e3a8a-40a5-4171-82f4-58522f70fbc1"


def test_a_name_that_is_no_valid_text_still_arrives(world: World) -> None:
    world.emulator.add_project(world.source, "half \ud800", tags={"\udc00": 1})
    assert world.names(world.source) == ["half \ud800"]


def test_json_is_compact_utf8_with_explicit_nulls(world: World) -> None:
    project = world.emulator.add_project(world.source, "Ä", tags={}, iterations=())
    headers = {"Training-Key": world.source.training_key}
    path = f"/customvision/v3.3/training/projects/{project.id}"
    body = world.emulator.handle(world.source, Request("GET", path, {}, headers)).body
    assert body.startswith(f'{{"id":"{project.id}","name":"Ä","description":"","settings":{{'.encode())
    assert b'"thumbnailUri":null' in body


def test_counts_are_bare_integers(world: World) -> None:
    project = world.emulator.add_project(world.source, "A", tags={"a": 3, "b": 4}, untagged=2)
    images = f"projects/{project.id}/images"
    assert world.get(world.source, f"{images}/count") == 9
    assert world.get(world.source, f"{images}/count", taggingStatus="Tagged") == 7
    assert world.get(world.source, f"{images}/count", taggingStatus="Untagged") == 2
    assert world.get(world.source, f"{images}/tagged/count") == 7
    assert world.get(world.source, f"{images}/untagged/count") == 2


def test_counts_and_tags_of_an_iteration_are_those_of_its_training(world: World) -> None:
    project = world.emulator.add_project(world.source, "A", tags={"a": 3})
    world.emulator.add_images(world.source, project.id, 2, tag="a")
    world.emulator.add_images(world.source, project.id, 4, tag="new")
    iteration = project.iterations[0].id
    path = f"projects/{project.id}"
    assert world.get(world.source, f"{path}/images/tagged/count") == 9
    assert world.get(world.source, f"{path}/images/tagged/count", iterationId=iteration) == 3
    assert [tag["imageCount"] for tag in world.get(world.source, f"{path}/tags")] == [5, 4]
    assert [tag["imageCount"] for tag in world.get(world.source, f"{path}/tags", iterationId=iteration)] == [3]


def test_a_negative_tag(world: World) -> None:
    project = world.emulator.add_project(world.source, "A", tags={"a": 3}, negative="nothing")
    tags = world.get(world.source, f"projects/{project.id}/tags")
    assert [(tag["name"], tag["type"], tag["imageCount"]) for tag in tags] == [
        ("a", "Regular", 3),
        ("nothing", "Negative", 3),
    ]
    one = world.get(world.source, f"projects/{project.id}/tags/{tags[1]['id']}")
    assert one == tags[1]


def test_the_listing_is_newest_first(world: World) -> None:
    for name in ("first", "second"):
        world.emulator.add_project(world.source, name)
    world.clock.sleep(1)
    world.emulator.add_project(world.source, "third")
    assert world.names(world.source) == ["third", "second", "first"]


def test_update_with_name_and_description_alone(world: World) -> None:
    project = world.emulator.add_project(world.source, "A")
    world.clock.sleep(5)
    answer = world.patch(world.source, project.id, name="B", description="text")
    assert answer.status == 200
    assert (answer.json["name"], answer.json["description"]) == ("B", "text")
    assert answer.json["lastModified"] == "2026-03-01T12:00:05.123Z"
    assert answer.json["created"] == "2026-03-01T12:00:00.123Z"
    assert world.get(world.source, f"projects/{project.id}") == answer.json


def test_update_sent_back_as_read_changes_nothing_else(world: World) -> None:
    project = world.emulator.add_project(world.source, "A", description="text")
    before = world.get(world.source, f"projects/{project.id}")
    after = world.patch(world.source, project.id, **before).json
    assert after == before


def test_update_of_settings(world: World) -> None:
    project = world.emulator.add_project(world.source, "A")
    settings = {
        "domainId": "0732100f-1a38-4e49-a514-c9b44c697ab5",
        "classificationType": "Multilabel",
        "targetExportPlatforms": ["VAIDK"],
        "useNegativeSet": False,
        "imageProcessingSettings": {"augmentationMethods": {"rotation": False}},
    }
    answer = world.patch(world.source, project.id, name="A", description="", settings=settings)
    assert answer.json["settings"] == settings | {"useNegativeSet": True, "detectionParameters": None}


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"description": "x"}, "BadRequestProjectName"),
        ({"name": "  "}, "BadRequestProjectName"),
        ({"name": "A", "settings": {"domainId": "nonsense"}}, "BadRequestProjectUnknownDomain"),
        (
            {"name": "A", "settings": {"domainId": "da2e3a8a-40a5-4171-82f4-58522f70fbc1"}},
            "BadRequestProjectUnsupportedDomainTypeChange",
        ),
        ({"name": "A", "settings": {"classificationType": "Else"}}, "BadRequestProjectUnknownClassification"),
        (
            {"name": "A", "settings": {"targetExportPlatforms": ["Else"]}},
            "BadRequestProjectUnsupportedExportPlatform",
        ),
    ],
)
def test_updates_that_are_refused_change_nothing(world: World, fields: dict[str, Any], code: str) -> None:
    project = world.emulator.add_project(world.source, "A")
    before = world.get(world.source, f"projects/{project.id}")
    answer = world.patch(world.source, project.id, **fields)
    assert (answer.status, answer.json["code"]) == (400, code)
    assert world.get(world.source, f"projects/{project.id}") == before


def test_an_update_that_is_no_json(world: World) -> None:
    project = world.emulator.add_project(world.source, "A")
    answer = world.call(world.source, "PATCH", f"projects/{project.id}", body=b"{")
    assert (answer.status, answer.json["code"]) == (400, "BadRequestRequiredParamIsNull")


def test_delete(world: World) -> None:
    project = world.emulator.add_project(world.source, "A")
    answer = world.call(world.source, "DELETE", f"projects/{project.id}")
    assert (answer.status, answer.json) == (204, None)
    assert world.call(world.source, "GET", f"projects/{project.id}").status == 404
    assert world.call(world.source, "DELETE", f"projects/{project.id}").status == 404


def test_delete_is_refused_while_published(world: World) -> None:
    project = world.emulator.add_project(world.source, "A")
    world.emulator.publish(world.source, project.id, "live")
    answer = world.call(world.source, "DELETE", f"projects/{project.id}")
    assert (answer.status, answer.json["code"]) == (400, "BadRequestIterationIsPublished")
    world.emulator.unpublish(world.source, project.id)
    assert world.call(world.source, "DELETE", f"projects/{project.id}").status == 204


def test_create(world: World) -> None:
    answer = world.call(world.source, "POST", "projects", {"name": "A", "description": "text"})
    assert answer.status == 200
    assert (answer.json["name"], answer.json["description"]) == ("A", "text")
    assert answer.json["thumbnailUri"] is None
    taken = world.call(world.source, "POST", "projects", {"name": "A"})
    assert taken.json["name"] == "A (1)"
    world.behaviour.taken_import_name = "refuse"
    taken = world.call(world.source, "POST", "projects", {"name": "A"})
    assert (taken.status, taken.json["code"]) == (400, "BadRequestProjectNameNotUnique")
    assert world.call(world.source, "POST", "projects", {"name": ""}).json["code"] == "BadRequestProjectName"


@pytest.mark.parametrize(("tier", "limit"), [("F0", 2), ("S0", 100)])
def test_the_project_limit(tier: str, limit: int) -> None:
    world = World(tier=tier)
    for number in range(limit - 1):
        world.emulator.add_project(world.target, f"P{number}")
    assert world.call(world.target, "POST", "projects", {"name": "last"}).status == 200
    answer = world.call(world.target, "POST", "projects", {"name": "too many"})
    assert (answer.status, answer.json["code"]) == (400, "BadRequestExceedProjectLimit")


def test_a_world_can_be_copied(world: World) -> None:
    project = world.emulator.add_project(world.source, "A")
    twin = copy.deepcopy(world)
    twin.emulator.rename(twin.source, project.id, "B")
    assert twin.names(twin.source) == ["B"]
    assert world.names(world.source) == ["A"]


def test_the_same_seed_gives_the_same_ids_and_keys() -> None:
    first, second = World(), World()
    assert first.source.training_key == second.source.training_key
    assert first.emulator.add_project(first.source, "A").id == second.emulator.add_project(second.source, "A").id
    assert first.source.training_key != first.target.training_key


def test_a_clone_in_the_portal_has_the_description_and_new_ids(world: World) -> None:
    project = world.emulator.add_project(world.source, "A", description="text")
    clone = world.emulator.clone(world.source, project.id)
    assert (clone.name, clone.description) == ("A (1)", "text")
    assert clone.id != project.id
    assert {tag.id for tag in clone.tags}.isdisjoint(tag.id for tag in project.tags)
    assert world.emulator.clone(world.source, project.id, "A").name == "A"


def test_a_human_renames_describes_and_deletes(world: World) -> None:
    project = world.emulator.add_project(world.source, "A")
    world.emulator.publish(world.source, project.id, "live")
    world.emulator.rename(world.source, project.id, "B")
    world.emulator.describe(world.source, project.id, "text")
    assert (project.name, project.description) == ("B", "text")
    world.emulator.delete(world.source, project.id)
    assert world.source.projects == {}

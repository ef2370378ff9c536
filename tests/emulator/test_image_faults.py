"""Faults of images, without a network: what they do to addresses, blobs, batches, and between two pages."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from emulator import Fault, Faults, NewImage, Project, Request
from emulator.state.formats import measure
from tests.emulator.test_images import blob
from tests.emulator.test_uploads import contents

if TYPE_CHECKING:
    from tests.emulator.driver import World


@pytest.fixture
def project(world: World) -> Project:
    world.behaviour.relative_uris = 0
    return world.emulator.add_project(world.source, "A", untagged=2)


def spoiled(world: World, project: Project, kind: str, **fields: Any) -> list[dict[str, Any]]:
    headers = {"Training-Key": world.source.training_key}
    request = Request("GET", f"/customvision/v3.3/training/projects/{project.id}/images", {"take": "5"}, headers)
    answer = Faults.answer(Fault(kind, **fields), world.emulator, world.source, request)
    assert answer is not None
    assert answer.status == 200
    rows: list[dict[str, Any]] = json.loads(answer.body)
    return rows


def listed(world: World, project: Project) -> list[str]:
    rows = world.get(world.source, f"projects/{project.id}/images", orderBy="Oldest")
    return [row["id"] for row in rows]


def test_relative_addresses_lead_to_artifacts(world: World, project: Project) -> None:
    for row in spoiled(world, project, "relative-uri"):
        assert measure(world.artifact(project.id, row["originalImageUri"]).body)


def test_a_foreign_host_is_told(world: World, project: Project) -> None:
    rows = spoiled(world, project, "foreign-host", location="https://evil.example")
    for row in rows:
        for name in ("originalImageUri", "resizedImageUri", "thumbnailUri"):
            parts = urlsplit(row[name])
            assert (parts.netloc, parts.path[:3], "sig=" in parts.query) == ("evil.example", "/i-", True)


def test_addresses_that_have_ended(world: World, project: Project) -> None:
    for row in spoiled(world, project, "expired-sas"):
        answer = blob(world, row["originalImageUri"])
        assert answer.status == 403
        assert b"Expiry [Mon, 08 Jun 2020 16:50:40 GMT]" in answer.body


def test_between_two_pages(world: World, project: Project) -> None:
    before = listed(world, project)
    assert len(spoiled(world, project, "then-delete")) == 5
    assert listed(world, project) == before[1:]
    spoiled(world, project, "then-add")
    assert listed(world, project)[:-1] == before[1:]
    spoiled(world, project, "then-retag")
    row = world.get(world.source, f"projects/{project.id}/images/id", imageIds=before[1])[0]
    assert [tag["tagName"] for tag in row["tags"]] == ["Tag1", "tagged in between"]


@pytest.mark.parametrize(
    ("kind", "status", "fates"),
    [
        ("207-half", 207, ["OK", "ErrorStorage", "OK", "ErrorStorage"]),
        ("200-failures", 200, ["ErrorUnknown"] * 4),
    ],
)
def test_batches(world: World, project: Project, kind: str, status: int, fates: list[str]) -> None:
    body = json.dumps({"images": [{"contents": contents(str(number))} for number in range(4)]}).encode()
    headers = {"Training-Key": world.source.training_key, "Content-Length": str(len(body))}
    path = f"/customvision/v3.3/training/projects/{project.id}/images/files"
    request = Request("POST", path, {}, headers, body)
    answer = Faults.answer(Fault(kind), world.emulator, world.source, request)
    assert answer is not None
    assert answer.status == status
    assert [row["status"] for row in json.loads(answer.body)["images"]] == fates
    assert project.content.untagged == 2 + fates.count("OK")
    assert world.behaviour.image_outcomes == []
    assert world.behaviour.failed_batch == "207"


def test_the_hands_during_a_run(world: World, project: Project) -> None:
    (image,) = world.emulator.put_images(world.source, project.id, [NewImage(tags=("Tag1",), metadata={"a": "b"})])
    assert world.emulator.set_metadata(world.source, project.id, image.id, {}).metadata == ()
    assert world.emulator.untag_image(world.source, project.id, image.id, "Tag1").tags == ()
    assert project.content.untagged == 3
    with pytest.raises(LookupError):
        world.emulator.tag_image(world.source, project.id, project.id, "Tag1")

"""Uploads: a fate for each image, duplicates by content, limits of batches."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest
from requests import Request as Prepared

from emulator import NewImage, Project
from emulator.state.formats import measure
from emulator.state.pictures import draw
from tests.emulator.driver import World

if TYPE_CHECKING:
    from tests.emulator.driver import Answer

BOX = {"left": 0.1, "top": 0.2, "width": 0.3, "height": 0.4}
NOWHERE = "00000000-0000-4000-a000-000000000000"


def contents(text: str, kind: str = "jpeg") -> str:
    """A picture as base64."""
    return base64.b64encode(draw(kind, 32, 24, text)).decode()


def upload(world: World, project: Project, images: list[Any], **batch: Any) -> Answer:
    body = json.dumps({"images": images, **batch}).encode()
    return world.call(world.source, "POST", f"projects/{project.id}/images/files", body=body)


def fates(answer: Answer) -> list[str]:
    return [row["status"] for row in answer.json["images"]]


@pytest.fixture
def project(world: World) -> Project:
    world.behaviour.relative_uris = 0
    return world.emulator.add_project(
        world.source, "A", kind="detection", tags={"Cat": 0, "Dog": 0, "none": 0}, negative="none"
    )


@pytest.fixture
def ids(project: Project) -> dict[str, str]:
    return {tag.name: tag.id for tag in project.tags}


def test_pictures_arrive_with_their_labels(world: World, project: Project, ids: dict[str, str]) -> None:
    entries = [
        {"name": "a.jpg", "contents": contents("a"), "regions": [{"tagId": ids["Cat"], **BOX}]},
        {"contents": contents("b", "png"), "tagIds": [ids["Dog"]]},
    ]
    answer = upload(world, project, entries, metadata={"from": "here"})
    assert (answer.status, answer.json["isBatchSuccessful"], fates(answer)) == (200, True, ["OK", "OK"])
    assert [row["sourceUrl"] for row in answer.json["images"]] == ["a.jpg", None]
    listed = world.get(world.source, f"projects/{project.id}/images", orderBy="Oldest")
    assert listed == [row["image"] for row in answer.json["images"]]
    first, second = listed
    assert (first["width"], first["height"], first["metadata"]) == (32, 24, {"from": "here"})
    assert [tag["tagName"] for tag in first["tags"]] == ["Cat"]
    assert {side: first["regions"][0][side] for side in BOX} == BOX
    assert [tag["tagName"] for tag in second["tags"]] == ["Dog"]
    images = world.emulator.images(world.source, project.id)
    assert [measure(world.emulator.image_bytes(image)) for image in images] == [("jpeg", 32, 24), ("png", 32, 24)]


@pytest.mark.parametrize("merges", [True, False])
def test_a_duplicate_gives_its_labels(world: World, project: Project, ids: dict[str, str], merges: bool) -> None:
    world.behaviour.duplicates_merge = merges
    box = {"tagId": ids["Cat"], **BOX}
    other = {**box, "left": 0.5}
    first = upload(world, project, [{"contents": contents("a"), "regions": [box]}]).json["images"][0]["image"]
    answer = upload(world, project, [{"contents": contents("a"), "regions": [box, other], "tagIds": [ids["Dog"]]}])
    assert (answer.status, answer.json["isBatchSuccessful"], fates(answer)) == (207, False, ["OKDuplicate"])
    again = answer.json["images"][0]["image"]
    assert again["id"] == first["id"]
    assert (len(again["regions"]), len(again["tags"])) == ((2, 2) if merges else (1, 1))
    assert project.content.tagged == 1


def test_a_duplicate_of_a_picture_that_was_made(world: World, project: Project) -> None:
    (image,) = world.emulator.put_images(world.source, project.id, [NewImage()])
    data = base64.b64encode(world.emulator.image_bytes(image)).decode()
    assert fates(upload(world, project, [{"contents": data}])) == ["OKDuplicate"]
    twice = upload(world, project, [{"contents": contents("x")}, {"contents": contents("x")}])
    assert fates(twice) == ["OK", "OKDuplicate"]


def test_duplicates_may_leave_a_batch_successful(world: World, project: Project) -> None:
    world.behaviour.duplicates_succeed = True
    upload(world, project, [{"contents": contents("a")}])
    answer = upload(world, project, [{"contents": contents("a")}])
    assert (answer.status, answer.json["isBatchSuccessful"], fates(answer)) == (200, True, ["OKDuplicate"])


def test_bytes_may_be_written_anew(world: World, project: Project) -> None:
    world.behaviour.rewrites_uploads = True
    for _ in range(2):
        answer = upload(world, project, [{"contents": contents("a")}])
    assert fates(answer) == ["OKDuplicate"]
    (image,) = world.emulator.images(world.source, project.id)
    assert world.emulator.image_bytes(image) != draw("jpeg", 32, 24, "a")


def test_each_image_has_a_fate_of_its_own(world: World, project: Project, ids: dict[str, str]) -> None:
    many = [{"tagId": ids["Cat"], **BOX, "left": number / 400} for number in range(301)]
    entries = [
        {"contents": contents("good")},
        {"contents": base64.b64encode(b"no picture").decode()},
        {"contents": base64.b64encode(draw("bmp", 8, 8, "big", 6 * 1024 * 1024 + 1)).decode()},
        {"contents": contents("tag"), "tagIds": [NOWHERE]},
        {"contents": contents("both"), "tagIds": [ids["Cat"], ids["none"]]},
        {"contents": contents("boxes"), "regions": many},
    ]
    answer = upload(world, project, entries)
    assert (answer.status, answer.json["isBatchSuccessful"]) == (207, False)
    assert fates(answer) == [
        "OK",
        "ErrorImageFormat",
        "ErrorImageSize",
        "ErrorUnknown",
        "ErrorNegativeAndRegularTagOnSameImage",
        "ErrorRegionLimitExceed",
    ]
    assert [row["image"] is None for row in answer.json["images"]] == [False, True, True, True, True, True]
    world.behaviour.failed_batch = "200"
    assert upload(world, project, entries[1:2]).status == 200


def test_forced_fates(world: World, project: Project) -> None:
    world.behaviour.image_outcomes = ["OK", "ErrorStorage"]
    answer = upload(world, project, [{"contents": contents(text)} for text in "abc"])
    assert fates(answer) == ["OK", "ErrorStorage", "OK"]
    assert len(world.emulator.images(world.source, project.id)) == 2


def test_a_full_project(project: Project, world: World) -> None:
    small = World(tier="F0")
    full = small.emulator.add_project(small.target, "A", untagged=5_000)
    body = json.dumps({"images": [{"contents": contents("a")}]}).encode()
    answer = small.call(small.target, "POST", f"projects/{full.id}/images/files", body=body)
    assert fates(answer) == ["ErrorLimitExceed"]


@pytest.mark.parametrize(
    ("entries", "code"),
    [
        ([], "BadRequestImageBatch"),
        (["nonsense"], "BadRequestImageBatch"),
        ([{"contents": "not base64"}], "BadRequestImageBatch"),
        ([{"contents": ""}] * 65, "BadRequestExceededBatchSize"),
        ([{"contents": "", "regions": [{"tagId": NOWHERE, **BOX, "left": 1.5}]}], "BadRequestImageRegions"),
        ([{"contents": "", "regions": [{"tagId": NOWHERE, "left": 0.5}]}], "BadRequestImageRegions"),
        ([{"contents": "", "tagIds": ["x"]}], "BadRequestInvalidIds"),
    ],
)
def test_batches_that_are_refused(world: World, project: Project, entries: list[Any], code: str) -> None:
    answer = upload(world, project, entries)
    assert (answer.status, answer.json["code"]) == (400, code)


def test_at_most_twenty_tags_in_a_batch(world: World, project: Project) -> None:
    tags = [world.emulator.add_tag(world.source, project.id, f"T{number}").id for number in range(21)]
    entries = [{"contents": contents(tag), "tagIds": [tag]} for tag in tags]
    assert upload(world, project, entries).json["code"] == "BadRequestExceededBatchSize"
    assert fates(upload(world, project, entries[:20])) == ["OK"] * 20


def test_a_batch_of_too_many_bytes_times_out(world: World, project: Project) -> None:
    world.behaviour.batch_bytes = 100
    answer = upload(world, project, [{"contents": contents("a")}])
    assert (answer.status, answer.json["error"]["code"]) == (408, "RequestTimeout")
    assert world.emulator.images(world.source, project.id) == []


def test_a_form_with_several_files(world: World, project: Project, ids: dict[str, str]) -> None:
    files = [("imageData", (f"{text}.jpg", draw("jpeg", 32, 24, text))) for text in ("a", "b")]
    prepared = Prepared("POST", "http://x/", files=files).prepare()
    assert isinstance(prepared.body, bytes)
    answer = world.call(
        world.source,
        "POST",
        f"projects/{project.id}/images",
        {"tagIds": f"{ids['Cat']},{ids['Dog']}"},
        prepared.body,
        headers={"Content-Type": prepared.headers["Content-Type"]},
    )
    assert (answer.status, fates(answer)) == (200, ["OK", "OK"])
    assert [row["sourceUrl"] for row in answer.json["images"]] == ['"a.jpg"', '"b.jpg"']
    assert [len(row["image"]["tags"]) for row in answer.json["images"]] == [2, 2]


def test_a_plain_body_is_one_image(world: World, project: Project) -> None:
    path = f"projects/{project.id}/images"
    answer = world.call(world.source, "POST", path, body=draw("gif", 9, 9, "x"))
    assert (answer.json["images"][0]["image"]["width"], fates(answer)) == (9, ["OK"])
    empty = world.call(world.source, "POST", path, headers={"Content-Type": "multipart/form-data; boundary=x"})
    assert empty.json["code"] == "BadRequestImageStream"

"""Tags made, renamed and deleted; tags and boxes put on images and taken off."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from emulator import Image, NewImage, Project
from tests.emulator.driver import World

if TYPE_CHECKING:
    from tests.emulator.driver import Answer

NOWHERE = "00000000-0000-4000-a000-000000000000"
BOX = {"left": 0.378543377, "top": 0.162310928, "width": 0.280251384, "height": 0.6579386}


@pytest.fixture
def project(world: World) -> Project:
    return world.emulator.add_project(world.source, "A", kind="detection", tags={"Cat": 2, "Dog": 3}, untagged=1)


@pytest.fixture
def image(world: World, project: Project) -> Image:
    """It has no tag."""
    return world.emulator.images(world.source, project.id)[-1]


def now(world: World, project: Project, image: Image) -> dict[str, Any]:
    row: dict[str, Any] = world.get(world.source, f"projects/{project.id}/images/id", imageIds=image.id)[0]
    return row


def post(world: World, project: Project, what: str, rows: list[dict[str, Any]]) -> Answer:
    body = json.dumps({what: rows}).encode()
    return world.call(world.source, "POST", f"projects/{project.id}/images/{what}", body=body)


def tag(world: World, project: Project, **query: str) -> Answer:
    return world.call(world.source, "POST", f"projects/{project.id}/tags", query)


class TestTags:
    def test_as_recorded(self, world: World, project: Project) -> None:
        made = tag(world, project, name="Test Tag 1", description="This is a test tag").json
        assert made | {"id": ""} == {
            "id": "",
            "name": "Test Tag 1",
            "description": "This is a test tag",
            "type": "Regular",
            "imageCount": 0,
        }
        path = f"projects/{project.id}/tags/{made['id']}"
        changes = {"name": "New Tag Name", "description": "Updated Description"}
        changed = world.call(world.source, "PATCH", path, body=json.dumps(changes).encode()).json
        assert changed == {**made, **changes}
        assert world.get(world.source, path) == changed
        assert world.call(world.source, "DELETE", path).status == 204
        assert world.call(world.source, "GET", path).json["code"] == "NotFoundTag"
        assert tag(world, project, name="plain").json["description"] is None

    def test_making_one_changes_the_projects_time(self, world: World, project: Project) -> None:
        world.clock.sleep(9)
        tag(world, project, name="new")
        assert project.last_modified == world.clock()

    @pytest.mark.parametrize(
        ("query", "code"),
        [
            ({}, "BadRequestTagName"),
            ({"name": " "}, "BadRequestTagName"),
            ({"name": "Cat"}, "BadRequestTagNameNotUnique"),
            ({"name": "x", "type": "Odd"}, "BadRequestTagType"),
            ({"name": "x", "type": "Negative"}, "BadRequestMultipleNegativeTag"),
        ],
    )
    def test_refusals(self, world: World, project: Project, query: dict[str, str], code: str) -> None:
        world.emulator.add_tag(world.source, project.id, "none", type="Negative")
        answer = tag(world, project, **query)
        assert (answer.status, answer.json["code"]) == (400, code)

    def test_as_many_as_the_tier_allows(self) -> None:
        small = World(tier="F0")
        full = small.emulator.add_project(small.target, "A", tags={str(number): 0 for number in range(50)})
        answer = small.call(small.target, "POST", f"projects/{full.id}/tags", {"name": "x"})
        assert answer.json["code"] == "BadRequestExceedTagPerProjectLimit"

    def test_names_that_differ_in_case_are_a_switch(self, world: World, project: Project) -> None:
        assert tag(world, project, name="CAT").status == 200
        world.behaviour.names_ignore_case = True
        assert tag(world, project, name="dOG").json["code"] == "BadRequestTagNameNotUnique"

    def test_deleting_one_leaves_its_images(self, world: World, project: Project) -> None:
        world.call(world.source, "DELETE", f"projects/{project.id}/tags/{project.tags[0].id}")
        content = project.content
        assert ([one.name for one in content.tags], content.tagged, content.untagged) == (["Dog"], 3, 3)
        assert content.regions == 3


class TestTagsOnImages:
    def test_as_recorded(self, world: World, project: Project, image: Image) -> None:
        row = {"imageId": image.id, "tagId": project.tags[0].id}
        answer = post(world, project, "tags", [row])
        assert (answer.status, answer.json) == (200, {"created": [row], "duplicated": [], "exceeded": []})
        assert (project.tags[0].image_count, project.content.untagged) == (3, 0)
        assert [one["tagName"] for one in now(world, project, image)["tags"]] == ["Cat"]
        again = post(world, project, "tags", [row])
        assert again.json == {"created": [], "duplicated": [row], "exceeded": []}
        query = {"imageIds": image.id, "tagIds": project.tags[0].id}
        assert world.call(world.source, "DELETE", f"projects/{project.id}/images/tags", query).status == 204
        assert "tags" not in now(world, project, image)

    def test_at_most_a_hundred(self, world: World, project: Project, image: Image) -> None:
        tags = [world.emulator.add_tag(world.source, project.id, f"T{number}").id for number in range(101)]
        rows = [{"imageId": image.id, "tagId": one} for one in tags]
        answer = post(world, project, "tags", rows)
        assert (answer.json["created"], answer.json["exceeded"]) == (rows[:100], rows[100:])

    def test_refusals(self, world: World, project: Project, image: Image) -> None:
        negative = world.emulator.add_tag(world.source, project.id, "none", type="Negative").id
        cat = project.tags[0].id
        for rows, code in (
            ([], "BadRequestRequiredParamIsNull"),
            ([{"imageId": image.id, "tagId": cat}] * 129, "BadRequestExceededBatchSize"),
            ([{"imageId": NOWHERE, "tagId": cat}], "NotFoundImage"),
            ([{"imageId": image.id, "tagId": NOWHERE}], "NotFoundTag"),
            ([{"imageId": image.id}], "BadRequestInvalidIds"),
            (
                [{"imageId": image.id, "tagId": cat}, {"imageId": image.id, "tagId": negative}],
                "BadRequestNegativeAndRegularTagOnSameImage",
            ),
        ):
            assert post(world, project, "tags", rows).json["code"] == code

    def test_a_tag_taken_off_takes_its_boxes(self, world: World, project: Project) -> None:
        first = world.emulator.images(world.source, project.id)[0]
        query = {"imageIds": first.id, "tagIds": f"{project.tags[0].id},{project.tags[1].id}"}
        world.call(world.source, "DELETE", f"projects/{project.id}/images/tags", query)
        assert "regions" not in now(world, project, first)
        assert project.content.regions == 4


class TestBoxes:
    def test_as_recorded(self, world: World, project: Project, image: Image) -> None:
        cat = project.tags[0].id
        answer = post(world, project, "regions", [{"imageId": image.id, "tagId": cat, **BOX}])
        (created,) = answer.json["created"]
        assert list(created) == ["imageId", "regionId", "tagName", "created", "tagId", "left", "top", "width", "height"]
        assert (answer.status, created["tagName"], created["left"]) == (200, None, 0.378543377)
        assert (answer.json["duplicated"], answer.json["exceeded"]) == ([], [])
        row = now(world, project, image)
        assert [one["tagName"] for one in row["tags"]] == ["Cat"]
        assert row["regions"] == [
            {name: value for name, value in created.items() if name != "imageId"} | {"tagName": "Cat"}
        ]
        query = {"regionIds": created["regionId"]}
        assert world.call(world.source, "DELETE", f"projects/{project.id}/images/regions", query).status == 204
        assert not {"tags", "regions"} & now(world, project, image).keys()

    def test_the_tag_goes_with_its_last_box(self, world: World, project: Project, image: Image) -> None:
        cat = project.tags[0].id
        boxes = [{"imageId": image.id, "tagId": cat, **BOX}, {"imageId": image.id, "tagId": cat, **BOX, "left": 0.1}]
        ids = [row["regionId"] for row in post(world, project, "regions", boxes).json["created"]]
        for left, region_id in zip((1, 0), ids, strict=True):
            world.call(world.source, "DELETE", f"projects/{project.id}/images/regions", {"regionIds": region_id})
            row = now(world, project, image)
            assert (len(row.get("regions", ())), len(row.get("tags", ()))) == (left, left)

    def test_duplicates_and_too_many(self, world: World, project: Project, image: Image) -> None:
        cat = project.tags[0].id
        row = {"imageId": image.id, "tagId": cat, **BOX}
        post(world, project, "regions", [row])
        answer = post(world, project, "regions", [row])
        assert (answer.status, answer.json["duplicated"], answer.json["created"]) == (207, [row], [])
        full = tuple(("Cat", number / 400, 0.1, 0.1, 0.1) for number in range(300))
        (other,) = world.emulator.put_images(world.source, project.id, [NewImage(boxes=full)])
        answer = post(world, project, "regions", [{**row, "imageId": other.id}])
        assert (answer.status, answer.json["exceeded"]) == (207, [{**row, "imageId": other.id}])

    def test_refusals(self, world: World, project: Project, image: Image) -> None:
        row = {"imageId": image.id, "tagId": project.tags[0].id, **BOX}
        for rows, code in (
            ([row] * 65, "BadRequestExceededBatchSize"),
            ([{**row, "left": 1.2}], "BadRequestImageRegions"),
            ([{**row, "width": None}], "BadRequestImageRegions"),
            ([{**row, "tagId": NOWHERE}], "NotFoundTag"),
        ):
            assert post(world, project, "regions", rows).json["code"] == code
        flat = world.emulator.add_project(world.source, "flat")
        assert post(world, flat, "regions", [row]).json["code"] == "BadRequestImageRegions"

"""The same for images, tags, training and exports: each answer against the official description."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from emulator import NewImage, Project
from emulator.state.pictures import draw
from tests.contract import test_emulator_openapi as openapi
from tests.contract.test_emulator_openapi import Checked

pytestmark = openapi.pytestmark

COMPACT = {
    "classification": "0732100f-1a38-4e49-a514-c9b44c697ab5",
    "detection": "a27d5ca5-bb19-49d8-a70a-fec086c47f5b",
}
BOX = {"left": 0.1, "top": 0.2, "width": 0.3, "height": 0.4}
NOWHERE = "00000000-0000-4000-a000-000000000000"


@pytest.fixture
def world() -> Checked:
    return Checked()


@pytest.fixture(params=["classification", "detection"])
def project(request: pytest.FixtureRequest, world: Checked) -> Project:
    kind = request.param
    project = world.emulator.add_project(
        world.source, "A", kind=kind, untagged=2, domain_id=COMPACT[kind], tags={"Cat": 15, "Dog": 15}
    )
    boxes = (("Cat", 0.1, 0.2, 0.3, 0.4),) if kind == "detection" else ()
    world.emulator.put_images(world.source, project.id, [NewImage(tags=("Cat",), boxes=boxes, metadata={"a": "b"})])
    return project


def post(world: Checked, operation: str, path: str, body: object, status: int = 200, **query: str) -> Any:
    return world.check(operation, "POST", path, status, query=query, body=json.dumps(body).encode())


def test_listing(world: Checked, project: Project) -> None:
    path = f"projects/{project.id}/images"
    for ratio in (0.0, 1.0):
        world.behaviour.relative_uris = ratio
        rows = world.check("GetImages", "GET", path, query={"take": "256", "orderBy": "Oldest"})
        assert len(rows) == 33
    world.check("GetTaggedImages", "GET", f"{path}/tagged")
    world.check("GetUntaggedImages", "GET", f"{path}/untagged")
    world.check("GetImagesByIds", "GET", f"{path}/id", query={"imageIds": rows[-1]["id"]})
    world.check("GetImages", "GET", path, 400, query={"take": "1000"})


def test_tags(world: Checked, project: Project) -> None:
    path = f"projects/{project.id}/tags"
    made = world.check("CreateTag", "POST", path, query={"name": "new", "description": "text", "type": "Negative"})
    body = json.dumps({**made, "name": "newer", "description": None}).encode()
    world.check("UpdateTag", "PATCH", f"{path}/{made['id']}", body=body)
    world.check("CreateTag", "POST", path, 400, query={"name": "newer"})
    world.check("DeleteTag", "DELETE", f"{path}/{made['id']}", 204)
    world.check("DeleteTag", "DELETE", f"{path}/{made['id']}", 404)


def test_uploads(world: Checked, project: Project) -> None:
    path = f"projects/{project.id}/images"
    cat = project.tags[0].id
    good: dict[str, Any] = {
        "name": "a",
        "contents": base64.b64encode(draw("jpeg", 9, 9, "a")).decode(),
        "tagIds": [cat],
    }
    if project.kind == "detection":
        good["regions"] = [{"tagId": cat, **BOX}]
    bad = {"contents": base64.b64encode(b"text").decode()}
    post(world, "CreateImagesFromFiles", f"{path}/files", {"images": [good]})
    post(world, "CreateImagesFromFiles", f"{path}/files", {"images": [good, bad], "metadata": {"a": "b"}}, 207)
    post(world, "CreateImagesFromFiles", f"{path}/files", {"images": []}, 400)
    world.check("CreateImagesFromData", "POST", path, body=draw("png", 9, 9, "b"), query={"tagIds": cat})
    world.check("CreateImagesFromData", "POST", path, 207, body=draw("png", 9, 9, "b"))


def test_labels(world: Checked, project: Project) -> None:
    path = f"projects/{project.id}/images"
    cat, dog = (tag.id for tag in project.tags[:2])
    image = world.emulator.images(world.source, project.id)[-1].id
    for _ in range(2):  # created, then duplicated
        post(world, "CreateImageTags", f"{path}/tags", {"tags": [{"imageId": image, "tagId": dog}]})
    world.check("DeleteImageTags", "DELETE", f"{path}/tags", 204, query={"imageIds": image, "tagIds": dog})
    for status, image_id in ((200, image), (207, NOWHERE)):
        post(world, "UpdateImageMetadata", f"{path}/metadata", {"c": "d"}, status, imageIds=image_id)
    regions = {"regions": [{"imageId": image, "tagId": cat, **BOX, "left": 0.5}]}
    if project.kind == "detection":
        made = post(world, "CreateImageRegions", f"{path}/regions", regions)["created"][0]["regionId"]
        post(world, "CreateImageRegions", f"{path}/regions", regions, 207)
        world.check("DeleteImageRegions", "DELETE", f"{path}/regions", 204, query={"regionIds": made})
    else:
        post(world, "CreateImageRegions", f"{path}/regions", regions, 400)
    world.check("DeleteImages", "DELETE", path, 204, query={"imageIds": image})
    world.check("DeleteImages", "DELETE", path, 202, query={"allImages": "true"})


def test_training_and_models(world: Checked, project: Project) -> None:
    path = f"projects/{project.id}"
    world.check(
        "TrainProject", "POST", f"{path}/train", query={"trainingType": "Advanced", "reservedBudgetInHours": "1"}
    )
    world.clock.sleep(5)
    inner = f"{path}/iterations/{project.iterations[-1].id}"
    world.check("UpdateIteration", "PATCH", inner, body=json.dumps({"name": "best"}).encode())
    rows = world.check("GetImagePerformances", "GET", f"{inner}/performance/images", query={"take": "256"})
    assert len(rows) == world.check("GetImagePerformanceCount", "GET", f"{inner}/performance/images/count") == 31
    for flavor in ("ONNX10", ""):
        query = {"platform": "ONNX", "flavor": flavor} if flavor else {"platform": "CoreML"}
        world.check("ExportIteration", "POST", f"{inner}/export", query=query)
    world.check("ExportIteration", "POST", f"{inner}/export", 400, query=query)
    world.check("GetExports", "GET", f"{inner}/export")
    world.clock.sleep(5)
    assert [row["status"] for row in world.check("GetExports", "GET", f"{inner}/export")] == ["Done", "Done"]
    world.check("TrainProject", "POST", f"{path}/train", 400)


def test_a_copys_images(world: Checked, project: Project) -> None:
    token = world.export(project.id)["token"]
    copy = world.check("ImportProject", "POST", "projects/import", query={"token": token})["id"]
    for seconds in (0, 1, 1):
        world.clock.sleep(seconds)
        world.check("GetImages", "GET", f"projects/{copy}/images", query={"take": "256"})

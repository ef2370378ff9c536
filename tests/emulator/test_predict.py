from __future__ import annotations

from typing import Any

import pytest

from emulator import Project, Request, Resource
from tests.emulator.driver import JPEG, Answer, World


def _form(image: bytes, name: str = "imageData") -> tuple[bytes, dict[str, str]]:
    head = f'--edge\r\nContent-Disposition: form-data; name="{name}"; filename="x.jpg"\r\n\r\n'
    other = '--edge\r\nContent-Disposition: form-data; name="note"\r\n\r\nhello\r\n'
    body = other.encode() + head.encode() + image + b"\r\n--edge--\r\n"
    return body, {"Content-Type": "multipart/form-data; boundary=edge"}


def _quick_test(world: World, resource: Resource, project: Project, image: bytes = JPEG, **query: str) -> Answer:
    body, headers = _form(image)
    path = f"projects/{project.id}/quicktest/image"
    return world.call(resource, "POST", path, {"store": "false"} | query, body, headers=headers)


def _essence(body: dict[str, Any]) -> list[tuple[object, ...]]:
    return [(one["tagName"], one["probability"], one["boundingBox"]) for one in body["predictions"]]


def _predict(
    world: World,
    resource: Resource,
    project: Project,
    kind: str,
    name: str,
    *,
    store: bool = True,
    key: str | None = None,
) -> Answer:
    tail = "image" if store else "image/nostore"
    path = f"{project.id}/{kind}/iterations/{name}/{tail}"
    return world.call(
        resource,
        "POST",
        path,
        body=JPEG,
        base="/customvision/v3.1/prediction/",
        headers={"Prediction-Key": key or resource.prediction_key, "Content-Type": "application/octet-stream"},
    )


def test_a_quick_test_of_a_multiclass_project(world: World) -> None:
    project = world.emulator.add_project(world.source, "A", tags={"a": 1, "b": 1, "c": 1})
    body = _quick_test(world, world.source, project).json
    assert body["project"] == project.id
    assert body["iteration"] == project.iterations[-1].id
    probabilities = [one["probability"] for one in body["predictions"]]
    assert probabilities == sorted(probabilities, reverse=True)
    assert sum(probabilities) == pytest.approx(1)
    assert {one["tagId"] for one in body["predictions"]} == {tag.id for tag in project.tags}
    assert {one["boundingBox"] for one in body["predictions"]} == {None}


def test_a_quick_test_of_a_detection_project_has_boxes_within_the_image(world: World) -> None:
    project = world.emulator.add_project(world.source, "A", kind="detection")
    for picture in range(50):
        for one in _quick_test(world, world.source, project, JPEG + bytes([picture])).json["predictions"]:
            box = one["boundingBox"]
            assert 0 <= box["left"] < box["left"] + box["width"] <= 1
            assert 0 <= box["top"] < box["top"] + box["height"] <= 1
            assert 0 < one["probability"] < 1


@pytest.mark.parametrize("kind", ["classification", "detection"])
def test_answers_follow_from_image_and_model(world: World, kind: Any) -> None:
    project = world.emulator.add_project(world.source, "A", kind=kind, iterations=("one", "two"))
    first = _essence(_quick_test(world, world.source, project).json)
    assert first == _essence(_quick_test(world, world.source, project).json)
    assert first != _essence(_quick_test(world, world.source, project, JPEG + b"!").json)
    older = project.iterations[0].id
    assert first != _essence(_quick_test(world, world.source, project, iterationId=older).json)


@pytest.mark.parametrize("kind", ["classification", "detection"])
@pytest.mark.parametrize("differ", [False, True])
def test_a_copy_answers_as_its_source_unless_told_otherwise(world: World, kind: Any, differ: bool) -> None:
    world.behaviour.copy_answers_differ = differ
    project = world.emulator.add_project(world.source, "A", kind=kind)
    copy = world.copied(project.id)
    one = _quick_test(world, world.source, project).json["predictions"]
    other = _quick_test(world, world.target, copy).json["predictions"]
    gap = max(abs(a["probability"] - b["probability"]) for a, b in zip(one, other, strict=True))
    assert (gap > 0.01) is differ
    if not differ:
        assert [(a["tagName"], a["boundingBox"]) for a in one] == [(b["tagName"], b["boundingBox"]) for b in other]


def test_a_quick_test_needs_a_trained_iteration(world: World) -> None:
    project = world.emulator.add_project(world.source, "A", iterations=())
    assert _quick_test(world, world.source, project).json["code"] == "NotFoundProjectDefaultIteration"
    raw = world.emulator.train(world.source, project.id, status="Failed")
    answer = _quick_test(world, world.source, project, iterationId=raw.id)
    assert answer.json["code"] == "BadRequestIterationIsNotTrained"


@pytest.mark.parametrize("magic", [b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a", b"BM"])
def test_formats(world: World, magic: bytes) -> None:
    project = world.emulator.add_project(world.source, "A")
    assert _quick_test(world, world.source, project, magic + b"rest").status == 200


@pytest.mark.parametrize(
    ("image", "code"),
    [
        (b"", "BadRequestImageStream"),
        (b"plain text", "BadRequestImageFormat"),
        (b"\xff\xd8\xff" + bytes(4 * 1024 * 1024 - 2), "BadRequestImageSizeBytes"),
    ],
)
def test_images_that_are_refused(world: World, image: bytes, code: str) -> None:
    project = world.emulator.add_project(world.source, "A")
    answer = _quick_test(world, world.source, project, image)
    assert (answer.status, answer.json["code"]) == (400, code)


def test_an_image_of_exactly_4_mb(world: World) -> None:
    project = world.emulator.add_project(world.source, "A")
    image = b"\xff\xd8\xff" + bytes(4 * 1024 * 1024 - 3)
    assert _quick_test(world, world.source, project, image).status == 200


def test_the_form_must_hold_the_image(world: World) -> None:
    project = world.emulator.add_project(world.source, "A")
    body, headers = _form(JPEG, "else")
    path = f"projects/{project.id}/quicktest/image"
    for content_type in (headers["Content-Type"], "multipart/form-data"):
        answer = world.call(world.source, "POST", path, body=body, headers={"Content-Type": content_type})
        assert answer.json["code"] == "BadRequestImageStream"


def test_form_and_plain_body_give_the_same(world: World) -> None:
    project = world.emulator.add_project(world.source, "A")
    path = f"projects/{project.id}/quicktest/image"
    plain = world.call(world.source, "POST", path, body=JPEG)
    assert _essence(plain.json) == _essence(_quick_test(world, world.source, project).json)


@pytest.mark.parametrize(("kind", "verb"), [("classification", "classify"), ("detection", "detect")])
def test_the_prediction_endpoint(world: World, kind: Any, verb: str) -> None:
    project = world.emulator.add_project(world.source, "A", kind=kind)
    world.emulator.publish(world.source, project.id, "live model")
    for store in (True, False):
        answer = _predict(world, world.source, project, verb, "live%20model", store=store)
        assert answer.status == 200
        assert _essence(answer.json) == _essence(_quick_test(world, world.source, project).json)
    other = {"classify": "detect", "detect": "classify"}[verb]
    answer = _predict(world, world.source, project, other, "live%20model")
    assert (answer.status, answer.json["code"]) == (404, "NotFoundIteration")
    answer = _predict(world, world.source, project, verb, "else")
    assert (answer.status, answer.json["code"]) == (404, "NotFoundIteration")
    world.emulator.unpublish(world.source, project.id)
    assert _predict(world, world.source, project, verb, "live%20model").status == 404


def test_predictions_need_the_prediction_key(world: World) -> None:
    project = world.emulator.add_project(world.source, "A")
    world.emulator.publish(world.source, project.id, "live")
    for key in (world.source.training_key, world.target.prediction_key, "wrong"):
        answer = _predict(world, world.source, project, "classify", "live", key=key)
        assert (answer.status, answer.json["error"]["code"]) == (401, "401")


def test_a_project_may_be_served_by_another_resources_prediction_side(world: World) -> None:
    project = world.emulator.add_project(world.source, "A")
    world.emulator.publish(world.source, project.id, "live", prediction_id=world.target.prediction_resource_id.upper())
    assert _predict(world, world.target, project, "classify", "live").status == 200
    assert _predict(world, world.source, project, "classify", "live").status == 404


def test_a_foreign_prediction_resource_is_served_by_the_owner(world: World) -> None:
    project = world.emulator.add_project(world.source, "A")
    arm_id = "/subscriptions/s/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/real"
    world.emulator.publish(world.source, project.id, "live", prediction_id=arm_id)
    assert _predict(world, world.source, project, "classify", "live").status == 200
    assert _predict(world, world.target, project, "classify", "live").status == 404


def test_an_unknown_project_is_not_served(world: World) -> None:
    path = "00000000-0000-4000-a000-000000000000/classify/iterations/live/image"
    headers = {"Prediction-Key": world.source.prediction_key, "Content-Length": "0"}
    request = Request("POST", f"/customvision/v3.1/Prediction/{path}", {}, headers)
    assert world.emulator.handle(world.source, request).status == 404

"""The emulator's answers against the official OpenAPI descriptions, which are looked for beside the repository.

Where recorded traffic has a null that the description does not allow, the traffic is right: TOLERATED lists these
fields, each with where the null was seen, and nothing else is tolerated.
"""

from __future__ import annotations

import json
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from tests.emulator.driver import JPEG, World

if TYPE_CHECKING:
    from emulator import Project

FOLDER = Path(__file__).parents[3] / "shared" / "api"
TRAINING = FOLDER / "training-v3.3.json"
PREDICTION = FOLDER / "prediction-v3.1.json"
BASE = "/customvision/v3.3/training/"

pytestmark = pytest.mark.skipif(
    not (TRAINING.is_file() and PREDICTION.is_file()), reason="the folder shared/api is not beside the repository"
)

TOLERATED = {
    ("Project", "thumbnailUri"),  # ImportExportProject: null while it is importing
    ("ProjectSettings", "detectionParameters"),  # ImportExportProject
    ("Tag", "description"),  # ImportExportProject
    ("Iteration", "exportableTo"),  # TrainAndPublishProject: null while it is queued; ImportExportProject
    ("Iteration", "publishName"),  # all recordings, where it is not published
    ("Iteration", "originalPublishResourceId"),  # the same
    ("Export", "downloadUri"),  # the vendor's ExportTests: null until it is done
    ("ImageRegionCreateResult", "tagName"),  # the vendor's RegionManipulation
    ("ImageCreateResult", "image"),  # of an image that failed: microsoft/Cognitive-CustomVision-Windows#20
    ("ImageCreateResult", "sourceUrl"),  # of an image without a name: a guess, by analogy
}


def _schema(node: Any, definition: str = "") -> Any:
    """Swagger 2 to JSON Schema: `x-nullable` becomes a type more; unknown fields are mistakes of the emulator."""
    if isinstance(node, list):
        return [_schema(item) for item in node]
    if not isinstance(node, dict):
        return node
    result = {key: _schema(value) for key, value in node.items() if key not in {"properties", "x-nullable"}}
    if "properties" in node:
        result["additionalProperties"] = False
        result["properties"] = {
            name: _nullable(_schema(value))
            if value.get("x-nullable") or (definition, name) in TOLERATED
            else _schema(value)
            for name, value in node["properties"].items()
        }
    return result


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [{"type": "null"}, schema]}


@cache
def _description(file: Path) -> dict[str, Any]:
    description: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return description


@cache
def _definitions(file: Path) -> dict[str, Any]:
    return {name: _schema(node, name) for name, node in _description(file)["definitions"].items()}


def _validate(file: Path, operation: str, status: int, body: object) -> None:
    """Check an answer against what the description says of the operation; errors against `default`."""
    for methods in _description(file)["paths"].values():
        for one in methods.values():
            if isinstance(one, dict) and one.get("operationId") == operation:
                responses = one["responses"]
                declared = responses.get(str(status), responses["default"])
                assert "schema" in declared or body is None
                if body is not None:
                    schema = _schema(declared["schema"]) | {"definitions": _definitions(file)}
                    Draft202012Validator(schema, format_checker=FormatChecker()).validate(body)
                return
    raise AssertionError(f"the description knows no {operation}")


class Checked(World):
    """A world whose every answer is checked."""

    def check(self, operation: str, method: str, path: str, status: int = 200, **rest: Any) -> Any:
        answer = self.call(self.source, method, path, **rest)
        assert self.emulator.log[-1].operation == operation
        assert answer.status == status, answer
        _validate(TRAINING, operation, status, answer.json)
        return answer.json


@pytest.fixture
def world() -> Checked:
    return Checked()


@pytest.fixture(params=["classification", "detection"])
def project(request: pytest.FixtureRequest, world: Checked) -> Project:
    return world.emulator.add_project(
        world.source, "A", kind=request.param, untagged=2, negative="none", description="text"
    )


def test_reading(world: Checked, project: Project) -> None:
    path = f"projects/{project.id}"
    world.check("GetDomains", "GET", "domains")
    world.check("GetDomain", "GET", f"domains/{project.settings.domain_id}")
    world.check("GetProjects", "GET", "projects")
    world.check("GetProject", "GET", path)
    world.check("GetTags", "GET", f"{path}/tags")
    world.check("GetTag", "GET", f"{path}/tags/{project.tags[0].id}")
    world.check("GetIterations", "GET", f"{path}/iterations")
    iteration = f"{path}/iterations/{project.iterations[0].id}"
    world.check("GetIteration", "GET", iteration)
    world.check("GetIterationPerformance", "GET", f"{iteration}/performance", query={"threshold": "0.7"})
    for count in ("Image", "TaggedImage", "UntaggedImage"):
        tail = count.removesuffix("Image").lower()
        world.check(f"Get{count}Count", "GET", f"{path}/images/{tail}/count".replace("//", "/"))


def test_null_average_precision_is_valid(world: Checked, project: Project) -> None:
    world.emulator.set_metrics(world.source, project.id, {"averagePrecision": None})
    path = f"projects/{project.id}/iterations/{project.iterations[0].id}/performance"
    assert world.check("GetIterationPerformance", "GET", path)["averagePrecision"] is None


def test_writing(world: Checked, project: Project) -> None:
    created = world.check("CreateProject", "POST", "projects", query={"name": "B"})
    body = json.dumps({"name": "C", "description": ""}).encode()
    world.check("UpdateProject", "PATCH", f"projects/{created['id']}", body=body)
    world.check("DeleteProject", "DELETE", f"projects/{created['id']}", 204)
    path = f"projects/{project.id}"
    iteration = f"{path}/iterations/{project.iterations[0].id}"
    publishing = {"publishName": "live", "predictionId": world.source.prediction_resource_id}
    world.check("PublishIteration", "POST", f"{iteration}/publish", query=publishing)
    world.check("GetIteration", "GET", iteration)
    world.check("UnpublishIteration", "DELETE", f"{iteration}/publish", 204)
    enough = world.emulator.add_project(world.source, "E", kind=project.kind, tags={"a": 15, "b": 15}, iterations=())
    for seconds in (0, 3, 3):
        world.clock.sleep(seconds)
        if not seconds:
            world.check("TrainProject", "POST", f"projects/{enough.id}/train")
        world.check("GetIterations", "GET", f"projects/{enough.id}/iterations")
        world.check("GetIterations", "GET", f"{path}/iterations")
    world.check("DeleteIteration", "DELETE", iteration, 204)


def test_export_and_import(world: Checked, project: Project) -> None:
    token = world.check("ExportProject", "GET", f"projects/{project.id}/export")["token"]
    copy = world.check("ImportProject", "POST", "projects/import", query={"token": token})["id"]
    for seconds in (0, 1, 1):
        world.clock.sleep(seconds)
        world.check("GetProject", "GET", f"projects/{copy}")
        world.check("GetTags", "GET", f"projects/{copy}/tags")
        world.check("GetIterations", "GET", f"projects/{copy}/iterations")


def test_predicting(world: Checked, project: Project) -> None:
    world.check("QuickTestImage", "POST", f"projects/{project.id}/quicktest/image", body=JPEG)
    world.emulator.publish(world.source, project.id, "live")
    verb, operation = ("detect", "DetectImage") if project.kind == "detection" else ("classify", "ClassifyImage")
    for tail, name in (("image", operation), ("image/nostore", f"{operation}WithNoStore")):
        answer = world.call(
            world.source,
            "POST",
            f"{project.id}/{verb}/iterations/live/{tail}",
            body=JPEG,
            base="/customvision/v3.1/prediction/",
            headers={"Prediction-Key": world.source.prediction_key},
        )
        assert answer.status == 200
        _validate(PREDICTION, name, 200, answer.json)


@pytest.mark.parametrize(
    ("operation", "method", "path", "status"),
    [
        ("GetProject", "GET", "projects/00000000-0000-4000-a000-000000000000", 404),
        ("GetProject", "GET", "projects/nonsense", 400),
        ("ImportProject", "POST", "projects/import", 400),
        ("CreateProject", "POST", "projects", 400),
        ("UpdateProject", "PATCH", "projects/{id}", 400),
        ("PublishIteration", "POST", "projects/{id}/iterations/{iteration}/publish", 400),
        ("QuickTestImage", "POST", "projects/{id}/quicktest/image", 400),
    ],
)
def test_the_services_errors(world: Checked, operation: str, method: str, path: str, status: int) -> None:
    project = world.emulator.add_project(world.source, "A")
    filled = path.format(id=project.id, iteration=project.iterations[0].id)
    world.check(operation, method, filled, status)


def test_only_what_was_recorded_is_tolerated(world: Checked, project: Project) -> None:
    """The check itself is checked: each tolerated null is refused by the description as it is."""
    body = world.get(world.source, f"projects/{project.id}/iterations")
    strict = deepcopy(_description(TRAINING))["definitions"]["Iteration"]
    for name in ("publishName", "originalPublishResourceId"):
        assert body[0][name] is None
        assert not strict["properties"][name].get("x-nullable")
    for spoiled in ({"id": None}, {"status": 5}, {"unknownField": 1}, {"created": None}):
        answer = [body[0] | spoiled]
        with pytest.raises(Exception, match=r"is not|Additional properties"):
            _validate(TRAINING, "GetIterations", 200, answer)

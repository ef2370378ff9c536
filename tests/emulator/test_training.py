"""Training and the export of models: what is refused, how long it takes, how it ends."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from emulator import NewImage, Project
from tests.emulator.test_images import blob

if TYPE_CHECKING:
    from tests.emulator.driver import Answer, World

COMPACT = "0732100f-1a38-4e49-a514-c9b44c697ab5"


def train(world: World, project: Project, query: dict[str, str] | None = None, body: bytes = b"") -> Answer:
    return world.call(world.source, "POST", f"projects/{project.id}/train", query or {}, body)


@pytest.fixture
def project(world: World) -> Project:
    return world.emulator.add_project(world.source, "A", domain_id=COMPACT, iterations=())


def test_nothing_new_is_not_trained_unless_forced(world: World, project: Project) -> None:
    assert train(world, project).status == 200
    world.clock.sleep(5)
    answer = train(world, project)
    assert (answer.status, answer.json["code"]) == (400, "BadRequestTrainingNotNeeded")
    assert train(world, project, {"forceTrain": "true"}).json["name"] == "Iteration 2"
    world.clock.sleep(5)
    world.emulator.add_images(world.source, project.id, tag="Tag1")
    assert train(world, project).json["name"] == "Iteration 3"


def test_a_copy_can_be_trained_as_it_is(world: World) -> None:
    copy = world.copied(world.emulator.add_project(world.source, "A").id)
    assert world.call(world.target, "POST", f"projects/{copy.id}/train").status == 200


@pytest.mark.parametrize(
    ("kind", "tags", "code"),
    [
        ("classification", {"a": 5, "b": 4}, "BadRequestClassificationTrainingValidationFailed"),
        ("classification", {"a": 5}, "BadRequestClassificationTrainingValidationFailed"),
        ("detection", {"a": 15, "b": 14}, "BadRequestDetectionTrainingValidationFailed"),
        ("detection", {}, "BadRequestDetectionTrainingValidationFailed"),
    ],
)
def test_too_few_images(world: World, kind: Any, tags: dict[str, int], code: str) -> None:
    project = world.emulator.add_project(world.source, "A", kind=kind, tags=tags, iterations=())
    answer = train(world, project)
    assert (answer.status, answer.json["code"]) == (400, code)


def test_two_tags_on_an_image_of_exclusive_tags(world: World, project: Project) -> None:
    world.emulator.put_images(world.source, project.id, [NewImage(tags=("Tag1", "Tag2"))])
    assert train(world, project).json["code"] == "BadRequestMultiClassClassificationTrainingValidationFailed"


def test_no_negative_tag_for_detection(world: World) -> None:
    project = world.emulator.add_project(world.source, "A", kind="detection", tags={"a": 15}, negative="none")
    assert train(world, project).json["code"] == "BadRequestDetectionTrainingNotAllowNegativeTag"


def test_advanced_training_needs_a_budget(world: World, project: Project) -> None:
    answer = train(world, project, {"trainingType": "Advanced"})
    assert answer.json["code"] == "BadRequestReservedBudgetInHoursNotEnoughForAdvancedTraining"
    iteration = train(world, project, {"trainingType": "Advanced", "reservedBudgetInHours": "3"}).json
    assert (iteration["trainingType"], iteration["reservedBudgetInHours"]) == ("Advanced", 3)
    assert train(world, project, {"trainingType": "Odd"}).status == 400


def test_some_tags_only(world: World, project: Project) -> None:
    world.emulator.add_images(world.source, project.id, 5, tag="Third")
    chosen = [tag.id for tag in project.tags if tag.name != "Third"]
    body = json.dumps({"selectedTags": chosen}).encode()
    iteration = train(world, project, body=body).json["id"]
    tags = world.get(world.source, f"projects/{project.id}/tags", iterationId=iteration)
    assert {tag["id"] for tag in tags} == set(chosen)
    world.clock.sleep(5)
    unknown = json.dumps({"selectedTags": ["00000000-0000-4000-a000-000000000000"]}).encode()
    assert train(world, project, body=unknown).json["code"] == "NotFoundTag"


@pytest.mark.parametrize(("outcome", "status"), [("failed", "Failed"), ("never", "Training")])
def test_trainings_that_do_not_succeed(world: World, project: Project, outcome: str, status: str) -> None:
    world.behaviour.training_seconds, world.behaviour.training_outcomes = 60, [outcome]
    iteration = train(world, project).json["id"]
    world.clock.sleep(3600)
    path = f"projects/{project.id}/iterations/{iteration}"
    told = world.get(world.source, path)
    assert (told["status"], "trainedAt" in told) == (status, False)
    assert world.call(world.source, "GET", f"{path}/performance").status == 404


def test_an_iteration_renamed(world: World, project: Project) -> None:
    for name in ("one", "two"):
        world.emulator.train(world.source, project.id, name=name)
    path = f"projects/{project.id}/iterations/{project.iterations[0].id}"

    def rename(name: str) -> Any:
        return world.call(world.source, "PATCH", path, body=json.dumps({"name": name}).encode()).json

    assert rename("Best")["name"] == "Best"
    assert rename("two")["code"] == "BadRequestIterationNameNotUnique"
    assert rename(" ")["code"] == "BadRequestIterationName"


class TestModels:
    @pytest.fixture
    def path(self, world: World, project: Project) -> str:
        world.behaviour.relative_uris = 0
        iteration = world.emulator.train(world.source, project.id)
        return f"projects/{project.id}/iterations/{iteration.id}/export"

    def start(self, world: World, path: str, **query: str) -> Answer:
        return world.call(world.source, "POST", path, query)

    def test_as_recorded(self, world: World, project: Project, path: str) -> None:
        exporting = {
            "platform": "TensorFlow",
            "status": "Exporting",
            "downloadUri": None,
            "flavor": None,
            "newerVersionAvailable": False,
        }
        assert world.get(world.source, path) == []
        assert self.start(world, path, platform="TensorFlow").json == exporting
        assert world.get(world.source, path) == [exporting]
        again = self.start(world, path, platform="TensorFlow").json
        assert again["code"] == "BadRequestExportAlreadyInProgress"
        world.clock.sleep(2)
        (done,) = world.get(world.source, path)
        iteration = project.iterations[0].id.replace("-", "")
        assert done["status"] == "Done"
        assert f"/m-{project.id.replace('-', '')}/{iteration}.TensorFlow.zip?sv=" in done["downloadUri"]
        with zipfile.ZipFile(io.BytesIO(blob(world, done["downloadUri"]).body)) as archive:
            assert archive.read("labels.txt") == b"Tag1\nTag2"
            assert archive.testzip() is None

    def test_flavours_are_exports_of_their_own(self, world: World, path: str) -> None:
        for flavor in ("ONNX10", "ONNX12"):
            assert self.start(world, path, platform="ONNX", flavor=flavor).json["flavor"] == flavor
        world.clock.sleep(2)
        assert len({row["downloadUri"] for row in world.get(world.source, path)}) == 2

    @pytest.mark.parametrize(("outcome", "status"), [("failed", "Failed"), ("never", "Exporting")])
    def test_exports_that_do_not_succeed(self, world: World, path: str, outcome: str, status: str) -> None:
        world.behaviour.export_outcomes = [outcome]
        self.start(world, path, platform="CoreML")
        world.clock.sleep(3600)
        (row,) = world.get(world.source, path)
        assert (row["status"], row["downloadUri"]) == (status, None)

    def test_refusals(self, world: World, path: str) -> None:
        for query in ({}, {"platform": "Odd"}, {"platform": "CoreML", "flavor": "ONNX10"}):
            assert self.start(world, path, **query).json["code"] == "BadRequestExportValidationFailed"
        general = world.emulator.add_project(world.source, "B")
        inner = f"projects/{general.id}/iterations/{general.iterations[0].id}/export"
        assert self.start(world, inner, platform="ONNX").json["code"] == "BadRequestExportValidationFailed"
        untrained = world.emulator.train(world.source, general.id, status="Training")
        inner = f"projects/{general.id}/iterations/{untrained.id}/export"
        assert self.start(world, inner, platform="ONNX").json["code"] == "BadRequestIterationIsNotTrained"

    def test_a_relative_address(self, world: World, project: Project, path: str) -> None:
        world.behaviour.relative_uris = 1
        self.start(world, path, platform="VAIDK")
        world.clock.sleep(2)
        address = world.get(world.source, path)[0]["downloadUri"]
        assert world.artifact(project.id, address).body.startswith(b"PK")

    def test_a_copy_has_none(self, world: World, project: Project, path: str) -> None:
        self.start(world, path, platform="VAIDK")
        copy = world.copied(project.id)
        assert copy.iterations[0].exports == []


class TestPerformanceOfImages:
    def test_those_that_were_there_at_the_training(self, world: World, project: Project) -> None:
        world.emulator.add_images(world.source, project.id, 3)
        iteration = world.emulator.train(world.source, project.id)
        world.clock.sleep(60)
        world.emulator.images(world.source, project.id)
        world.emulator.add_images(world.source, project.id, tag="Tag1")
        path = f"projects/{project.id}/iterations/{iteration.id}/performance/images"
        rows = world.get(world.source, path, take="256")
        assert len(rows) == world.get(world.source, f"{path}/count") == 10
        assert "originalImageUri" not in rows[0]
        assert {prediction["tagName"] for prediction in rows[0]["predictions"]} == {"Tag1", "Tag2"}
        assert rows[0]["predictions"] != rows[1]["predictions"]
        only = {"tagIds": project.tags[0].id}
        assert len(world.get(world.source, path, **only)) == world.get(world.source, f"{path}/count", **only) == 5

    def test_the_same_for_a_copy(self, world: World, project: Project) -> None:
        world.emulator.train(world.source, project.id)
        told = []
        for resource, one in ((world.source, project), (world.target, world.copied(project.id))):
            path = f"projects/{one.id}/iterations/{one.iterations[0].id}/performance/images"
            rows = world.get(resource, path, take="256")
            told.append(sorted([(p["tagName"], p["probability"]) for p in row["predictions"]] for row in rows))
        assert told[0] == told[1]
        assert len(told[0]) == 10

    def test_none_of_an_untrained_one(self, world: World, project: Project) -> None:
        untrained = world.emulator.train(world.source, project.id, status="Training")
        path = f"projects/{project.id}/iterations/{untrained.id}/performance/images"
        assert world.call(world.source, "GET", path).json["code"] == "NotFoundIterationPerformance"

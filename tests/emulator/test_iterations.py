from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from emulator import NO_METRICS, Metrics, Project, Scores

if TYPE_CHECKING:
    from tests.emulator.driver import Answer, World

ARM_ID = "/subscriptions/s/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/p"


@pytest.fixture
def project(world: World) -> Project:
    return world.emulator.add_project(world.source, "A", iterations=("one", "two"))


def _publish(world: World, project: Project, number: int = 0, **query: str) -> Answer:
    path = f"projects/{project.id}/iterations/{project.iterations[number].id}/publish"
    return world.call(
        world.source, "POST", path, {"publishName": "live", "predictionId": ARM_ID, "overwrite": "false"} | query
    )


def _unpublish(world: World, project: Project, number: int = 0) -> Answer:
    path = f"projects/{project.id}/iterations/{project.iterations[number].id}/publish"
    return world.call(world.source, "DELETE", path)


def _performance(world: World, project: Project, number: int = -1, **query: str) -> Answer:
    path = f"projects/{project.id}/iterations/{project.iterations[number].id}/performance"
    return world.call(world.source, "GET", path, query)


def test_publish(world: World, project: Project) -> None:
    answer = _publish(world, project)
    assert (answer.status, answer.json) == (200, True)
    body = world.get(world.source, f"projects/{project.id}/iterations/{project.iterations[0].id}")
    assert (body["publishName"], body["originalPublishResourceId"]) == ("live", ARM_ID)


@pytest.mark.parametrize(
    "target",
    ["", "p", "00000000-0000-4000-a000-000000000000", "https://p.cognitiveservices.azure.com/", f"{ARM_ID}/x"],
)
def test_publish_to_what_is_no_prediction_resource(world: World, project: Project, target: str) -> None:
    answer = _publish(world, project, predictionId=target)
    assert (answer.status, answer.json["code"]) == (400, "BadRequestInvalidPublishTarget")


@pytest.mark.parametrize("overwrite", ["false", "true"])
def test_publish_again_is_refused_even_with_overwrite(world: World, project: Project, overwrite: str) -> None:
    _publish(world, project)
    answer = _publish(world, project, overwrite=overwrite)
    assert answer.status == 400
    assert answer.json == {
        "code": "BadRequestIterationIsPublished",
        "message": "Iteration is already published as: live",
    }


def test_a_name_in_use_is_taken_over_with_overwrite_alone(world: World, project: Project) -> None:
    _publish(world, project)
    answer = _publish(world, project, 1)
    assert (answer.status, answer.json["code"]) == (400, "BadRequestInvalidPublishName")
    assert _publish(world, project, 1, overwrite="true").status == 200
    assert [iteration.publish_name for iteration in project.iterations] == [None, "live"]


def test_a_name_may_serve_in_two_projects(world: World, project: Project) -> None:
    other = world.emulator.add_project(world.source, "B")
    assert _publish(world, project).status == _publish(world, other).status == 200


@pytest.mark.parametrize("status", ["New", "Training", "Staging", "Failed"])
def test_publish_what_is_not_trained(world: World, project: Project, status: str) -> None:
    world.emulator.train(world.source, project.id, status=status)
    answer = _publish(world, project, -1)
    assert (answer.status, answer.json["code"]) == (400, "BadRequestIterationIsNotTrained")


def test_publish_without_a_name(world: World, project: Project) -> None:
    assert _publish(world, project, publishName="").json["code"] == "BadRequestInvalidPublishName"


def test_unpublish(world: World, project: Project) -> None:
    _publish(world, project)
    assert _unpublish(world, project).status == 204
    assert project.published == []
    answer = _unpublish(world, project)
    assert (answer.status, answer.json["code"]) == (400, "BadRequestIterationNotPublished")


@pytest.mark.parametrize("touches", [False, True])
def test_whether_publishing_touches_the_project(world: World, project: Project, touches: bool) -> None:
    world.behaviour.publish_touches_project = touches
    before = project.last_modified
    for change in (_publish, _unpublish):
        world.clock.sleep(5)
        change(world, project)
        assert project.last_modified == (world.clock.moment if touches else before)


def test_delete_an_iteration(world: World, project: Project) -> None:
    path = f"projects/{project.id}/iterations/{project.iterations[0].id}"
    _publish(world, project)
    assert world.call(world.source, "DELETE", path).json["code"] == "BadRequestIterationIsPublished"
    _unpublish(world, project)
    assert world.call(world.source, "DELETE", path).status == 204
    assert [iteration.name for iteration in project.iterations] == ["two"]


def test_training_goes_through_its_states(world: World, project: Project) -> None:
    world.emulator.add_images(world.source, project.id, 5, tag="Tag1")
    answer = world.call(world.source, "POST", f"projects/{project.id}/train")
    assert (answer.json["name"], answer.json["status"]) == ("Iteration 3", "Training")
    assert "trainedAt" not in answer.json
    again = world.call(world.source, "POST", f"projects/{project.id}/train")
    assert again.json["code"] == "BadRequestTrainingAlreadyInProgress"
    path = f"projects/{project.id}/iterations/{answer.json['id']}"
    assert world.get(world.source, path)["domainId"] is None
    world.clock.sleep(2)
    assert world.get(world.source, path)["domainId"] == project.settings.domain_id
    world.clock.sleep(3)
    trained = world.get(world.source, path)
    assert (trained["status"], trained["trainedAt"]) == ("Completed", "2026-03-01T12:00:05.123Z")


def test_at_most_twenty_iterations(world: World) -> None:
    names = [f"I{number}" for number in range(20)]
    project = world.emulator.add_project(world.source, "A", iterations=names)
    answer = world.call(world.source, "POST", f"projects/{project.id}/train")
    assert answer.json["code"] == "BadRequestExceedIterationPerProjectLimit"


def test_fields_of_newer_versions(world: World, project: Project) -> None:
    path = f"projects/{project.id}/iterations"
    new = {"customBaseModelInfo", "trainingErrorDetails"}
    (old_one, _) = world.get(world.source, path)
    (new_one, _) = world.call(world.source, "GET", path, base="/customvision/v3.4-preview/training/").json
    assert set(new_one) - set(old_one) == new
    assert (old_one["exportableTo"], new_one["exportableTo"]) == ([], None)


def test_a_compact_domain_is_exportable(world: World) -> None:
    compact = "0732100f-1a38-4e49-a514-c9b44c697ab5"
    project = world.emulator.add_project(world.source, "A", domain_id=compact)
    (iteration,) = world.get(world.source, f"projects/{project.id}/iterations")
    assert iteration["exportable"] is True
    assert "ONNX" in iteration["exportableTo"]


def test_metrics_depend_on_the_threshold(world: World, project: Project) -> None:
    low, high = (_performance(world, project, threshold=threshold).json for threshold in ("0.1", "0.9"))
    assert low["precision"] < high["precision"]
    assert low["recall"] > high["recall"]
    assert low["perTagPerformance"][0]["recall"] > high["perTagPerformance"][0]["recall"]


def test_metrics_depend_on_the_overlap_for_detection_alone(world: World, project: Project) -> None:
    detection = world.emulator.add_project(world.source, "D", kind="detection")
    for one, differs in ((project, False), (detection, True)):
        low, high = (_performance(world, one, overlapThreshold=overlap).json for overlap in ("0.1", "0.9"))
        assert (low["averagePrecision"] > high["averagePrecision"]) is differs
        assert (low != high) is differs


def test_the_defaults_of_the_thresholds(world: World) -> None:
    project = world.emulator.add_project(world.source, "D", kind="detection")
    bare = _performance(world, project).json
    assert bare == _performance(world, project, threshold="0.5", overlapThreshold="0.3").json


@pytest.mark.parametrize("threshold", ["-0.1", "1.1", "high", "nan"])
def test_a_threshold_that_is_none(world: World, project: Project, threshold: str) -> None:
    assert _performance(world, project, threshold=threshold).status == 400


def test_iterations_have_different_metrics_and_copies_the_same(world: World, project: Project) -> None:
    one, two = (_performance(world, project, number).json for number in (0, 1))
    assert one["precision"] != two["precision"]
    copy = world.copied(project.id)
    path = f"projects/{copy.id}/iterations/{copy.iterations[1].id}/performance"
    copied = world.get(world.target, path)
    assert copied["precision"] == two["precision"]
    by_name = {tag["name"]: tag["recall"] for tag in copied["perTagPerformance"]}
    assert by_name == {tag["name"]: tag["recall"] for tag in two["perTagPerformance"]}


def test_metrics_given_by_a_test(world: World, project: Project) -> None:
    world.emulator.train(
        world.source,
        project.id,
        metrics={
            "precision": 0.9,
            "recall": 0.8,
            "averagePrecision": None,
            "tags": {"Tag1": {"precision": 0.4, "averagePrecision": 0.3}},
        },
    )
    for body in (_performance(world, project).json, _performance(world, project, threshold="0.9").json):
        assert (body["precision"], body["recall"], body["averagePrecision"]) == (0.9, 0.8, None)
        first, second = body["perTagPerformance"]
        assert (first["precision"], first["recall"], first["averagePrecision"]) == (0.4, 0.8, 0.3)
        assert (second["precision"], second["averagePrecision"]) == (0.9, None)
    copy = world.copied(project.id)
    path = f"projects/{copy.id}/iterations/{copy.iterations[-1].id}/performance"
    assert world.get(world.target, path)["precision"] == 0.9


def test_no_metrics_at_all(world: World, project: Project) -> None:
    world.emulator.set_metrics(world.source, project.id, NO_METRICS, iteration="one")
    answer = _performance(world, project, 0)
    assert (answer.status, answer.json["code"]) == (404, "NotFoundIterationPerformance")
    assert _performance(world, project, 1).status == 200
    world.emulator.set_metrics(world.source, project.id, Metrics(Scores(1.0, 1.0, 1.0)), iteration="one")
    assert _performance(world, project, 0).json["precision"] == 1.0
    world.emulator.set_metrics(world.source, project.id, None, iteration="one")
    assert _performance(world, project, 0).json["precision"] < 1.0


@pytest.mark.parametrize("status", ["New", "Training", "Failed"])
def test_no_metrics_before_the_training_is_over(world: World, project: Project, status: str) -> None:
    world.emulator.train(world.source, project.id, status=status)
    assert _performance(world, project).json["code"] == "NotFoundIterationPerformance"


def test_the_portal_does_not_know_that_iteration(world: World, project: Project) -> None:
    with pytest.raises(LookupError, match="three"):
        world.emulator.publish(world.source, project.id, "live", iteration="three")


def test_metrics_of_a_project_without_tags(world: World) -> None:
    project = world.emulator.add_project(world.source, "A", tags={})
    body: Any = _performance(world, project).json
    assert (body["perTagPerformance"], body["precision"]) == ([], 0.0)

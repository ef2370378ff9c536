"""The vendor's own Python SDK drives the emulator over HTTP. It speaks v3.4-preview, in its own spelling of paths."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from emulator import Behaviour, Emulator, Project, Resource, Server
from tests.emulator.driver import JPEG

if TYPE_CHECKING:
    from collections.abc import Iterator

training = pytest.importorskip("azure.cognitiveservices.vision.customvision.training")
prediction = pytest.importorskip("azure.cognitiveservices.vision.customvision.prediction")
authentication = pytest.importorskip("msrest.authentication")


@dataclass
class Site:
    emulator: Emulator
    source: Resource
    target: Resource
    server: Server

    def trainer(self, resource: Resource, key: str | None = None) -> Any:
        credentials = authentication.ApiKeyCredentials(in_headers={"Training-key": key or resource.training_key})
        return training.CustomVisionTrainingClient(self.server.endpoint(resource.name), credentials)

    def predictor(self, resource: Resource) -> Any:
        credentials = authentication.ApiKeyCredentials(in_headers={"Prediction-key": resource.prediction_key})
        return prediction.CustomVisionPredictionClient(self.server.endpoint(resource.name), credentials)


@pytest.fixture
def site() -> Iterator[Site]:
    emulator = Emulator(behaviour=Behaviour(import_seconds=0))
    source, target = emulator.add_resource("source"), emulator.add_resource("target")
    with Server(emulator) as server:
        yield Site(emulator, source, target, server)


@pytest.fixture
def project(site: Site) -> Project:
    return site.emulator.add_project(site.source, "A", tags={"a": 3, "b": 4}, untagged=2, description="text")


def test_list_and_get(site: Site, project: Project) -> None:
    with site.trainer(site.source) as client:
        (listed,) = client.get_projects()
        got = client.get_project(project.id)
    for one in (listed, got):
        assert (one.id, one.name, one.description, one.status) == (project.id, "A", "text", "Succeeded")
        assert one.settings.domain_id == project.settings.domain_id
        assert one.created.microsecond == project.created.microsecond // 1000 * 1000


def test_export_and_import(site: Site, project: Project) -> None:
    with site.trainer(site.source) as client, site.trainer(site.target) as other:
        exported = client.export_project(project.id)
        assert (exported.image_count, exported.tag_count, exported.iteration_count) == (9, 4, 1)
        imported = other.import_project(exported.token, name="B")
        assert (imported.name, imported.status) == ("B", "Importing")
        copy = other.get_project(imported.id)
        assert copy.status == "Succeeded"
        assert {(tag.name, tag.image_count) for tag in other.get_tags(copy.id)} == {("a", 3), ("b", 4)}
        assert [iteration.name for iteration in other.get_iterations(copy.id)] == ["Iteration 1"]
        assert other.get_image_count(copy.id) == 9
        assert other.get_tagged_image_count(copy.id) == 7
        assert other.get_untagged_image_count(copy.id) == 2


def test_tags_iterations_and_performance(site: Site, project: Project) -> None:
    with site.trainer(site.source) as client:
        assert client.get_tag(project.id, project.tags[0].id).name == "a"
        (iteration,) = client.get_iterations(project.id)
        assert client.get_iteration(project.id, iteration.id).trained_at is not None
        performance = client.get_iteration_performance(project.id, iteration.id, threshold=0.9, overlap_threshold=0.3)
        assert {tag.name for tag in performance.per_tag_performance} == {"a", "b"}
        assert 0 < performance.precision <= 1
    assert site.emulator.log[-1].query == {"threshold": "0.9", "overlapThreshold": "0.3"}


def test_publish_predict_and_unpublish(site: Site, project: Project) -> None:
    iteration = project.iterations[0]
    with site.trainer(site.source) as client, site.predictor(site.source) as predictor:
        target = site.source.prediction_resource_id
        # The SDK's own model reads the answer `true` as it is.
        assert client.publish_iteration(project.id, iteration.id, "live", target, overwrite=False)
        assert client.get_iteration(project.id, iteration.id).publish_name == "live"
        quick = client.quick_test_image(project.id, io.BytesIO(JPEG), iteration_id=iteration.id, store=False)
        live = predictor.classify_image_with_no_store(project.id, "live", io.BytesIO(JPEG))
        assert [(one.tag_name, one.probability) for one in quick.predictions] == [
            (one.tag_name, one.probability) for one in live.predictions
        ]
        client.unpublish_iteration(project.id, iteration.id)
    assert iteration.publish_name is None


def test_detection(site: Site) -> None:
    project = site.emulator.add_project(site.source, "D", kind="detection")
    site.emulator.publish(site.source, project.id, "live")
    with site.predictor(site.source) as predictor:
        answer = predictor.detect_image(project.id, "live", io.BytesIO(JPEG))
    assert all(0 <= one.bounding_box.left < 1 for one in answer.predictions)


def test_create_update_and_delete(site: Site) -> None:
    with site.trainer(site.source) as client:
        made = client.create_project("new", description="text")
        made.name = "renamed"
        changed = client.update_project(made.id, made)
        assert (changed.name, changed.description) == ("renamed", "text")
        client.delete_project(made.id)
        assert client.get_projects() == []
        assert "General" in {domain.name for domain in client.get_domains()}


def test_training(site: Site, project: Project) -> None:
    for tag in ("a", "b"):
        site.emulator.add_images(site.source, project.id, 5, tag=tag)
    with site.trainer(site.source) as client:
        assert client.train_project(project.id).status == "Training"


def test_errors_arrive_as_the_sdks_own(site: Site, project: Project) -> None:
    errors = training.models.CustomVisionErrorException
    with site.trainer(site.source) as client:
        with pytest.raises(errors, match="Invalid Token") as caught:
            client.import_project("nonsense")
        assert caught.value.error.code == "BadRequestInvalidImportToken"
        with pytest.raises(errors) as caught:
            client.get_project("00000000-0000-4000-a000-000000000000")
        assert caught.value.error.code == "NotFoundProject"
    with site.trainer(site.source, "wrong") as client, pytest.raises(errors) as caught:
        client.get_projects()
    assert caught.value.response.status_code == 401

"""The vendor's own SDK on images: a project made, filled, labelled, trained, exported, and read back."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
import requests

from emulator import NewImage, Project
from emulator.state.formats import measure
from emulator.state.pictures import draw
from tests.contract import test_emulator_sdk as sdk

if TYPE_CHECKING:
    from tests.contract.test_emulator_sdk import Site

models = sdk.training.models
site = sdk.site
COMPACT = "a27d5ca5-bb19-49d8-a70a-fec086c47f5b"


@pytest.fixture
def project(site: Site) -> Project:
    site.emulator.behaviour.relative_uris = 0
    project = site.emulator.add_project(
        site.source, "D", kind="detection", domain_id=COMPACT, tags={"Cat": 15}, untagged=3
    )
    boxes = (("Cat", 0.25, 0.5, 0.125, 0.0625),)
    site.emulator.put_images(site.source, project.id, [NewImage(boxes=boxes, metadata={"file": "a.jpg"})])
    return project


def _files(*texts: str, **fields: Any) -> Any:
    entries = [models.ImageFileCreateEntry(name=text, contents=draw("jpeg", 32, 24, text), **fields) for text in texts]
    return models.ImageFileCreateBatch(images=entries)


def test_a_project_made_and_filled(site: Site) -> None:
    with site.trainer(site.source) as client:
        made = client.create_project("new", domain_id=COMPACT, target_export_platforms=["ONNX", "CoreML"])
        assert made.settings.target_export_platforms == ["ONNX", "CoreML"]
        tag = client.create_tag(made.id, "Cat", description="text")
        region = models.Region(tag_id=tag.id, left=0.1, top=0.2, width=0.3, height=0.4)
        summary = client.create_images_from_files(made.id, _files("a", "b", regions=[region]))
        assert summary.is_batch_successful
        assert [(one.source_url, one.status) for one in summary.images] == [("a", "OK"), ("b", "OK")]
        again = client.create_images_from_files(made.id, _files("a"))
        assert (again.is_batch_successful, again.images[0].status) == (False, "OKDuplicate")
        assert again.images[0].image.id == summary.images[0].image.id
        data = client.create_images_from_data(made.id, io.BytesIO(draw("png", 5, 6, "c")), tag_ids=[tag.id])
        assert (data.images[0].image.width, data.images[0].image.tags[0].tag_name) == (5, "Cat")
        assert client.get_tag(made.id, tag.id).image_count == 3
        tag.name, tag.description = "Lynx", "wild"
        assert client.update_tag(made.id, tag.id, tag).name == "Lynx"


def test_images_read_back(site: Site, project: Project) -> None:
    with site.trainer(site.source) as client:
        newest = client.get_images(project.id, take=1)[0]
        assert (newest.metadata, newest.regions[0].left, newest.regions[0].height) == ({"file": "a.jpg"}, 0.25, 0.0625)
        assert newest.tags[0].tag_name == newest.regions[0].tag_name == "Cat"
        assert len(client.get_tagged_images(project.id, take=256)) == 16
        untagged = client.get_untagged_images(project.id, order_by="Oldest")
        assert [one.tags for one in untagged] == [None] * 3
        ids = [one.id for one in untagged]
        assert {one.id for one in client.get_images_by_ids(project.id, ids)} == set(ids)
        answer = requests.get(newest.original_image_uri, timeout=20)
        assert measure(answer.content) == ("jpeg", newest.width, newest.height)
        site.emulator.behaviour.relative_uris = 1
        path = client.get_images(project.id, take=1)[0].original_image_uri
        assert b"".join(client.get_artifact(project.id, path)) == answer.content


def test_labels_put_on_and_taken_off(site: Site, project: Project) -> None:
    with site.trainer(site.source) as client:
        (image, *_) = client.get_untagged_images(project.id)
        dog = client.create_tag(project.id, "Dog")
        entry = models.ImageTagCreateEntry(image_id=image.id, tag_id=dog.id)
        assert len(client.create_image_tags(project.id, tags=[entry]).created) == 1
        client.delete_image_tags(project.id, [image.id], [dog.id])
        box = models.ImageRegionCreateEntry(image_id=image.id, tag_id=dog.id, left=0, top=0, width=0.5, height=1)
        region = client.create_image_regions(project.id, regions=[box]).created[0]
        assert client.create_image_regions(project.id, regions=[box]).duplicated[0].width == 0.5
        client.delete_image_regions(project.id, [region.region_id])
        assert client.update_image_metadata(project.id, [image.id], {"a": "b"}).is_batch_successful
        (read,) = client.get_images_by_ids(project.id, [image.id])
        assert (read.tags, read.regions, read.metadata) == (None, None, {"a": "b"})
        client.delete_tag(project.id, dog.id)
        client.delete_images(project.id, [image.id])
        assert client.get_image_count(project.id) == 18


def test_a_model_trained_and_exported(site: Site, project: Project) -> None:
    site.emulator.behaviour.training_seconds = site.emulator.behaviour.export_seconds = 0
    with site.trainer(site.source) as client:
        iteration = client.train_project(project.id)
        assert client.get_iteration(project.id, iteration.id).status == "Completed"
        with pytest.raises(models.CustomVisionErrorException) as caught:
            client.train_project(project.id)
        assert caught.value.error.code == "BadRequestTrainingNotNeeded"
        renamed = client.update_iteration(project.id, iteration.id, "best")
        assert renamed.name == "best"
        assert len(client.get_image_performances(project.id, iteration.id)) == 16
        assert client.get_image_performance_count(project.id, iteration.id) == 16
        client.export_iteration(project.id, iteration.id, "ONNX", flavor="ONNX12")
        (export,) = client.get_exports(project.id, iteration.id)
        assert (export.status, export.flavor) == ("Done", "ONNX12")
        assert requests.get(export.download_uri, timeout=20).content.startswith(b"PK")

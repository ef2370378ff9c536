"""The groups of operations for images, labels and models: what is sent, what is read, what may be sent twice."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import responses
from hypothesis import given
from hypothesis import strategies as st
from responses import matchers

from cvaction.customvision import image_schemas
from cvaction.customvision.changes import DESCRIBED, EXPORTED, LABELLED, MADE, TRAINED, UPLOADED, Change
from cvaction.customvision.client import TrainingClient
from cvaction.customvision.credentials import KeyCredential
from cvaction.customvision.errors import CustomVisionError, Kind, MalformedError
from cvaction.customvision.image_models import Image, ImageTag, ModelExport, Region, Upload
from cvaction.customvision.image_reader import PAGE, ImageReader
from cvaction.customvision.image_writer import ImageWriter
from cvaction.customvision.project_reader import ProjectReader
from cvaction.customvision.project_writer import ProjectWriter
from cvaction.customvision.reader import BASE
from cvaction.customvision.retries import ATTEMPTS
from cvaction.customvision.session import new_session
from cvaction.customvision.transport import Transport
from cvaction.secret import Secret
from tests.support.fake_clock import FakeClock
from tests.support.image_samples import (
    IMAGE_ID,
    OTHER_IMAGE_ID,
    REGION_ID,
    SIGNED,
    TAG_ID,
    wire_image,
    wire_region,
)
from tests.support.samples import DOMAIN_ID, ITERATION_ID, KEY, PROJECT_ID, project, wire_project
from tests.support.sinks import FileSink

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

ORIGIN = "https://dev.cognitiveservices.azure.com"
P = f"{ORIGIN}{BASE}/projects/{PROJECT_ID}"
I = f"{P}/iterations/{ITERATION_ID}"  # noqa: E741 - as in the API's table
REGION = Region(REGION_ID, TAG_ID, "cat", "2020-06-06T16:50:39.1234567", 0.4007353, 0.25, 0.5, 1)
IMAGE = Image(
    id=IMAGE_ID,
    created="2020-06-06T16:50:38.1234567",
    width=640,
    height=480,
    tags=(ImageTag(TAG_ID, "cat", "2020-06-06T16:50:39.7654321"),),
    regions=(REGION,),
    metadata={"file": "a.jpg"},
    original=Secret(SIGNED),
)


@pytest.fixture
def web() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


@pytest.fixture
def changes() -> list[Change]:
    return []


@pytest.fixture
def client(changes: list[Change]) -> TrainingClient:
    transport = Transport(ORIGIN, KeyCredential(Secret(KEY)), clock=FakeClock(), new_session=new_session)
    return TrainingClient(transport, changed=changes.append)


def body(web: responses.RequestsMock, number: int = 0) -> Any:
    return json.loads(web.calls[number].request.body or "null")


class Parts:
    """Files of attempts; each is another one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.opened: list[Path] = []

    def __call__(self) -> FileSink:
        self.opened.append(self._folder / f"{len(self.opened)}.part")
        return FileSink(self.opened[-1], "xb")


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    return Parts(tmp_path)


class TestAnImage:
    def test_is_read_with_its_numbers_and_times_as_sent(self) -> None:
        found = image_schemas.image(wire_image())

        assert found == IMAGE
        assert isinstance(found.regions[0].height, int)

    @pytest.mark.parametrize("left_out", [{}, {"tags": None, "regions": None, "metadata": None}])
    def test_may_come_without_labels_and_metadata(self, left_out: Mapping[str, Any]) -> None:
        found = image_schemas.image({"id": IMAGE_ID.upper(), "width": True, "height": 0, "new": {"x": 1}, **left_out})

        assert found == Image(IMAGE_ID, "", None, None, (), (), {}, Secret(""))

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"id": "../../etc"}, "the field 'id' is no UUID"),
            ({"id": None}, "the field 'id' is null"),
            ({"tags": [{"tagId": "x"}]}, "the field 'tagId' is no UUID"),
            ({"tags": {}}, "the field 'tags' is an object"),
            ({"regions": [wire_region(left="0")]}, "the field 'left' is a text"),
            ({"regions": [wire_region(left=True)]}, "the field 'left' is a boolean"),
            ({"regions": [wire_region(left=float("nan"))]}, "the field 'left' is no number"),
            ({"metadata": {"a": 1}}, "a value of 'metadata' is a number"),
        ],
    )
    def test_is_refused_where_it_is_none(self, changes: Mapping[str, Any], reason: str) -> None:
        with pytest.raises(MalformedError, match=reason):
            image_schemas.image(wire_image(**changes))

    @given(
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.text(), lambda v: st.lists(v) | st.dictionaries(st.text(), v)
        )
    )
    def test_of_any_json_is_an_image_or_malformed(self, data: object) -> None:
        for parse in (image_schemas.image, image_schemas.created, image_schemas.labelled, image_schemas.model_export):
            for value in (data, wire_image(tags=data), wire_image(metadata=data), {"images": data}):
                try:
                    parse(value)
                except MalformedError:
                    continue

    def test_hides_its_address(self) -> None:
        assert "sig" not in repr(image_schemas.image(wire_image()))


class TestReadingImages:
    def test_asks_for_a_page_of_all_oldest_first(self, client: TrainingClient, web: responses.RequestsMock) -> None:
        web.get(f"{P}/images", json=[wire_image(), wire_image(id=OTHER_IMAGE_ID)])

        rows = ImageReader(client).page(PROJECT_ID, 512)

        assert [row.id for row in rows] == [IMAGE_ID, OTHER_IMAGE_ID]
        assert web.calls[0].request.url == f"{P}/images?taggingStatus=All&orderBy=Oldest&take={PAGE}&skip=512"

    def test_asks_for_images_by_their_ids(self, client: TrainingClient, web: responses.RequestsMock) -> None:
        query = {"imageIds": f"{IMAGE_ID},{OTHER_IMAGE_ID}"}
        web.get(f"{P}/images/id", match=[matchers.query_param_matcher(query)], json=[wire_image()])

        assert ImageReader(client).by_ids(PROJECT_ID, [IMAGE_ID, OTHER_IMAGE_ID]) == (IMAGE,)

    def test_keeps_performances_as_sent_without_addresses(
        self, client: TrainingClient, web: responses.RequestsMock
    ) -> None:
        row = {"id": IMAGE_ID, "imageUri": SIGNED, "predictions": [{"probability": 1.0, "thumbnailUri": SIGNED}]}
        web.get(f"{I}/performance/images", json=[row])

        rows = ImageReader(client).performances(PROJECT_ID, ITERATION_ID, 256)

        assert rows == ({"id": IMAGE_ID, "predictions": [{"probability": 1.0}]},)
        assert web.calls[0].request.url == f"{I}/performance/images?orderBy=Oldest&take=256&skip=256"

    def test_saves_an_artifact_that_comes_at_the_second_try(
        self, client: TrainingClient, web: responses.RequestsMock, parts: Parts
    ) -> None:
        web.get(f"{P}/artifacts", status=503)
        web.get(
            f"{P}/artifacts",
            body=b"\xff\xd8picture",
            content_type="application/octet-stream",
            auto_calculate_content_length=True,
        )

        received = ImageReader(client).artifact(PROJECT_ID, "/i-1/i-2", parts)

        assert (received.size, [part.read_bytes() for part in parts.opened]) == (9, [b"\xff\xd8picture"])
        assert web.calls[0].request.url == f"{P}/artifacts?path=%2Fi-1%2Fi-2"
        assert web.calls[0].request.headers["Training-Key"] == KEY

    def test_tells_when_an_artifact_is_refused(
        self, client: TrainingClient, web: responses.RequestsMock, parts: Parts
    ) -> None:
        web.get(f"{P}/artifacts", status=400, json={"code": "BadRequestInvalidArtifactUri", "message": "no"})

        with pytest.raises(CustomVisionError, match="BadRequestInvalidArtifactUri"):
            ImageReader(client).artifact(PROJECT_ID, "/x", parts)

    def test_tells_when_an_artifact_has_no_body(
        self, client: TrainingClient, web: responses.RequestsMock, parts: Parts
    ) -> None:
        web.get(f"{P}/artifacts", status=204)

        with pytest.raises(CustomVisionError, match="it has no body"):
            ImageReader(client).artifact(PROJECT_ID, "/x", parts)


class TestReadingAProject:
    def test_keeps_it_as_sent_without_addresses(self, client: TrainingClient, web: responses.RequestsMock) -> None:
        web.get(P, json=wire_project(thumbnailUri=SIGNED, unknown=[1]))

        found = ProjectReader(client).project(PROJECT_ID)

        assert found == {name: value for name, value in wire_project(unknown=[1]).items() if name != "thumbnailUri"}

    def test_refuses_another_project_than_was_asked_for(
        self, client: TrainingClient, web: responses.RequestsMock
    ) -> None:
        web.get(P, json=wire_project(id=IMAGE_ID))

        with pytest.raises(CustomVisionError, match="another id"):
            ProjectReader(client).project(PROJECT_ID)

    def test_keeps_tags_iterations_and_metrics_as_sent(
        self, client: TrainingClient, web: responses.RequestsMock
    ) -> None:
        web.get(f"{P}/tags", json=[{"id": TAG_ID, "type": "Negative", "new": None}])
        web.get(f"{P}/iterations", json=[{"id": ITERATION_ID, "status": "Completed"}])
        web.get(f"{I}/performance", json={"precision": 0.12345678, "perTagPerformance": []})
        reader = ProjectReader(client)

        assert reader.tags(PROJECT_ID) == ({"id": TAG_ID, "type": "Negative", "new": None},)
        assert reader.iterations(PROJECT_ID) == ({"id": ITERATION_ID, "status": "Completed"},)
        metrics = reader.performance(PROJECT_ID, ITERATION_ID, 0.5, 0.3)
        assert metrics == {"precision": 0.12345678, "perTagPerformance": []}
        assert web.calls[2].request.url == f"{I}/performance?threshold=0.5&overlapThreshold=0.3"

    def test_refuses_a_number_that_no_json_could_hold(
        self, client: TrainingClient, web: responses.RequestsMock
    ) -> None:
        web.get(f"{I}/performance", body='{"precision": NaN}')

        with pytest.raises(CustomVisionError, match="NaN or an infinite number"):
            ProjectReader(client).performance(PROJECT_ID, ITERATION_ID, 0.5, 0.3)

    def test_lists_domains_and_model_exports(self, client: TrainingClient, web: responses.RequestsMock) -> None:
        web.get(
            f"{ORIGIN}{BASE}/domains",
            json=[{"id": DOMAIN_ID, "name": "General", "type": "Classification", "exportable": True}],
        )
        export = {"platform": "ONNX", "flavor": "ONNX12", "status": "Done", "downloadUri": SIGNED}
        web.get(f"{I}/export", json=[export, {"platform": "CoreML", "status": "New", "newerVersionAvailable": True}])
        reader = ProjectReader(client)

        (domain,) = reader.domains()
        assert (domain.name, domain.exportable, domain.enabled) == ("General", True, True)
        assert reader.model_exports(PROJECT_ID, ITERATION_ID) == (
            ModelExport("ONNX", "ONNX12", "Done", Secret(SIGNED), outdated=False),
            ModelExport("CoreML", "", "New", Secret(""), outdated=True),
        )


class TestMakingAProject:
    def test_sends_what_is_given(
        self, client: TrainingClient, web: responses.RequestsMock, changes: list[Change]
    ) -> None:
        query = {
            "name": "Sh\u00e9lf & co",
            "domainId": DOMAIN_ID,
            "classificationType": "Multilabel",
            "targetExportPlatforms": "ONNX,CoreML",
        }
        web.post(f"{ORIGIN}{BASE}/projects", match=[matchers.query_param_matcher(query)], json=wire_project())

        made = ProjectWriter(client).create_project(
            query["name"],
            "",
            domain_id=DOMAIN_ID,
            classification_type="Multilabel",
            platforms=["ONNX", "CoreML"],
        )

        assert (made.id, changes) == (PROJECT_ID, [Change(MADE, PROJECT_ID, "Shelf")])

    @pytest.mark.parametrize(
        ("path", "change"),
        [
            ("projects", lambda writer: writer.create_project("x", "", domain_id=DOMAIN_ID)),
            (f"projects/{PROJECT_ID}/train", lambda writer: writer.train(PROJECT_ID)),
        ],
    )
    def test_is_never_sent_twice_once_it_may_have_arrived(
        self,
        client: TrainingClient,
        web: responses.RequestsMock,
        path: str,
        change: Callable[[ProjectWriter], object],
    ) -> None:
        web.post(f"{ORIGIN}{BASE}/{path}", status=503)

        with pytest.raises(CustomVisionError):
            change(ProjectWriter(client))

        assert len(web.calls) == 1

    def test_sends_settings_with_the_name_as_it_was_read(
        self, client: TrainingClient, web: responses.RequestsMock, changes: list[Change]
    ) -> None:
        web.patch(P, json=wire_project())

        ProjectWriter(client).update_settings(project(), {"domainId": DOMAIN_ID})

        assert body(web) == {"name": "Shelf", "description": "", "settings": {"domainId": DOMAIN_ID}}
        assert changes == [Change(DESCRIBED, PROJECT_ID, "Shelf")]

    def test_makes_a_tag(self, client: TrainingClient, web: responses.RequestsMock) -> None:
        query = {"name": "cat", "description": "a pet", "type": "Negative"}
        web.post(f"{P}/tags", match=[matchers.query_param_matcher(query)], json={"id": TAG_ID, "name": "cat"})

        assert ProjectWriter(client).create_tag(PROJECT_ID, "cat", description="a pet", kind="Negative").id == TAG_ID

    @pytest.mark.parametrize("code", ["BadRequestTagNameNotUnique", "TagNameNotUnique"])
    def test_finds_the_tag_that_a_lost_answer_made(
        self, client: TrainingClient, web: responses.RequestsMock, code: str
    ) -> None:
        web.post(f"{P}/tags", status=500)
        web.post(f"{P}/tags", status=400, json={"code": code, "message": "no"})
        web.get(f"{P}/tags", json=[{"id": IMAGE_ID, "name": "dog"}, {"id": TAG_ID, "name": "cat"}])

        assert ProjectWriter(client).create_tag(PROJECT_ID, "cat").id == TAG_ID

    def test_tells_that_a_tags_name_was_taken_before(self, client: TrainingClient, web: responses.RequestsMock) -> None:
        web.post(f"{P}/tags", status=400, json={"code": "BadRequestTagNameNotUnique", "message": "no"})

        with pytest.raises(CustomVisionError, match="NotUnique"):
            ProjectWriter(client).create_tag(PROJECT_ID, "cat")

    def test_trains(self, client: TrainingClient, web: responses.RequestsMock, changes: list[Change]) -> None:
        web.post(f"{P}/train", json={"id": ITERATION_ID, "status": "Training"})

        assert ProjectWriter(client).train(PROJECT_ID).id == ITERATION_ID
        assert changes == [Change(TRAINED, PROJECT_ID, iteration_id=ITERATION_ID)]

    def test_begins_a_models_export_or_finds_it_begun(
        self, client: TrainingClient, web: responses.RequestsMock, changes: list[Change]
    ) -> None:
        query = {"platform": "ONNX", "flavor": "ONNX12"}
        answer = {"platform": "ONNX", "status": "Exporting"}
        web.post(f"{I}/export", match=[matchers.query_param_matcher(query)], json=answer)
        running = {"code": "BadRequestExportAlreadyInProgress", "message": "wait"}
        web.post(f"{I}/export", match=[matchers.query_param_matcher({"platform": "CoreML"})], status=400, json=running)

        ProjectWriter(client).export_model(PROJECT_ID, ITERATION_ID, "ONNX", "ONNX12")
        ProjectWriter(client).export_model(PROJECT_ID, ITERATION_ID, "CoreML")

        assert changes == [Change(EXPORTED, PROJECT_ID, iteration_id=ITERATION_ID)] * 2


class TestFillingAProject:
    def test_sends_images_with_their_labels(
        self, client: TrainingClient, web: responses.RequestsMock, changes: list[Change]
    ) -> None:
        answer = {
            "isBatchSuccessful": False,
            "images": [
                {"sourceUrl": '"1"', "status": "OKDuplicate", "image": wire_image()},
                {"sourceUrl": "2", "status": "ErrorImageFormat"},
            ],
        }
        web.post(f"{P}/images/files", status=207, json=answer)

        first, second = ImageWriter(client).create(
            PROJECT_ID, [Upload("1", b"\x00\xff", (TAG_ID,), (REGION,)), Upload("2", b"x")]
        )

        box = {"tagId": TAG_ID, "left": 0.4007353, "top": 0.25, "width": 0.5, "height": 1}
        assert body(web) == {
            "images": [
                {"name": "1", "contents": "AP8=", "tagIds": [TAG_ID], "regions": [box]},
                {"name": "2", "contents": "eA=="},
            ]
        }
        assert (first.name, first.there, second.name, second.there) == ("1", True, "2", False)
        assert changes == [Change(UPLOADED, PROJECT_ID)]

    @pytest.mark.parametrize("status", [408, 413])
    def test_tells_at_once_that_a_batch_is_too_large(
        self, client: TrainingClient, web: responses.RequestsMock, status: int
    ) -> None:
        web.post(f"{P}/images/files", status=status)

        with pytest.raises(CustomVisionError) as caught:
            ImageWriter(client).create(PROJECT_ID, [Upload("1", b"x")])

        assert (caught.value.status, caught.value.attempts) == (status, 1)

    def test_repeats_a_batch_after_another_failure(self, client: TrainingClient, web: responses.RequestsMock) -> None:
        web.post(f"{P}/images/files", status=500)

        with pytest.raises(CustomVisionError) as caught:
            ImageWriter(client).create(PROJECT_ID, [Upload("1", b"x")])

        assert (caught.value.kind, caught.value.attempts) == (Kind.SERVER, ATTEMPTS)

    def test_adds_tags_and_regions(
        self, client: TrainingClient, web: responses.RequestsMock, changes: list[Change]
    ) -> None:
        pair = {"imageId": IMAGE_ID, "tagId": TAG_ID}
        web.post(f"{P}/images/tags", json={"created": [pair], "duplicated": None, "exceeded": None})
        web.post(f"{P}/images/regions", status=207, json={"created": [], "exceeded": [{**pair, "left": 0.5}]})
        writer = ImageWriter(client)

        tagged = writer.add_tags(PROJECT_ID, [(IMAGE_ID, TAG_ID)])
        boxed = writer.add_regions(PROJECT_ID, [(IMAGE_ID, REGION)])

        assert (tagged.created, tagged.duplicated, tagged.exceeded) == (((IMAGE_ID, TAG_ID),), (), ())
        assert (boxed.created, boxed.exceeded) == ((), ((IMAGE_ID, TAG_ID),))
        assert body(web) == {"tags": [pair]}
        assert body(web, 1) == {
            "regions": [
                {"imageId": IMAGE_ID, "tagId": TAG_ID, "left": 0.4007353, "top": 0.25, "width": 0.5, "height": 1}
            ]
        }
        assert changes == [Change(LABELLED, PROJECT_ID)] * 2

    def test_deletes_regions_that_a_repeated_request_no_longer_finds(
        self, client: TrainingClient, web: responses.RequestsMock
    ) -> None:
        query = [matchers.query_param_matcher({"regionIds": REGION_ID})]
        web.delete(f"{P}/images/regions", match=query, status=500)
        web.delete(f"{P}/images/regions", match=query, status=404, json={"code": "NotFound", "message": "no"})

        ImageWriter(client).delete_regions(PROJECT_ID, [REGION_ID])

        assert len(web.calls) == 2

    def test_tells_that_regions_were_not_there_at_all(
        self, client: TrainingClient, web: responses.RequestsMock
    ) -> None:
        web.delete(f"{P}/images/regions", status=404, json={"code": "NotFound", "message": "no"})

        with pytest.raises(CustomVisionError, match="NotFound"):
            ImageWriter(client).delete_regions(PROJECT_ID, [REGION_ID])

    def test_sets_metadata(self, client: TrainingClient, web: responses.RequestsMock) -> None:
        rows = [{"imageId": IMAGE_ID, "status": "OK"}, {"imageId": OTHER_IMAGE_ID, "status": "ErrorImageNotFound"}]
        query = {"imageIds": f"{IMAGE_ID},{OTHER_IMAGE_ID}"}
        web.post(f"{P}/images/metadata", match=[matchers.query_param_matcher(query)], status=207, json={"images": rows})

        found = ImageWriter(client).set_metadata(PROJECT_ID, [IMAGE_ID, OTHER_IMAGE_ID], {"file": "\u00e9"})

        assert found == {IMAGE_ID: "OK", OTHER_IMAGE_ID: "ErrorImageNotFound"}
        assert body(web) == {"file": "\u00e9"}

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import responses
from responses import matchers

from cvaction.customvision.changes import LABELLED, UPLOADED, Change
from cvaction.customvision.errors import CustomVisionError, Kind
from cvaction.customvision.image_models import Upload
from cvaction.customvision.image_writer import ImageWriter
from cvaction.customvision.retries import ATTEMPTS
from tests.support.image_samples import (
    IMAGE_ID,
    OTHER_IMAGE_ID,
    REGION_ID,
    TAG_ID,
    wire_image,
)
from tests.support.samples import PROJECT_ID
from tests.support.workspace import REGION, P, body

if TYPE_CHECKING:
    from cvaction.customvision.client import TrainingClient


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

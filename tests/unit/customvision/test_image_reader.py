from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import responses
from responses import matchers

from cvaction.customvision.errors import CustomVisionError
from cvaction.customvision.image_reader import PAGE, ImageReader
from tests.support.image_samples import (
    IMAGE_ID,
    OTHER_IMAGE_ID,
    SIGNED,
    wire_image,
)
from tests.support.samples import ITERATION_ID, KEY, PROJECT_ID
from tests.support.sinks import FileSink

if TYPE_CHECKING:
    from pathlib import Path

    from cvaction.customvision.client import TrainingClient
from tests.support.workspace import IMAGE, I, P


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

"""ImageWriter: the operations that fill a project with images and labels. The limits are those of the Training API v3.3.

All may be sent twice: the service keeps a picture once, and a tag of an image, too. Only regions can be doubled, by a
request whose answer was lost: the caller has to compare at the end.
"""

from __future__ import annotations

import base64
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

from cvaction.customvision import image_schemas, schemas
from cvaction.customvision.changes import LABELLED, UPLOADED, Change
from cvaction.customvision.errors import CustomVisionError
from cvaction.customvision.reader import BASE, UPLOAD_SECONDS, encode
from cvaction.customvision.transport import Call

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cvaction.customvision.client import TrainingClient
    from cvaction.customvision.image_models import Created, Labelled, Region, Upload

__all__ = ["BATCH_TAGS", "IMAGES", "METADATA_IMAGES", "REGIONS", "TAG_PAIRS", "TOO_LARGE", "ImageWriter"]

T = TypeVar("T")
IMAGES, BATCH_TAGS = 64, 20  # in one CreateImagesFromFiles
TAG_PAIRS, REGIONS, METADATA_IMAGES = 128, 64, 64  # in one request
BATCH_SECONDS = 180.0  # 16 MB of images are 21 MB of text
# The statuses for a batch with too many bytes (55 MB were too many). To repeat it is useless: the caller halves it.
TOO_LARGE = frozenset({int(HTTPStatus.REQUEST_TIMEOUT), int(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)})


class ImageWriter:
    """Changes the images of one resource's projects. Every method raises CustomVisionError."""

    def __init__(self, client: TrainingClient) -> None:
        self._client = client

    def create(self, project_id: str, uploads: Sequence[Upload]) -> tuple[Created, ...]:
        """CreateImagesFromFiles: at most IMAGES with at most BATCH_TAGS tags. Judge each image by its own status.

        A status of TOO_LARGE is raised at once: send half of the batch.
        """
        body = {"images": [_entry(upload) for upload in uploads]}
        made = self._post("CreateImagesFromFiles", project_id, "files", body, image_schemas.created, final=TOO_LARGE)
        self._client.record(Change(UPLOADED, project_id))
        return made

    def add_tags(self, project_id: str, pairs: Sequence[tuple[str, str]]) -> Labelled:
        """CreateImageTags: at most TAG_PAIRS pairs of image id and tag id. The pairs in `exceeded` were refused."""
        body = {"tags": [{"imageId": image_id, "tagId": tag_id} for image_id, tag_id in pairs]}
        found = self._post("CreateImageTags", project_id, "tags", body, image_schemas.labelled)
        self._client.record(Change(LABELLED, project_id))
        return found

    def add_regions(self, project_id: str, regions: Sequence[tuple[str, Region]]) -> Labelled:
        """CreateImageRegions: at most REGIONS, each with its image's id. The pairs in `exceeded` were refused."""
        body = {"regions": [{"imageId": image_id, **_box(region)} for image_id, region in regions]}
        found = self._post("CreateImageRegions", project_id, "regions", body, image_schemas.labelled)
        self._client.record(Change(LABELLED, project_id))
        return found

    def delete_regions(self, project_id: str, region_ids: Sequence[str]) -> None:
        """DeleteImageRegions: at most REGIONS. If a repeated request does not find them, they are deleted."""
        query = f"regionIds={encode(','.join(region_ids))}"
        call = Call("DeleteImageRegions", "DELETE", f"{BASE}/projects/{project_id}/images/regions", query)
        try:
            self._client.send(call, schemas.anything)
        except CustomVisionError as error:
            if error.status != HTTPStatus.NOT_FOUND or error.attempts == 1:
                raise
        self._client.record(Change(LABELLED, project_id))

    def set_metadata(self, project_id: str, image_ids: Sequence[str], metadata: Mapping[str, str]) -> Mapping[str, str]:
        """UpdateImageMetadata: equal metadata for at most METADATA_IMAGES images. Returns each image's status, OK or not."""
        query = f"imageIds={encode(','.join(image_ids))}"
        found = self._post(
            "UpdateImageMetadata", project_id, "metadata", dict(metadata), image_schemas.metadata_updates, query=query
        )
        self._client.record(Change(LABELLED, project_id))
        return found

    def _post(  # noqa: PLR0913 - the parts of a request
        self,
        operation: str,
        project_id: str,
        what: str,
        body: Mapping[str, Any],
        parse: Callable[[object], T],
        *,
        query: str = "",
        final: frozenset[int] = frozenset(),
    ) -> T:
        path = f"{BASE}/projects/{project_id}/images/{what}"
        seconds = BATCH_SECONDS if what == "files" else UPLOAD_SECONDS
        return self._client.send(Call(operation, "POST", path, query, json=body, seconds=seconds, final=final), parse)


def _entry(upload: Upload) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": upload.name, "contents": base64.b64encode(upload.contents).decode()}
    if upload.tag_ids:
        entry["tagIds"] = list(upload.tag_ids)
    if upload.regions:
        entry["regions"] = [_box(region) for region in upload.regions]
    return entry


def _box(region: Region) -> dict[str, Any]:
    sides = {"left": region.left, "top": region.top, "width": region.width, "height": region.height}
    return {"tagId": region.tag_id, **sides}

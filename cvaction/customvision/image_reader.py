"""ImageReader: the operations that read a project's images, page by page. The limits are those of the Training API v3.3."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cvaction.customvision import image_schemas, schemas
from cvaction.customvision.errors import MalformedError
from cvaction.customvision.reader import encode
from cvaction.customvision.streaming import Received, saving

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cvaction.customvision.image_models import Image
    from cvaction.customvision.reader import ReadingClient
    from cvaction.customvision.streaming import Sink

__all__ = ["FILE_LIMIT", "FILE_SECONDS", "IDS", "PAGE", "ImageReader"]

PAGE = 256  # images in one answer: the service's own limit
IDS = 64  # in one GetImagesByIds; 256 are allowed, but their query has 9 kB, which gateways refuse
PAGE_SECONDS = 60.0  # 256 images may have 300 regions each
FILE_SECONDS = 300.0
FILE_LIMIT = 4 * 1024**3  # bytes; a model is the largest file


class ImageReader:
    """Reads the images of one resource's projects. Every method raises CustomVisionError."""

    def __init__(self, client: ReadingClient) -> None:
        self._client = client

    def page(self, project_id: str, skip: int) -> tuple[Image, ...]:
        """Tagged and untagged images, oldest first: at most PAGE after the first `skip`. Fewer than PAGE: the last page.

        If somebody deletes an image meanwhile, the rest moves, and all pages can miss another image. So list twice and
        compare.
        """
        query = f"taggingStatus=All&orderBy=Oldest&take={PAGE}&skip={skip}"
        return self._images("GetImages", f"/projects/{project_id}/images", query)

    def by_ids(self, project_id: str, image_ids: Sequence[str]) -> tuple[Image, ...]:
        """These images with fresh addresses, in any order. A deleted image is missing. At most IDS ids."""
        query = f"imageIds={encode(','.join(image_ids))}"
        return self._images("GetImagesByIds", f"/projects/{project_id}/images/id", query)

    def performances(self, project_id: str, iteration_id: str, skip: int) -> tuple[Mapping[str, Any], ...]:
        """An iteration's predictions for its test images, as sent, without addresses. Pages work as in `page`."""
        path = f"/projects/{project_id}/iterations/{iteration_id}/performance/images"
        query = f"orderBy=Oldest&take={PAGE}&skip={skip}"
        rows: tuple[Mapping[str, Any], ...] = self._client.get(
            "GetImagePerformances", path, schemas.many(image_schemas.as_sent()), query, seconds=PAGE_SECONDS
        )
        return rows

    def artifact(self, project_id: str, path: str, open_file: Callable[[], Sink]) -> Received:
        """Download the file of a relative address, as resources in a virtual network return. `open_file`: see `saving`."""

        def received(saved: object) -> Received:
            if not isinstance(saved, Received):
                msg = "it has no body"
                raise MalformedError(msg)
            return saved

        query = f"path={encode(path)}"
        save = saving(open_file, FILE_LIMIT)
        return self._client.get(
            "GetArtifact", f"/projects/{project_id}/artifacts", received, query, seconds=FILE_SECONDS, save=save
        )

    def _images(self, operation: str, path: str, query: str) -> tuple[Image, ...]:
        rows: tuple[Image, ...] = self._client.get(
            operation, path, schemas.many(image_schemas.image), query, seconds=PAGE_SECONDS
        )
        return rows

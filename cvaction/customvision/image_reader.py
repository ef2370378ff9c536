"""ImageReader: the operations that read a project's images, page by page. The Training API v3.3 is the source of the limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

from cvaction.customvision import image_schemas, schemas
from cvaction.customvision.errors import MalformedError
from cvaction.customvision.reader import encode
from cvaction.customvision.streaming import Received, saving

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cvaction.customvision.image_models import Image
    from cvaction.customvision.reader import ReadingClient

__all__ = ["FILE_LIMIT", "FILE_SECONDS", "IDS", "PAGE", "ImageReader"]

PAGE = 256  # images of one answer, the service's own limit
IDS = 64  # of one GetImagesByIds; 256 are allowed, but make a query of 9 kB, which gateways refuse
PAGE_SECONDS = 60.0  # 256 images may have 300 regions each
FILE_SECONDS = 300.0
FILE_LIMIT = 4 * 1024**3  # bytes; a model is the largest file


class ImageReader:
    """Reads the images of one resource's projects. Every method raises CustomVisionError."""

    def __init__(self, client: ReadingClient) -> None:
        self._client = client

    def page(self, project_id: str, skip: int) -> tuple[Image, ...]:
        """Tagged and untagged images, oldest first: at most PAGE behind the first `skip`. Fewer than PAGE: the last page.

        What is deleted meanwhile moves the rest: an image can be missed by all pages. List twice and compare.
        """
        query = f"taggingStatus=All&orderBy=Oldest&take={PAGE}&skip={skip}"
        return self._images("GetImages", f"/projects/{project_id}/images", query)

    def by_ids(self, project_id: str, image_ids: Sequence[str]) -> tuple[Image, ...]:
        """These images with fresh addresses, in any order; one that is gone is missing. At most IDS of them."""
        query = f"imageIds={encode(','.join(image_ids))}"
        return self._images("GetImagesByIds", f"/projects/{project_id}/images/id", query)

    def performances(self, project_id: str, iteration_id: str, skip: int) -> tuple[Mapping[str, Any], ...]:
        """How an iteration saw the images that it was tested on, as sent without addresses: a page as of `page`."""
        path = f"/projects/{project_id}/iterations/{iteration_id}/performance/images"
        query = f"orderBy=Oldest&take={PAGE}&skip={skip}"
        rows: tuple[Mapping[str, Any], ...] = self._client.get(
            "GetImagePerformances", path, schemas.many(image_schemas.as_sent()), query, seconds=PAGE_SECONDS
        )
        return rows

    def artifact(self, project_id: str, path: str, open_file: Callable[[], BinaryIO]) -> Received:
        """The file behind a relative address, as resources in a virtual network give them. `open_file`: see `saving`."""

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

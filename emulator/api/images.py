"""Lists, counts and deletes images, and writes their metadata."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from emulator.api.blobs import blob_url, get_artifact, image_path
from emulator.api.call import Call, Reply
from emulator.state.albums import album_of, changed, visible_images
from emulator.state.errors import ServiceError
from emulator.state.images import share, tick_stamp

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.state.images import Image, Region

PAGE: Final = 50
LONGEST_PAGE: Final = 256
_METADATA_IDS: Final = 64
_METADATA_PAIRS: Final = 50
_METADATA_KEY: Final = 256
_METADATA_VALUE: Final = 512


class ImageWriter:
    """Images of one project on the wire. Empty tags, regions and metadata are left out, as recorded."""

    def __init__(self, call: Call) -> None:
        self._world, self._region, self._now = call.world, call.resource.region, call.now
        self._project = call.project
        content = call.project.content if call.project.job is None else call.project.job.content
        self._names = {tag.id: tag.name for tag in content.tags}

    def json(self, image: Image) -> dict[str, Any]:
        """One image."""
        body: dict[str, Any] = {
            "id": image.id,
            "created": tick_stamp(image.created),
            "width": image.width,
            "height": image.height,
            **self.addresses(image),
        }
        if image.tags:
            body["tags"] = self.tags(image)
        if image.regions:
            body["regions"] = [self._region_json(region) for region in image.regions]
        if image.metadata:
            body["metadata"] = dict(image.metadata)
        return body

    def addresses(self, image: Image) -> dict[str, str]:
        """The addresses of an image's blobs. Recorded: for some images all are relative paths, for some only the original's."""
        original, thumbnail = image_path(self._project, image), image_path(self._project, image, "t")
        relative = share(f"{image.id}/relative") < self._world.behaviour.relative_uris
        whole = relative and share(f"{image.id}/whole") < 0.5  # noqa: PLR2004 - every second of them
        full = self._address(original)
        return {
            "resizedImageUri": f"/{original}" if whole else full,
            "thumbnailUri": f"/{thumbnail}" if whole else self._address(thumbnail),
            "originalImageUri": f"/{original}" if relative else full,
        }

    def _address(self, path: str) -> str:
        return blob_url(self._world, self._region, path, self._now)

    def tags(self, image: Image) -> list[dict[str, Any]]:
        """Its tags, oldest first."""
        return [{"tagId": tag, "tagName": self._names.get(tag), "created": tick_stamp(at)} for tag, at in image.tags]

    def _region_json(self, region: Region) -> dict[str, Any]:
        return {
            "regionId": region.id,
            "tagName": self._names.get(region.tag_id),
            "created": tick_stamp(region.created),
            "tagId": region.tag_id,
            **box_json(region),
        }


def box_json(region: Region) -> dict[str, float]:
    """The four numbers of a box."""
    return dict(zip(("left", "top", "width", "height"), region.box, strict=True))


def page(call: Call, images: list[Image]) -> list[Image]:
    """A page of images, in the order that the query asks for. `images`: oldest first."""
    order = call.query.get("orderby", "") or "Newest"
    if order not in {"Newest", "Oldest"}:
        raise ServiceError("BadRequestInvalid", f"Invalid orderBy: {order}")
    take, skip = call.number("take", PAGE, LONGEST_PAGE), call.number("skip", 0)
    ordered = images if order == "Oldest" else images[::-1]
    return ordered[skip : skip + take]


def _chosen(call: Call, status: str) -> list[Image]:
    if call.query.get("$filter"):
        raise ServiceError("BadRequestNotSupported", "The emulator has no $filter.")
    if status not in {"", "all", "tagged", "untagged"}:
        raise ServiceError("BadRequestInvalid", f"Invalid taggingStatus: {status}")
    images = visible_images(call.world, call.project, call.now)
    if status in {"tagged", "untagged"}:
        images = [image for image in images if bool(image.tags) == (status == "tagged")]
    wanted = set(call.ids("tagIds", 20))
    return [image for image in images if not wanted.isdisjoint(image.tag_ids)] if wanted else images


def _listed(call: Call, status: str) -> object:
    writer = ImageWriter(call)
    return [writer.json(image) for image in page(call, _chosen(call, status))]


def _by_ids(call: Call) -> object:
    """The images of these ids, oldest first. Unknown ids are left out, which is a guess."""
    wanted = set(call.ids("imageIds", LONGEST_PAGE))
    writer = ImageWriter(call)
    album = album_of(call.world, call.project)
    found = [image for image_id in wanted if (image := album.get(image_id)) is not None]
    return [writer.json(image) for image in sorted(found, key=lambda image: (image.created, image.id))]


def _count(call: Call, status: str) -> object:
    """A count. No images are made for it, unless the request names tags."""
    if call.query.get("tagids"):
        return len(_chosen(call, status))
    content = call.content
    counts = {"tagged": content.tagged, "untagged": content.untagged}
    return counts.get(status, content.tagged + content.untagged)


def _delete(call: Call) -> object:
    """DeleteImages. An unknown id is ignored, which is a guess."""
    album = album_of(call.world, call.project)
    everything = call.flag("allimages")
    ids = [image.id for image in album] if everything else call.ids("imageIds", LONGEST_PAGE)
    if not ids and not everything:
        raise ServiceError("BadRequestImageBatch", "imageIds")
    for image_id in ids:
        if album.get(image_id) is not None:
            album.remove(image_id)
    touched(call)
    return Reply(HTTPStatus.ACCEPTED if everything or call.flag("alliterations") else HTTPStatus.NO_CONTENT)


def _update_metadata(call: Call) -> object:
    album = album_of(call.world, call.project)
    wanted = metadata_in(call.body("BadRequestRequiredParamIsNull", "metadata"))
    rows: list[dict[str, Any]] = []
    for image_id in call.ids("imageIds", _METADATA_IDS):
        image = album.get(image_id)
        merged = dict(image.metadata) | wanted if image and call.world.behaviour.metadata_merges else wanted
        status = "ErrorImageNotFound" if image is None else "OK"
        if image is not None and len(merged) > _METADATA_PAIRS:
            status = "ErrorLimitExceed"
        elif image is not None:
            album.put(replace(image, metadata=tuple(merged.items())))
        rows.append({"imageId": image_id, "status": status, "metadata": merged if status == "OK" else None})
    touched(call)
    good = all(row["status"] == "OK" for row in rows)
    return Reply(batch_status(call, good=good), {"isBatchSuccessful": good, "images": rows})


def metadata_in(value: object) -> dict[str, str]:
    """Metadata of a request, within its limits of length."""
    if not isinstance(value, dict):
        return {}
    for key, text in value.items():
        if not key or len(key) > _METADATA_KEY:
            raise ServiceError("BadRequestImageMetadataKey", f"A key has 1 to {_METADATA_KEY} characters.")
        if not isinstance(text, str) or len(text) > _METADATA_VALUE:
            raise ServiceError("BadRequestImageMetadataValue", f"A value has at most {_METADATA_VALUE} characters.")
    return value


def batch_status(call: Call, *, good: bool) -> int:
    """The status of a batch: 207 if not all of it succeeded, if the service follows its description."""
    return HTTPStatus.OK if good or call.world.behaviour.failed_batch == "200" else HTTPStatus.MULTI_STATUS


def touched(call: Call) -> None:
    """Update the counts and the project's time after a change of images."""
    changed(call.project)
    if call.world.behaviour.touched_by_images:
        call.world.change(call.project, call.now, last_modified=call.now)


OPERATIONS: Final[dict[str, Callable[[Call], object]]] = {
    "GetImages": lambda call: _listed(call, call.query.get("taggingstatus", "").lower()),
    "GetTaggedImages": lambda call: _listed(call, "tagged"),
    "GetUntaggedImages": lambda call: _listed(call, "untagged"),
    "GetImagesByIds": _by_ids,
    "GetArtifact": get_artifact,
    "GetImageCount": lambda call: _count(call, call.query.get("taggingstatus", "").lower()),
    "GetTaggedImageCount": lambda call: _count(call, "tagged"),
    "GetUntaggedImageCount": lambda call: _count(call, "untagged"),
    "DeleteImages": _delete,
    "UpdateImageMetadata": _update_metadata,
}

"""CreateImagesFromFiles and CreateImagesFromData: every image of a batch has its own result."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, replace
from hashlib import sha256
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from emulator.api.call import Call, Reply, uuid_in
from emulator.api.images import ImageWriter, batch_status, metadata_in, touched
from emulator.api.labels import TAGS_PER_IMAGE, boxed_all, region_in
from emulator.api.multipart import parts
from emulator.state.albums import album_of
from emulator.state.errors import TIMEOUT, GatewayError, ServiceError
from emulator.state.formats import measure
from emulator.state.images import Image

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.api.labels import Box
    from emulator.state.images import Album

_BATCH_IMAGES: Final = 64
_BATCH_TAGS: Final = 20
_IMAGE_BYTES: Final = 6 * 1024 * 1024
_REGIONS_PER_IMAGE: Final = 300
_IMAGE_LIMITS: Final = {"F0": 5_000, "S0": 100_000}
_GOOD: Final = ("OK", "OKDuplicate")


@dataclass(frozen=True)
class _Entry:
    """An image of a request."""

    name: str | None
    data: bytes
    tags: tuple[str, ...]
    boxes: tuple[Box, ...] = ()


def _from_files(call: Call) -> object:
    _check_bytes(call)
    batch = call.body("BadRequestImageBatch", "batch")
    shared = _tags(batch.get("tagIds"))
    rows = batch.get("images")
    if not isinstance(rows, list) or not rows:
        raise ServiceError("BadRequestImageBatch", "images")
    return _create(call, [_entry(row, shared) for row in rows], metadata_in(batch.get("metadata")))


def _entry(row: Any, shared: tuple[str, ...]) -> _Entry:  # noqa: ANN401 - what the body holds
    if not isinstance(row, dict):
        raise ServiceError("BadRequestImageBatch", "images")
    try:
        data = base64.b64decode(str(row.get("contents") or ""), validate=True)
    except (binascii.Error, ValueError):
        raise ServiceError("BadRequestImageBatch", "contents is not base64.") from None
    boxes = tuple(region_in(region) for region in row.get("regions") or ())
    tags = dict.fromkeys((*shared, *_tags(row.get("tagIds")), *(box.tag_id for box in boxes)))
    return _Entry(row.get("name"), data, tuple(tags), boxes)


def _tags(value: object) -> tuple[str, ...]:
    return tuple(uuid_in(str(tag), "tag") for tag in value) if isinstance(value, list) else ()


def _from_data(call: Call) -> object:
    _check_bytes(call)
    tags = tuple(call.ids("tagIds", _BATCH_TAGS))
    kind = call.headers.field("Content-Type") or ""
    if kind.lower().startswith("multipart/"):
        entries = [
            _Entry(f'"{name}"' if name else None, data, tags) for _, name, data in parts(kind, call.request.body)
        ]
    else:
        entries = [_Entry(None, call.request.body, tags)]
    if not entries:
        raise ServiceError("BadRequestImageStream", "imageData")
    return _create(call, entries, {})


def _check_bytes(call: Call) -> None:
    if len(call.request.body) > call.world.behaviour.batch_bytes:
        raise GatewayError(HTTPStatus.REQUEST_TIMEOUT, TIMEOUT, "RequestTimeout")


def _create(call: Call, entries: list[_Entry], metadata: dict[str, str]) -> Reply:
    if len(entries) > _BATCH_IMAGES:
        raise ServiceError("BadRequestExceededBatchSize", f"A batch is limited to {_BATCH_IMAGES} images.")
    if len({tag for entry in entries for tag in entry.tags}) > _BATCH_TAGS:
        raise ServiceError("BadRequestExceededBatchSize", f"A batch is limited to {_BATCH_TAGS} tags.")
    album = album_of(call.world, call.project)
    # A picture that is there already is recognised by its content. The content is read only for an upload.
    known = {_print(call, image): image.id for image in album}
    rows: list[tuple[str | None, str, str | None]] = []
    for entry in entries:
        status = _status(call, album, entry)
        if status == "OK":
            status, image_id = _store(call, album, known, entry, metadata)
            rows.append((entry.name, status, image_id))
        else:
            rows.append((entry.name, status, None))
    touched(call)
    writer = ImageWriter(call)
    images = [(name, status, album.get(image_id) if image_id else None) for name, status, image_id in rows]
    succeeded = _GOOD if call.world.behaviour.duplicates_succeed else _GOOD[:1]
    good = all(status in succeeded for _, status, _ in images)
    body = [
        {"sourceUrl": name, "status": status, "image": None if image is None else writer.json(image)}
        for name, status, image in images
    ]
    return Reply(batch_status(call, good=good), {"isBatchSuccessful": good, "images": body})


def _print(call: Call, image: Image) -> str:
    """The hash of the uploaded bytes, or of a made picture's bytes."""
    return image.source or call.world.pictures.sha256(image.picture)


def _status(call: Call, album: Album, entry: _Entry) -> str:  # noqa: PLR0911 - one return each
    """Why an image is refused, or OK."""
    forced = call.world.behaviour.next_image_outcome()
    if forced != "OK":
        return forced
    kinds = {tag.id: tag.type for tag in call.project.content.tags}
    if len(entry.data) > _IMAGE_BYTES:
        return "ErrorImageSize"
    if measure(entry.data) is None:
        return "ErrorImageFormat"
    if any(tag not in kinds for tag in entry.tags):
        return "ErrorUnknown"  # reported of the real service
    if len(entry.tags) > TAGS_PER_IMAGE:
        return "ErrorTagLimitExceed"
    if len(entry.boxes) > _REGIONS_PER_IMAGE:
        return "ErrorRegionLimitExceed"
    if len({kinds[tag] == "Negative" for tag in entry.tags}) > 1:
        return "ErrorNegativeAndRegularTagOnSameImage"
    return "ErrorLimitExceed" if len(album) >= _IMAGE_LIMITS[call.resource.tier] else "OK"


def _store(call: Call, album: Album, known: dict[str, str], entry: _Entry, metadata: dict[str, str]) -> tuple[str, str]:
    """Store an image, or give its labels to the same image that is there already."""
    source = sha256(entry.data).hexdigest()
    at = album.next_tick(call.now)
    there = album.get(known.get(source, ""))
    if there is not None:
        if call.world.behaviour.duplicates_merge:
            album.put(_labelled(call, there, _given_again(call, entry), at))
        return "OKDuplicate", there.id
    data = call.world.pictures.rewritten(entry.data) if call.world.behaviour.rewrites_uploads else entry.data
    _, width, height = measure(data) or ("", 0, 0)
    image = Image(
        call.world.new_id("image"),
        at,
        width,
        height,
        call.world.pictures.add(data),
        source=source,
        metadata=tuple(metadata.items()) if call.world.behaviour.keeps_metadata else (),
    )
    album.put(_labelled(call, image, entry, at))
    known[source] = image.id
    return "OK", image.id


def _given_again(call: Call, entry: _Entry) -> _Entry:
    """The part of an entry that counts for a picture that is there already. A region adds its tag."""
    known = call.world.behaviour
    boxes = entry.boxes if known.duplicate_regions else ()
    boxed = {box.tag_id for box in entry.boxes}
    tags = tuple(tag for tag in entry.tags if known.duplicate_tags and tag not in boxed)
    return replace(entry, tags=tags, boxes=boxes)


def _labelled(call: Call, image: Image, entry: _Entry, at: int) -> Image:
    for tag in entry.tags:
        image = image.tagged(tag, at)
    return boxed_all(call, image, entry.boxes, at)[0] if entry.boxes else replace(image)


OPERATIONS: Final[dict[str, Callable[[Call], object]]] = {
    "CreateImagesFromFiles": _from_files,
    "CreateImagesFromData": _from_data,
}

"""Adds tags and boxes to images, and removes them."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from emulator.api.call import Call, Reply, uuid_in
from emulator.api.images import batch_status, box_json, touched
from emulator.state.albums import album_of
from emulator.state.errors import ServiceError
from emulator.state.images import Region, float32, tick_stamp, ticks

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.state.images import Album, Image

TAGS_PER_IMAGE: Final = 100
_REGIONS_PER_IMAGE: Final = 300
_TAG_BATCH: Final = 128
_REGION_BATCH: Final = 64
_SIDES: Final = ("left", "top", "width", "height")


@dataclass(frozen=True)
class Box:
    """A box of a request."""

    tag_id: str
    sides: tuple[float, float, float, float]


def region_in(value: Any) -> Box:  # noqa: ANN401 - what the body holds
    """A box of a request: a tag, and ratios from 0 to 1."""
    if not isinstance(value, dict):
        raise ServiceError("BadRequestImageRegions", "regions")
    sides = [value.get(side) for side in _SIDES]
    numbers = [float32(float(side)) for side in sides if isinstance(side, int | float) and -1 <= side <= 2]  # noqa: PLR2004
    if len(numbers) != len(_SIDES) or not all(0 <= number <= 1 for number in numbers):
        raise ServiceError("BadRequestImageRegions", "The sides of a region are from 0 to 1.")
    left, top, width, height = numbers
    return Box(uuid_in(str(value.get("tagId")), "tag"), (left, top, width, height))


def boxed_all(call: Call, image: Image, boxes: tuple[Box, ...], at: int) -> tuple[Image, list[Region | None]]:
    """An image with its new boxes. None in place of a box that it has already."""
    made: list[Region | None] = []
    for box in boxes:
        if any(region.tag_id == box.tag_id and region.box == box.sides for region in image.regions):
            made.append(None)
            continue
        region = Region(call.world.new_id("region"), box.tag_id, *box.sides, at)
        image = image.boxed(region, at)
        made.append(region)
    return image, made


def _create_tags(call: Call) -> object:
    rows = _rows(call, "tags", _TAG_BATCH)
    album = album_of(call.world, call.project)
    created, duplicated, exceeded = [], [], []
    for row in rows:
        image, tag_id = _image(album, row), _tag(call, row)
        entry = {"imageId": image.id, "tagId": tag_id}
        if tag_id in image.tag_ids:
            duplicated.append(entry)
        elif len(image.tags) >= TAGS_PER_IMAGE:
            exceeded.append(entry)
        else:
            _check_negative(call, image, tag_id)
            album.put(image.tagged(tag_id, ticks(call.now)))
            created.append(entry)
    touched(call)
    return {"created": created, "duplicated": duplicated, "exceeded": exceeded}


def _delete_tags(call: Call) -> object:
    album = album_of(call.world, call.project)
    tags = call.ids("tagIds", 20)
    for image_id in call.ids("imageIds", 64):
        image = _image(album, {"imageId": image_id})
        for tag in tags:
            image = image.untagged(tag)
        album.put(image)
    touched(call)
    return Reply(HTTPStatus.NO_CONTENT)


def _create_regions(call: Call) -> object:
    rows = _rows(call, "regions", _REGION_BATCH)
    if call.project.kind != "detection":
        raise ServiceError("BadRequestImageRegions", "Regions are for object detection only.")
    album = album_of(call.world, call.project)
    created: list[dict[str, Any]] = []
    duplicated: list[dict[str, Any]] = []
    exceeded: list[dict[str, Any]] = []
    for row in rows:
        image, box = _image(album, row), region_in(row)
        _tag(call, row)
        entry = {"imageId": image.id, "tagId": box.tag_id, **dict(zip(_SIDES, box.sides, strict=True))}
        if len(image.regions) >= _REGIONS_PER_IMAGE:
            exceeded.append(entry)
            continue
        _check_negative(call, image, box.tag_id)
        image, (region,) = boxed_all(call, image, (box,), ticks(call.now))
        album.put(image)
        if region is None:
            duplicated.append(entry)
        else:
            created.append(_created(image, region))
    touched(call)
    body = {"created": created, "duplicated": duplicated, "exceeded": exceeded}
    return Reply(batch_status(call, good=not (duplicated or exceeded)), body)


def _created(image: Image, region: Region) -> dict[str, Any]:
    """Recorded: the name of the tag is null in this answer."""
    return {
        "imageId": image.id,
        "regionId": region.id,
        "tagName": None,
        "created": tick_stamp(region.created),
        "tagId": region.tag_id,
        **box_json(region),
    }


def _delete_regions(call: Call) -> object:
    album = album_of(call.world, call.project)
    wanted = set(call.ids("regionIds", 64))
    for image in list(album):
        for region in image.regions:
            if region.id in wanted:
                album.put((album.get(image.id) or image).unboxed(region.id))
    touched(call)
    return Reply(HTTPStatus.NO_CONTENT)


def _rows(call: Call, name: str, limit: int) -> list[Any]:
    rows = call.body("BadRequestRequiredParamIsNull", "batch").get(name)
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise ServiceError("BadRequestRequiredParamIsNull", name)
    if len(rows) > limit:
        raise ServiceError("BadRequestExceededBatchSize", f"A batch is limited to {limit} {name}.")
    return rows


def _image(album: Album, row: dict[str, Any]) -> Image:
    image = album.get(uuid_in(str(row.get("imageId")), "image"))
    if image is None:
        raise ServiceError("NotFoundImage", f"Invalid image id: {row.get('imageId')}")
    return image


def _tag(call: Call, row: dict[str, Any]) -> str:
    tag_id = uuid_in(str(row.get("tagId")), "tag")
    if all(tag.id != tag_id for tag in call.project.content.tags):
        raise ServiceError("NotFoundTag", f"Invalid tag id: {tag_id}")
    return tag_id


def _check_negative(call: Call, image: Image, tag_id: str) -> None:
    kinds = {tag.id: tag.type == "Negative" for tag in call.project.content.tags}
    if any(kinds[tag] != kinds[tag_id] for tag in image.tag_ids):
        raise ServiceError(
            "BadRequestNegativeAndRegularTagOnSameImage", "An image has either the negative tag or regular ones."
        )


OPERATIONS: Final[dict[str, Callable[[Call], object]]] = {
    "CreateImageTags": _create_tags,
    "DeleteImageTags": _delete_tags,
    "CreateImageRegions": _create_regions,
    "DeleteImageRegions": _delete_regions,
}

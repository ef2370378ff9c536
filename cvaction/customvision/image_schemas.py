"""The JSON of images, labels, domains and model exports into records. Every function raises MalformedError."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from cvaction.customvision.errors import MalformedError
from cvaction.customvision.image_models import (
    Created,
    Domain,
    Image,
    ImageTag,
    Labelled,
    ModelExport,
    Region,
)
from cvaction.customvision.schemas import fields_of, given, is_uuid, kind_of, text_of, uuid_of
from cvaction.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["as_sent", "created", "domain", "image", "labelled", "metadata_updates", "model_export", "without_addresses"]

_SIDES = ("left", "top", "width", "height")
_ADDRESS = "Uri"  # the end of each address field's name: an address changes with each answer and contains a signature
_IDS = ("id", "Id")  # the ends of the names of id fields


def image(data: object) -> Image:
    """An Image from its JSON. `tags`, `regions` and `metadata` may be missing or null. Every id must be a UUID."""
    fields = fields_of(data)
    return Image(
        id=uuid_of(fields, "id"),
        created=text_of(fields, "created"),
        width=_pixels(fields, "width"),
        height=_pixels(fields, "height"),
        tags=tuple(_image_tag(item) for item in _list(fields, "tags")),
        regions=tuple(_region(item) for item in _list(fields, "regions")),
        metadata=_metadata(fields),
        original=Secret(text_of(fields, "originalImageUri")),
    )


def _pixels(fields: Mapping[str, Any], name: str) -> int | None:
    value = fields.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def _list(fields: Mapping[str, Any], name: str) -> list[Any]:
    value: list[Any] = given(fields, name, list) if fields.get(name) is not None else []
    return value


def _metadata(fields: Mapping[str, Any]) -> Mapping[str, str]:
    """Texts by name. The service stores only texts."""
    found = given(fields, "metadata", dict) if fields.get("metadata") is not None else {}
    for value in found.values():
        if not isinstance(value, str):
            msg = f"a value of 'metadata' is {kind_of(value)}"
            raise MalformedError(msg)
    return dict(found)


def _image_tag(data: object) -> ImageTag:
    fields = fields_of(data)
    return ImageTag(uuid_of(fields, "tagId"), text_of(fields, "tagName"), text_of(fields, "created"))


def _region(data: object) -> Region:
    fields = fields_of(data)
    left, top, width, height = (given(fields, side, int, float) for side in _SIDES)
    return Region(
        region_id=uuid_of(fields, "regionId") if fields.get("regionId") is not None else "",
        tag_id=uuid_of(fields, "tagId"),
        tag_name=text_of(fields, "tagName"),
        created=text_of(fields, "created"),
        left=left,
        top=top,
        width=width,
        height=height,
    )


def created(data: object) -> tuple[Created, ...]:
    """An ImageCreateSummary: each image's own status. A response with status 200 may hold nothing but failures."""
    return tuple(_created(item) for item in _list(fields_of(data), "images"))


def _created(data: object) -> Created:
    fields = fields_of(data)
    made = image(fields["image"]) if fields.get("image") is not None else None
    # A recorded answer has the name in quotation marks.
    return Created(text_of(fields, "sourceUrl").strip('"'), given(fields, "status", str), made)


def labelled(data: object) -> Labelled:
    """An ImageTagCreateSummary or an ImageRegionCreateSummary; each of its lists may be null."""
    fields = fields_of(data)
    lists = (tuple(_pair(item) for item in _list(fields, name)) for name in ("created", "duplicated", "exceeded"))
    return Labelled(*lists)


def _pair(data: object) -> tuple[str, str]:
    fields = fields_of(data)
    return uuid_of(fields, "imageId"), uuid_of(fields, "tagId")


def metadata_updates(data: object) -> Mapping[str, str]:
    """An ImageMetadataUpdateSummary: the status of each image by its id."""
    rows = [fields_of(item) for item in _list(fields_of(data), "images")]
    return {uuid_of(row, "imageId"): given(row, "status", str) for row in rows}


def domain(data: object) -> Domain:
    """A Domain from its JSON. A domain without `enabled` counts as enabled."""
    fields = fields_of(data)
    return Domain(
        id=uuid_of(fields, "id"),
        name=text_of(fields, "name"),
        type=text_of(fields, "type"),
        exportable=fields.get("exportable") is True,
        enabled=fields.get("enabled") is not False,
    )


def model_export(data: object) -> ModelExport:
    """An Export from its JSON."""
    fields = fields_of(data)
    return ModelExport(
        platform=given(fields, "platform", str),
        flavor=text_of(fields, "flavor"),
        status=text_of(fields, "status"),
        download=Secret(text_of(fields, "downloadUri")),
        outdated=fields.get("newerVersionAvailable") is True,
    )


def as_sent(wanted: str = "") -> Callable[[object], Mapping[str, Any]]:
    """A parser that keeps an object as it was sent, without addresses, ids in lower case. Its `id` must be `wanted`, or any UUID."""

    def parse(data: object) -> Mapping[str, Any]:
        found = uuid_of(fields_of(data), "id")
        if wanted and found != wanted:
            msg = "it is about another id than the requested one"
            raise MalformedError(msg)
        return fields_of(without_addresses(data))

    return parse


def without_addresses(data: object) -> Any:  # noqa: ANN401 - a JSON value
    """A JSON value without its fields named `…Uri`, and with its ids in lower case.

    NaN and infinite numbers are refused: JSON cannot hold them. Every other record has ids in lower case, and ids are compared.
    """
    if isinstance(data, dict):
        return {
            name: _lower(value) if name.endswith(_IDS) else without_addresses(value)
            for name, value in data.items()
            if not name.endswith(_ADDRESS)
        }
    if isinstance(data, list):
        return [without_addresses(item) for item in data]
    if isinstance(data, float) and not math.isfinite(data):
        msg = "a field holds NaN or an infinite number"
        raise MalformedError(msg)
    return data


def _lower(value: Any) -> Any:  # noqa: ANN401 - a JSON value
    """A UUID in lower case; any other value as `without_addresses` returns it."""
    if isinstance(value, str):
        return value.lower() if is_uuid(value.lower()) else value
    return without_addresses(value)

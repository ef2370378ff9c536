"""A line of images.jsonl: an image as the API returns it, without its URIs, and the path of its picture."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from cvaction.archive import canonical, layout
from cvaction.archive.errors import ArchiveError, DamagedError, WireError

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Mapping

    from cvaction.customvision.image_models import Image

_TIME = re.compile(r"[0-9TZ:.+-]{1,40}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


class Label(NamedTuple):
    """A tag of an image."""

    tag: str
    name: str
    created: str

    def wire(self) -> dict[str, Any]:
        """As the API has it."""
        return {"tagId": self.tag, "tagName": self.name, "created": self.created}


class Region(NamedTuple):
    """A box and its tag. The numbers are as sent: ratios of the image's width and height."""

    id: str
    tag: str
    name: str
    created: str
    left: float
    top: float
    width: float
    height: float

    def wire(self) -> dict[str, Any]:
        """As the API has it."""
        box = {"left": self.left, "top": self.top, "width": self.width, "height": self.height}
        return {"regionId": self.id, "tagId": self.tag, "tagName": self.name, "created": self.created, **box}


class Stored(NamedTuple):
    """A picture in the archive: its path in the project's folder, its sha256, its length, its own width and height."""

    file: str
    sha256: str
    size: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class ImageRow:
    """One image. `created` is as sent. `width` and `height` are as the API returns them, 0 if it does not.

    `stored` is None for an image without its pixels: in a listing, and in a backup without images.
    """

    id: str
    created: str
    width: int
    height: int
    tags: tuple[Label, ...] = ()
    regions: tuple[Region, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)
    stored: Stored | None = None

    @classmethod
    def of_image(cls, image: Image) -> ImageRow:
        """An image that the client has read."""
        labels = (Label(tag.tag_id, tag.tag_name, tag.created) for tag in image.tags)
        regions = (
            Region(*(one.region_id, one.tag_id, one.tag_name, one.created), one.left, one.top, one.width, one.height)
            for one in image.regions
        )
        return cls(
            id=image.id,
            created=image.created if _TIME.fullmatch(image.created) else "",
            width=image.width or 0,
            height=image.height or 0,
            tags=tuple(sorted(labels)),
            regions=tuple(sorted(regions)),
            metadata=image.metadata,
        )

    @classmethod
    def of(cls, wire: object) -> ImageRow:
        """An image from the API's JSON (OpenAPI: `Image`). Raises WireError for a wrong id or number."""
        if not isinstance(wire, dict):
            msg = "an image of the listing is not an object"
            raise WireError(msg)
        return cls(
            id=layout.checked_id(wire.get("id"), "an image"),
            created=_time(wire),
            width=_pixels(wire, "width"),
            height=_pixels(wire, "height"),
            tags=tuple(sorted(map(_label, _list(wire, "tags")))),
            regions=tuple(sorted(map(_region, _list(wire, "regions")))),
            metadata=_metadata(wire.get("metadata")),
        )

    @classmethod
    def read(cls, line: bytes, where: str = layout.IMAGES) -> ImageRow:
        """An image from a line of images.jsonl. Raises DamagedError if the line is not as it was written."""
        value = canonical.parsed(line, f"a line of {where}")
        try:
            row = cls.of(value)
            stored = _stored(row.id, value)
        except (ArchiveError, TypeError, ValueError, KeyError) as error:
            msg = f"a line of {where} is not as it was written: {error}"
            raise DamagedError(msg) from None
        return replace(row, stored=stored) if stored else row

    @property
    def key(self) -> bytes:
        """The key that images.jsonl is sorted by: the creation time, then the id."""
        return f"{self.created.removesuffix('Z')}\x1f{self.id}".encode()

    def count_in(self, counts: Counter[str]) -> None:
        """Add this image to the counts that the manifest has."""
        counts["images"] += 1
        counts["tagged" if self.tags or self.regions else "untagged"] += 1
        counts["regions"] += len(self.regions)
        if self.stored:
            counts["pictures"] += 1
            counts["bytes"] += self.stored.size

    def line(self) -> bytes:
        """The line of images.jsonl, with its line break."""
        value: dict[str, Any] = {
            "id": self.id,
            "created": self.created,
            "width": self.width,
            "height": self.height,
            "tags": [label.wire() for label in self.tags],
            "regions": [region.wire() for region in self.regions],
            "metadata": self.metadata,
            "file": self.stored.file if self.stored else None,
            "sha256": self.stored.sha256 if self.stored else None,
            "bytes": self.stored.size if self.stored else None,
        }
        if self.stored and (self.stored.width, self.stored.height) != (self.width, self.height):
            value["pixels"] = [self.stored.width, self.stored.height]
        return canonical.line(value)

    @property
    def measures(self) -> tuple[int, int]:
        """Width and height in pixels of the stored picture as it is shown; without a picture, as the API returns them."""
        if self.stored is None:
            return self.width, self.height
        own = self.stored.width, self.stored.height
        return own[::-1] if own[::-1] == (self.width, self.height) else own


def _list(wire: Mapping[str, Any], name: str) -> list[Any]:
    value = wire.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        msg = f"`{name}` of an image is not a list"
        raise WireError(msg)
    return value


def _time(wire: Mapping[str, Any]) -> str:
    value = wire.get("created")
    return value if isinstance(value, str) and _TIME.fullmatch(value) else ""


def _text(wire: Mapping[str, Any], name: str) -> str:
    value = wire.get(name)
    return value if isinstance(value, str) else ""


def _pixels(wire: Mapping[str, Any], name: str) -> int:
    value = wire.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _label(wire: Any) -> Label:  # noqa: ANN401 - a JSON value
    if not isinstance(wire, dict):
        msg = "a tag of an image is not an object"
        raise WireError(msg)
    return Label(layout.checked_id(wire.get("tagId"), "a tag of an image"), _text(wire, "tagName"), _time(wire))


def _region(wire: Any) -> Region:  # noqa: ANN401 - a JSON value
    if not isinstance(wire, dict):
        msg = "a region of an image is not an object"
        raise WireError(msg)
    return Region(
        layout.checked_id(wire["regionId"], "a region") if wire.get("regionId") else "",
        layout.checked_id(wire.get("tagId"), "a region's tag"),
        _text(wire, "tagName"),
        _time(wire),
        *(_ratio(wire, side) for side in ("left", "top", "width", "height")),
    )


def _ratio(wire: Mapping[str, Any], side: str) -> float:
    value = wire.get(side)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        msg = f"`{side}` of a region is not a number"
        raise WireError(msg)
    return value


def _metadata(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        return {}
    return {
        key: item if isinstance(item, str) else canonical.line(item).decode().strip() for key, item in value.items()
    }


def _stored(image_id: str, value: Mapping[str, Any]) -> Stored | None:
    """The picture's path and facts. Raises DamagedError for any path but the layout's: a line may have been changed."""
    if value["file"] is None:
        return None
    extension = value["file"].rpartition(".")[2]
    if extension not in layout.EXTENSIONS or value["file"] != layout.picture_path(image_id, extension):
        msg = "`file` is not the path of that image's picture"
        raise DamagedError(msg)
    size, (width, height) = value["bytes"], value.get("pixels") or (value["width"], value["height"])
    if not _SHA256.fullmatch(value["sha256"]) or not all(type(n) is int and n >= 0 for n in (size, width, height)):
        msg = "`sha256`, `bytes` or `pixels` is not valid"
        raise DamagedError(msg)
    return Stored(value["file"], value["sha256"], size, width, height)

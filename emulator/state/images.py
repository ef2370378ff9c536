"""Images as objects: what is known about each, and the album of a project, which keeps the counts correct.

Most projects never need such objects: `Content` only counts, and `album_of` makes the objects from the counts when
somebody lists, downloads or changes an image.
"""

from __future__ import annotations

import struct
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from emulator.state.model import Content

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TICKS: Final = 10_000_000
"""Of a second: the service's times of images have seven digits."""


@dataclass(frozen=True, slots=True)
class Region:
    """A labelled box: ratios of the image's size, as float32."""

    id: str
    tag_id: str
    left: float
    top: float
    width: float
    height: float
    created: int

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, width, height."""
        return self.left, self.top, self.width, self.height


@dataclass(frozen=True, slots=True)
class Image:
    """An image of a workspace. `picture` is the key of its bytes, `tags` are (id, ticks) in order of tagging.

    `source` is the sha256 of the uploaded bytes. By it a repeated upload of a picture is recognised.
    """

    id: str
    created: int
    width: int
    height: int
    picture: str
    tags: tuple[tuple[str, int], ...] = ()
    regions: tuple[Region, ...] = ()
    metadata: tuple[tuple[str, str], ...] = ()
    source: str = ""

    @property
    def tag_ids(self) -> tuple[str, ...]:
        """The ids of its tags."""
        return tuple(tag for tag, _ in self.tags)

    def tagged(self, tag_id: str, at: int) -> Image:
        """The image with one more tag, unless it has the tag already."""
        return self if tag_id in self.tag_ids else replace(self, tags=(*self.tags, (tag_id, at)))

    def untagged(self, tag_id: str) -> Image:
        """The image without a tag and its regions."""
        tags = tuple(row for row in self.tags if row[0] != tag_id)
        return replace(self, tags=tags, regions=tuple(region for region in self.regions if region.tag_id != tag_id))

    def boxed(self, region: Region, at: int) -> Image:
        """The image with one more region and its tag. The newest region is the first, as recorded."""
        return replace(self.tagged(region.tag_id, at), regions=(region, *self.regions))

    def unboxed(self, region_id: str) -> Image:
        """The image without a region. Recorded: with the last region of a tag, the tag is removed, too."""
        gone = next(region for region in self.regions if region.id == region_id)
        left = tuple(region for region in self.regions if region.id != region_id)
        if any(region.tag_id == gone.tag_id for region in left):
            return replace(self, regions=left)
        return self.untagged(gone.tag_id)


class Album:
    """The images of a project, oldest first, and their counts."""

    def __init__(self, images: Iterable[Image] = ()) -> None:
        self._images: dict[str, Image] = {}
        self._per_tag: Counter[str] = Counter()
        self._tagged = 0
        self._regions = 0
        self.last = 0  # the newest image's time
        self.gone: dict[str, Image] = {}  # deleted ones, for a service that keeps their blobs
        self.unsaved: dict[str, None] = {}  # in order, for that of the store
        for image in images:
            self.put(image)

    def __len__(self) -> int:
        return len(self._images)

    def __iter__(self) -> Iterator[Image]:
        return iter(self._images.values())

    def get(self, image_id: str) -> Image | None:
        """An image by its id."""
        return self._images.get(image_id)

    def put(self, image: Image) -> None:
        """Add an image, or replace the one of its id."""
        old = self._images.get(image.id)
        if old is not None:
            self._count(old, -1)
        self._count(image, 1)
        self._images[image.id] = image
        self.last = max(self.last, image.created)
        self.unsaved[image.id] = None

    def remove(self, image_id: str) -> None:
        """Remove an image."""
        image = self._images.pop(image_id)
        self._count(image, -1)
        self.gone[image_id] = image
        self.unsaved[image_id] = None

    def _count(self, image: Image, by: int) -> None:
        for tag, _ in image.tags:
            self._per_tag[tag] += by
        self._tagged += by if image.tags else 0
        self._regions += by * len(image.regions)

    def counted(self, content: Content) -> Content:
        """The content with this album's counts."""
        tags = tuple(replace(tag, image_count=self._per_tag[tag.id]) for tag in content.tags)
        untagged = len(self._images) - self._tagged
        return replace(content, tags=tags, tagged=self._tagged, untagged=untagged, regions=self._regions)

    def next_tick(self, now: datetime) -> int:
        """The time of the next image: a tick later. Only every fifth image has the same time as the one before.

        Recorded: within a batch two images may have the same time.
        """
        if self.last and len(self._images) % 5 == 4:  # noqa: PLR2004 - as the docstring tells
            return self.last
        return max(ticks(now), self.last + 1)


def ticks(moment: datetime) -> int:
    """A time in units of 100 ns."""
    return (moment - _EPOCH) // timedelta(microseconds=1) * 10


def tick_stamp(moment: int) -> str:
    """A time as images have it: up to seven digits, no trailing zeros, no zone (recorded)."""
    seconds, fraction = divmod(moment, _TICKS)
    text = (_EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S")
    digits = f"{fraction:07}".rstrip("0")
    return f"{text}.{digits}" if digits else text


def float32(value: float) -> float:
    """A number as the service stores and writes it: seven digits if they are enough, else nine (recorded)."""
    packed = struct.pack("<f", value)
    (single,) = struct.unpack("<f", packed)
    short = float(f"{single:.7g}")
    return short if struct.pack("<f", short) == packed else float(f"{single:.9g}")


def share(text: str) -> float:
    """A number from 0 to 1, made from a text."""
    return shares(text)[0]


def shares(text: str) -> tuple[float, float, float, float]:
    """Four such numbers."""
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
    one, two, three, four = (number / 2**32 for number in struct.unpack("<IIII", digest))
    return one, two, three, four


def uuid_of(text: str) -> str:
    """A UUID, made from a text."""
    digits = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"

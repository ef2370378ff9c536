"""Which images go into one request: it has limits for images, tags and bytes. No client, no clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cvaction.customvision.image_writer import BATCH_TAGS, IMAGES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cvaction.archive.rows import ImageRow, Region

MOST_BYTES, LEAST_BYTES = 16_000_000, 1_000_000  # raw, of one request: batches of 55 MB were refused


@dataclass(frozen=True)
class Item:
    """An image in a request, with its first tags. Its other labels are added by the comparison at the end."""

    place: int  # in images.jsonl
    row: ImageRow
    tags: tuple[str, ...]
    regions: tuple[Region, ...]

    @property
    def size(self) -> int:
        """Its bytes."""
        return self.row.stored.size if self.row.stored else 0


def item(place: int, row: ImageRow) -> Item:
    """An image with as many of its tags as one request may have."""
    tags = tuple(dict.fromkeys([*(region.tag for region in row.regions), *(label.tag for label in row.tags)]))
    carried = tags[:BATCH_TAGS]
    return Item(place, row, carried, tuple(region for region in row.regions if region.tag in carried))


class Room:
    """How many bytes a request may have now: fewer after requests that took long or were refused as too large."""

    def __init__(self) -> None:
        self.bytes = MOST_BYTES

    def halve(self) -> None:
        """Make requests smaller from now on."""
        self.bytes = max(LEAST_BYTES, self.bytes // 2)


def batches(rows: Iterable[tuple[int, ImageRow]], room: Room) -> Iterator[list[Item]]:
    """The images of all rows, in order, one list for each request. An image larger than the room has its own request."""
    batch: list[Item] = []
    tags: set[str] = set()
    size = 0
    for place, row in rows:
        one = item(place, row)
        full = len(batch) == IMAGES or size + one.size > room.bytes or len(tags | set(one.tags)) > BATCH_TAGS
        if batch and full:
            yield batch
            batch, tags, size = [], set(), 0
        batch.append(one)
        tags |= set(one.tags)
        size += one.size
    if batch:
        yield batch


def halves(batch: list[Item]) -> tuple[list[Item], list[Item]]:
    """Split a request into two."""
    middle = len(batch) // 2
    return batch[:middle], batch[middle:]

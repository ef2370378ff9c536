"""The images of one listing of a project, in order, and the differences between two listings."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Self

from cvaction.archive.rows import ImageRow
from cvaction.archive.sorting import LineSorter

if TYPE_CHECKING:
    from collections.abc import Iterator


_ID = b'"id":"'


class Listing:
    """The images of one listing, in the order of images.jsonl. An image that was added twice is there once."""

    def __init__(self) -> None:
        self._sorter = LineSorter()

    def add(self, row: ImageRow) -> None:
        """Add an image."""
        self._sorter.add(row.key, row.line())

    def __iter__(self) -> Iterator[ImageRow]:
        """The images, in order. May be read again and again."""
        return (ImageRow.read(line) for line in self._sorter)

    def lines(self) -> Iterator[bytes]:
        """The images as lines of images.jsonl, without pictures."""
        return iter(self._sorter)

    def ids(self) -> Iterator[str]:
        """The ids of the images, in order, without parsing each line."""
        for line in self._sorter:
            # Keys are sorted: no field before this one contains this name, and the value has no escapes.
            at = line.index(_ID) + len(_ID)
            yield line[at : at + 36].decode()

    def close(self) -> None:
        """Free the space on the disk."""
        self._sorter.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


class Difference(NamedTuple):
    """An image that differs in two listings. None stands for a listing that does not have the image."""

    before: ImageRow | None
    after: ImageRow | None

    @property
    def id(self) -> str:
        """The image's id."""
        row = self.before or self.after
        return row.id if row else ""


def differences(before: Listing, after: Listing) -> Iterator[Difference]:
    """The differences between two listings, in order: images, tags, regions, metadata. Empty if the listings agree."""
    one, other = _Reading(before), _Reading(after)
    while one.line or other.line:
        if one.line == other.line:
            one.skip()
            other.skip()
        elif other.row is None or (one.row is not None and one.row.key < other.row.key):
            yield Difference(one.step(), None)
        elif one.row is None or other.row.key < one.row.key:
            yield Difference(None, other.step())
        else:
            yield Difference(one.step(), other.step())


class _Reading:
    """A listing and a position in it. A line is parsed only when it is needed."""

    def __init__(self, listing: Listing) -> None:
        self._lines = listing.lines()
        self.line = next(self._lines, b"")

    @property
    def row(self) -> ImageRow | None:
        return ImageRow.read(self.line) if self.line else None

    def step(self) -> ImageRow | None:
        row = self.row
        self.skip()
        return row

    def skip(self) -> None:
        self.line = next(self._lines, b"")

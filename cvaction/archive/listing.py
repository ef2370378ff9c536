"""The images of one listing of a project, in order, and what two listings differ in."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Self

from cvaction.archive.rows import ImageRow
from cvaction.archive.sorting import LineSorter

if TYPE_CHECKING:
    from collections.abc import Iterator


_ID = b'"id":"'


class Listing:
    """The images of one listing, in the order of images.jsonl however they came; an image that came twice is one."""

    def __init__(self) -> None:
        self._sorter = LineSorter()

    def add(self, row: ImageRow) -> None:
        """Take an image."""
        self._sorter.add(row.key, row.line())

    def __iter__(self) -> Iterator[ImageRow]:
        """The images, in order; as often as wanted."""
        return (ImageRow.read(line) for line in self._sorter)

    def lines(self) -> Iterator[bytes]:
        """The same as lines of images.jsonl, without pictures."""
        return iter(self._sorter)

    def ids(self) -> Iterator[str]:
        """The ids of the images, in order, without the work of reading each line whole."""
        for line in self._sorter:
            # Keys are sorted: nothing before this field has one of its name, and its value has no escapes.
            at = line.index(_ID) + len(_ID)
            yield line[at : at + 36].decode()

    def close(self) -> None:
        """Give the disk back."""
        self._sorter.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


class Difference(NamedTuple):
    """An image that two listings do not tell alike; None where one of them does not have it."""

    before: ImageRow | None
    after: ImageRow | None

    @property
    def id(self) -> str:
        """The image's id."""
        row = self.before or self.after
        return row.id if row else ""


def differences(before: Listing, after: Listing) -> Iterator[Difference]:
    """What two listings differ in: images, tags, regions, metadata. In order; nothing where they agree."""
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
    """A listing and how far it is read. A line is parsed only where it is asked for."""

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

"""Boxes inside their picture: a drawn box may reach over the picture's edge, and only the formats cut it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from cvaction.archive.rows import ImageRow, Region


class Box(NamedTuple):
    """A box as ratios of the picture's width and height, each 0 to 1."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def empty(self) -> bool:
        """Whether no part of the box is inside the picture."""
        return self.right <= self.left or self.bottom <= self.top


def clipped(region: Region) -> Box:
    """The part of a region that is inside its picture."""
    left, top = _inside(region.left), _inside(region.top)
    return Box(left, top, _inside(region.left + region.width), _inside(region.top + region.height))


def _inside(ratio: float) -> float:
    return min(1.0, max(0.0, float(ratio)))


class LeftOut:
    """What a format cannot hold, counted while it is written."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def count(self, what: str, number: int = 1) -> None:
        """Count what a warning names."""
        self._counts[what] = self._counts.get(what, 0) + number

    def warnings(self) -> list[str]:
        """What was left out, and how often."""
        return [f"{what}: {number:,}" for what, number in sorted(self._counts.items()) if number]


def boxes(row: ImageRow, classes: dict[str, int], left_out: LeftOut) -> list[tuple[int, Box]]:
    """The boxes of an image, each with the number of its class. Labels without a box or an area are counted."""
    found = []
    for region in row.regions:
        box = clipped(region)
        if region.tag not in classes:
            left_out.count("regions with the negative tag, left out")
        elif box.empty:
            left_out.count("regions outside of their picture, left out")
        else:
            found.append((classes[region.tag], box))
    drawn = {region.tag for region in row.regions}
    bare = sum(label.tag in classes and label.tag not in drawn for label in row.tags)
    left_out.count("tags of images without a region there, left out", bare)
    return found

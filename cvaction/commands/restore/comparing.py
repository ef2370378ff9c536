"""What a restored image lacks compared with its backup, and what it has in excess. No client, no clock."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from cvaction.customvision.image_models import Region

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from cvaction.archive.rows import ImageRow
    from cvaction.archive.rows import Region as Box
    from cvaction.customvision.image_models import Image

NEAR = 1e-5  # of a picture's side: the service stores float32 and may send fewer digits; no two boxes are so close


@dataclass(frozen=True)
class Lacking:
    """What has to be done with one image. `strange`: how many tags and regions are not in the backup. They stay."""

    tags: tuple[str, ...] = ()
    regions: tuple[Region, ...] = ()
    doubled: tuple[str, ...] = ()  # ids of regions
    metadata: Mapping[str, str] = field(default_factory=dict)
    strange: int = 0

    @property
    def count(self) -> int:
        """How many things have to be done."""
        return len(self.tags) + len(self.regions) + len(self.doubled) + bool(self.metadata)


def lacking(rows: Sequence[ImageRow], there: Image, tags: Mapping[str, str]) -> Lacking:
    """Compare an image of the target with its rows in the backup: several rows where the backup repeats the picture.

    `tags`: the target's tag ids by the backup's. A box that is on the target already is never made a second time.
    """
    row = united(rows)
    wanted = {tags[label.tag] for label in row.tags} | {tags[region.tag] for region in row.regions}
    has = {tag.tag_id for tag in there.tags} | {region.tag_id for region in there.regions}
    boxes = _Boxes(row.regions, tags)
    doubled, strange = [], len(has - wanted)
    for region in sorted(there.regions, key=lambda one: (one.created, one.region_id)):
        found = boxes.see(region)
        strange += found is None
        if found is False and region.region_id:
            doubled.append(region.region_id)
    missing = boxes.missing()
    return Lacking(
        tags=tuple(sorted(wanted - has - {region.tag_id for region in missing})),
        regions=missing,
        doubled=tuple(doubled),
        metadata=dict(row.metadata)
        if any(there.metadata.get(key) != row.metadata[key] for key in row.metadata)
        else {},
        strange=strange,
    )


class _Boxes:
    """The boxes that an image should have, and how often each was seen."""

    def __init__(self, regions: Sequence[Box], tags: Mapping[str, str]) -> None:
        self._wanted: list[Region] = []
        self._most: list[int] = []
        for box in regions:
            made = Region("", tags[box.tag], "", "", box.left, box.top, box.width, box.height)
            at = self._place(made)
            if at is None:
                self._wanted.append(made)
                self._most.append(1)
            else:
                self._most[at] += 1
        self._seen = [0] * len(self._wanted)

    def _place(self, region: Region) -> int | None:
        return next((at for at, wanted in enumerate(self._wanted) if _same(wanted, region)), None)

    def see(self, region: Region) -> bool | None:
        """True: the region is in the backup. False: it is there more often than in the backup. None: it is not in it."""
        at = self._place(region)
        if at is None:
            return None
        self._seen[at] += 1
        return self._seen[at] <= self._most[at]

    def missing(self) -> tuple[Region, ...]:
        """The boxes that were not seen at all."""
        return tuple(wanted for wanted, seen in zip(self._wanted, self._seen, strict=True) if not seen)


def _same(one: Region, other: Region) -> bool:
    return one.tag_id == other.tag_id and all(
        abs(a - b) <= NEAR for a, b in zip(_sides(one), _sides(other), strict=True)
    )


def _sides(region: Region) -> tuple[float, float, float, float]:
    return region.left, region.top, region.width, region.height


def united(rows: Sequence[ImageRow]) -> ImageRow:
    """One row for a repeated picture, with the labels of all rows. Of two values for a metadata key the first counts."""
    first, *others = rows
    if not others:
        return first
    tags, regions, metadata = list(first.tags), list(first.regions), dict(first.metadata)
    for row in others:
        tags += [label for label in row.tags if label.tag not in {known.tag for known in tags}]
        known = {_box(region) for region in regions}
        regions += [region for region in row.regions if _box(region) not in known]
        metadata = dict(row.metadata) | metadata
    return replace(first, tags=tuple(tags), regions=tuple(regions), metadata=metadata)


def merged(rows: Sequence[ImageRow], kind: str, negative: Collection[str]) -> tuple[ImageRow, bool]:
    """One row for a repeated picture, and whether labels are left out. `kind`: of the project; `negative`: ids of tags.

    An image may have one tag only, or the negative tag and no other: then the oldest labelled image's labels count.
    """
    labels = [{label.tag for label in row.tags} | {region.tag for region in row.regions} for row in rows]
    every = set().union(*labels)
    clash = (kind == "multiclass" and len(every) > 1) or (bool(every & {*negative}) and bool(every - {*negative}))
    wanted = united(rows)
    if clash:
        first = next(row for row, own in zip(rows, labels, strict=True) if own)
        wanted = replace(wanted, tags=first.tags, regions=first.regions)
    return wanted, clash


def _box(region: Box) -> tuple[str, float, float, float, float]:
    return region.tag, region.left, region.top, region.width, region.height

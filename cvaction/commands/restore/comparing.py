"""What a restored image lacks of what the backup has of it, and what it has too much. No client, no clock."""

from __future__ import annotations

import struct
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from cvaction.customvision.image_models import Region

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cvaction.archive.rows import ImageRow
    from cvaction.archive.rows import Region as Box
    from cvaction.customvision.image_models import Image

Key = tuple[str, float, float, float, float]  # of a region: its tag there, and its sides as the service stores them


@dataclass(frozen=True)
class Lacking:
    """What has to be done with one image. `strange`: tags and regions that the backup does not have; they are left."""

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
    """Compare an image of the target with its rows in the backup; several where one picture was there several times.

    `tags`: the target's tag ids by the backup's. A box of the backup that is there already is never made a second time.
    """
    row = united(rows)
    wanted = {tags[label.tag] for label in row.tags} | {tags[region.tag] for region in row.regions}
    has = {tag.tag_id for tag in there.tags} | {region.tag_id for region in there.regions}
    boxes: dict[Key, Region] = {}
    most: Counter[Key] = Counter()
    for box in row.regions:
        made = Region("", tags[box.tag], "", "", box.left, box.top, box.width, box.height)
        boxes.setdefault(_key(made), made)
        most[_key(made)] += 1
    seen: Counter[Key] = Counter()
    doubled, strange = [], len(has - wanted)
    for region in sorted(there.regions, key=lambda one: (one.created, one.region_id)):
        key = _key(region)
        seen[key] += 1
        strange += key not in boxes
        if key in boxes and seen[key] > most[key] and region.region_id:
            doubled.append(region.region_id)
    return Lacking(
        tags=tuple(sorted(wanted - has - {region.tag_id for key, region in boxes.items() if not seen[key]})),
        regions=tuple(region for key, region in boxes.items() if not seen[key]),
        doubled=tuple(doubled),
        metadata=dict(row.metadata)
        if any(there.metadata.get(key) != row.metadata[key] for key in row.metadata)
        else {},
        strange=strange,
    )


def united(rows: Sequence[ImageRow]) -> ImageRow:
    """One picture that the backup has several times, with the labels of all; of two values of a key the first counts."""
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


def _key(region: Region) -> Key:
    left, top, width, height = map(_float32, (region.left, region.top, region.width, region.height))
    return region.tag_id, left, top, width, height


def _box(region: Box) -> Key:
    return region.tag, region.left, region.top, region.width, region.height


def _float32(number: float) -> float:
    """A number as the service stores it: recorded regions are 0.4007353 and the like."""
    try:
        rounded: float = struct.unpack("f", struct.pack("f", number))[0]
    except OverflowError:  # no service has stored that
        return number
    return rounded

"""What a restore is going to do, as lines of a plan: steps, calls, megabytes and minutes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cvaction.archive import layout
from cvaction.archive.sorting import LineSorter
from cvaction.commands.restore.batches import Room, batches, item
from cvaction.commands.restore.completing import chunks, grouped
from cvaction.commands.restore.tagging import augmentation
from cvaction.customvision.image_reader import PAGE
from cvaction.customvision.image_writer import METADATA_IMAGES, REGIONS, TAG_PAIRS
from cvaction.github.text import one_line
from cvaction.plural import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cvaction.commands.restore.backup import Backup
    from cvaction.commands.restore.inputs import Inputs

CALLS_A_SECOND, MEGABYTES_A_SECOND = 10, 5  # the service's limit; a common upload speed
_AROUND = 12  # requests to make, mark and name a project, and to look for it


@dataclass(frozen=True)
class Size:
    """How much there is to do. `batches`, `labels`, `metadata` and `looks` are numbers of requests."""

    batches: int
    labels: int
    metadata: int
    looks: int
    tags: int
    bytes: int

    @property
    def calls(self) -> int:
        """All requests."""
        return self.batches + self.labels + self.metadata + self.looks + self.tags + _AROUND

    @property
    def minutes(self) -> int:
        """About how long the restore takes, at the service's limit and with a common connection."""
        return math.ceil((self.calls / CALLS_A_SECOND + self.bytes / 1e6 / MEGABYTES_A_SECOND) / 60)


def size_of(backup: Backup) -> Size:
    """Count the requests and the bytes that the restore of a backup takes."""
    tags = regions = size = 0
    with LineSorter() as metadata:
        for place, row in backup.rows():
            one = item(place, row)
            regions += len(row.regions) - len(one.regions)
            bare = {label.tag for label in row.tags} - {region.tag for region in row.regions}
            tags += len(bare - set(one.tags))
            size += one.size
            if row.metadata:
                text = repr(sorted(row.metadata.items()))
                metadata.add(f"{text}\x1f{row.id}".encode("utf-8", "replace"), f"{row.id} {text!a}\n".encode())
        groups = sum(1 for _text, ids in grouped(metadata) for _ in chunks(ids, METADATA_IMAGES))
    labels = math.ceil(tags / TAG_PAIRS) + math.ceil(regions / REGIONS)
    looks = (2 if labels or groups else 1) * (backup.images // PAGE + 1)
    sent = sum(1 for _ in batches(backup.rows(), Room()))
    return Size(sent, labels, groups, looks, len(backup.tags), size)


def lines(backup: Backup, inputs: Inputs) -> Iterator[str]:
    """The plan, line by line."""
    size, counts = size_of(backup), backup.manifest.counts
    domain = one_line(str(backup.manifest.domain.get("name") or backup.settings.get("domainId") or "unknown"), 80)
    taken = " or the first free numbered form of it" if inputs.if_exists == "new" else ""
    yield f"Make the project '{one_line(backup.name, 120)}'{taken}: {backup.manifest.kind}, domain {domain}."
    if augmentation(backup.settings):
        yield "Set the project's methods of augmentation."
    yield f"Make {counted(len(backup.tags), 'tag')}."
    for one, other in near_tags(backup):
        yield (
            f"The tags '{one_line(one, 120)}' and '{one_line(other, 120)}' differ only in case, blanks or the form of a "
            "letter: if the service takes them for one, nothing is made."
        )
    yield (
        f"Upload {counted(backup.images, 'image')} with all labels, {counted(counts['regions'], 'region')} among them: "
        f"{size.bytes / 1e6:,.1f} MB in {counted(size.batches, 'request')}."
    )
    if size.labels:
        yield f"Add the labels that do not fit into a request with their images: {counted(size.labels, 'request')}."
    if size.metadata:
        yield f"Write the metadata of the images: {counted(size.metadata, 'request')}."
    yield "Compare every image with the backup, and add what is missing."
    yield "Mark the project as restored from this backup."
    if inputs.train:
        yield f"Train the project once, and wait {counted(inputs.wait_minutes, 'minute')} at most."
    if inputs.publish_name:
        yield f"Publish the trained iteration as '{one_line(inputs.publish_name, 120)}'."
    yield (
        f"The restore takes about {counted(size.calls, 'call')}, {size.bytes / 1e6:,.1f} MB and "
        f"{counted(size.minutes, 'minute')}, without the training: at {CALLS_A_SECOND} calls and "
        f"{MEGABYTES_A_SECOND} MB a second."
    )
    yield from not_restored(backup)


def near_tags(backup: Backup) -> Iterator[tuple[str, str]]:
    """Tags whose names a service might take for the same."""
    seen: dict[str, str] = {}
    for name in sorted(tag.name for tag in backup.tags):
        folded = " ".join(layout.folded(name).split())
        if folded in seen:
            yield seen[folded], name
        seen.setdefault(folded, name)


def not_restored(backup: Backup) -> Iterator[str]:
    """What the service does not let anybody restore."""
    iterations = backup.manifest.counts["iterations"]
    if iterations:
        yield (
            f"Not restored: {counted(iterations, 'trained iteration')}. The service takes no "
            "model. With train, this action trains the project again."
        )
    yield "Not restored: the ids and dates of project, tags, images and regions. The service gives new ones."
    read_only = [name for name in ("useNegativeSet", "detectionParameters") if backup.settings.get(name) is not None]
    if read_only:
        yield f"Not restored: {' and '.join(read_only)}, which the service sets itself."

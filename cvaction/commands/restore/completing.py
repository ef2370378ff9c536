"""The project is compared with the backup, picture by picture. What is missing is added, what is doubled is deleted.

Labels that did not fit into a batch, and all metadata, are added here too. The work ends when a complete look finds
nothing to do.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from cvaction.archive.known import Ids
from cvaction.archive.sorting import LineSorter
from cvaction.commands.restore.comparing import Lacking, lacking, merged
from cvaction.commands.restore.progress import Progress
from cvaction.commands.restore.uploading import FULL
from cvaction.customvision.codes import METADATA_REFUSED
from cvaction.customvision.errors import CustomVisionError
from cvaction.customvision.image_reader import PAGE, ImageReader
from cvaction.customvision.image_writer import METADATA_IMAGES, REGIONS, TAG_PAIRS, ImageWriter
from cvaction.failures.restore_errors import MetadataRefusedError, RestoreDiffersError, TagsRefusedError
from cvaction.github.text import one_line
from cvaction.plural import counted
from cvaction.telling import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from cvaction.archive.rows import ImageRow
    from cvaction.clock import Clock
    from cvaction.commands.restore.uploading import Filling, Landed
    from cvaction.customvision.client import TrainingClient
    from cvaction.customvision.image_models import Region
    from cvaction.failures.errors import Failure
    from cvaction.telling import Narrator

T = TypeVar("T")
LOOKS, PAUSE = 5, 2.0  # how often the whole project is compared at most, and the seconds between
SHOWN = 20


@dataclass
class Look:
    """One comparison of all images of the project. `examples` name what was not equal."""

    seen: Ids = field(default_factory=Ids)
    repaired: int = 0
    strangers: int = 0
    strange: int = 0
    examples: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)  # images of the backup that the service took for an earlier one
    clashes: int = 0  # how often one image cannot have the labels of all of them
    refused: dict[str, str] = field(default_factory=dict)  # statuses of images whose metadata the service did not take

    def note(self, image_id: str, lack: Lacking) -> None:
        """Record what an image lacks."""
        self.repaired += lack.count
        self.strange += lack.strange
        if lack.count and len(self.examples) < SHOWN:
            parts = [
                counted(len(found), f"{state} {what}")
                for state, what, found in (
                    *(("missing", "tag", lack.tags), ("missing", "region", lack.regions)),
                    *(("doubled", "region", lack.doubled), ("missing", "metadata value", lack.metadata)),
                )
                if found
            ]
            self.examples.append(f"- {image_id}: {', '.join(parts)}")


class Completer:
    """Makes the images of a project equal to the backup's."""

    def __init__(
        self, client: TrainingClient, clock: Clock, narrator: Narrator, filling: Filling, landed: Landed
    ) -> None:
        self._clock, self._narrator = clock, narrator
        self._backup, self._project, self._tags = filling.backup, filling.project, filling.tags
        self._landed = landed
        self._reader = ImageReader(client)
        self._writer = ImageWriter(client)
        self._progress = Progress(clock, narrator.say)

    def run(self) -> int:
        """Compare and repair until nothing is left to do; returns how many images the project has of the backup.

        Raises RestoreDiffersError if something stays different, TagsRefusedError or MetadataRefusedError for labels or
        metadata beyond a limit.
        """
        for number in range(LOOKS):
            if number:
                self._clock.sleep(PAUSE)
            look = self._look()
            missing = len(self._landed.ids) - len(look.seen)
            if not look.repaired and not missing:
                self._tell_same(look)
                self._tell_strangers(look)
                return len(look.seen)
            self._narrator.say(
                f"{counted(len(look.seen), 'image')} compared, {counted(look.repaired, 'label')} repaired, "
                f"{counted(missing, 'image')} not listed."
            )
        if look.refused:
            raise self._metadata_refused(look.refused)
        examples = "\n".join(look.examples)
        msg = (
            f"After {LOOKS} comparisons {quoted(self._project)} still differs from the backup: "
            f"{counted(missing, 'image is', 'images are')} not listed.\n{examples}"
        )
        raise RestoreDiffersError(msg.rstrip())

    def _look(self) -> Look:
        look, skip = Look(), 0
        with LineSorter() as metadata:
            while True:
                page = self._reader.page(self._project.id, skip)
                pairs: list[tuple[str, str]] = []
                regions: list[tuple[str, Region]] = []
                doubled: list[str] = []
                for image in page:
                    places = self._landed.places.get(image.id)
                    if not places:
                        look.strangers += 1
                    elif look.seen.add(image.id):
                        lack = lacking([self._wanted(places, look)], image, self._tags)
                        look.note(image.id, lack)
                        pairs += [(image.id, tag) for tag in lack.tags]
                        regions += [(image.id, region) for region in lack.regions]
                        doubled += lack.doubled
                        if lack.metadata:
                            text = json.dumps(lack.metadata, sort_keys=True)
                            metadata.add(f"{text}\x1f{image.id}".encode(), f"{image.id} {text}\n".encode())
                self._label(pairs, regions, doubled)
                skip += len(page)
                self._progress.line(f"{counted(skip, 'image')} compared …")
                if len(page) < PAGE:
                    break
            look.refused = self._describe(metadata)
        return look

    def _wanted(self, places: list[int], look: Look) -> ImageRow:
        """What an image should have: several rows of the backup where the service took their pictures for the same."""
        rows = [self._backup.row_at(place) for place in sorted(places)]
        if len(rows) == 1:
            return rows[0]
        row, clash = merged(rows, self._backup.manifest.kind, {tag.id for tag in self._backup.tags if tag.negative})
        look.same += [other.id for other in rows[1:]]
        look.clashes += clash
        return row

    def _label(self, pairs: list[tuple[str, str]], regions: list[tuple[str, Region]], doubled: list[str]) -> None:
        exceeded: list[tuple[str, str]] = []
        for ids in chunks(doubled, REGIONS):
            self._writer.delete_regions(self._project.id, ids)
        for some in chunks(pairs, TAG_PAIRS):
            exceeded += self._writer.add_tags(self._project.id, some).exceeded
            self._progress.line("Adding tags …")
        for boxes in chunks(regions, REGIONS):
            exceeded += self._writer.add_regions(self._project.id, boxes).exceeded
            self._progress.line("Adding regions …")
        if exceeded:
            lines = "\n".join(f"- image {image_id}, tag {self._tag(tag)}" for image_id, tag in exceeded[:SHOWN])
            msg = f"The service refuses {counted(len(exceeded), 'label')} in {quoted(self._project)}:\n{lines}"
            raise TagsRefusedError(msg)

    def _tag(self, tag_id: str) -> str:
        """A tag of the project for a person."""
        name = next((tag.name for tag in self._backup.tags if self._tags[tag.id] == tag_id), "")
        return f"'{one_line(name, 120)}' ({tag_id})"

    def _describe(self, metadata: Iterable[bytes]) -> dict[str, str]:
        """Write the metadata. Images with equal values share a request. Returns the statuses of refused images."""
        done, every = 0, dict[str, str]()
        for text, ids in grouped(metadata):
            for some in chunks(ids, METADATA_IMAGES):
                try:
                    found = self._writer.set_metadata(self._project.id, some, json.loads(text))
                except CustomVisionError as error:
                    if error.code not in METADATA_REFUSED:
                        raise
                    raise self._metadata_refused(dict.fromkeys(some, one_line(error.message)), error) from None
                refused = {image_id: status for image_id, status in found.items() if status != "OK"}
                for image_id, status in list(refused.items())[:1]:
                    self._narrator.say(
                        f"The service refused the metadata of {counted(len(refused), 'image')}. "
                        f"The status of {image_id} is {one_line(status, 60)}."
                    )
                every |= refused
                done += len(some)
                self._progress.line(f"Metadata of {counted(done, 'image')} written …")
        if FULL in every.values():  # no later try can succeed
            raise self._metadata_refused(every)
        return every

    def _metadata_refused(self, refused: Mapping[str, str], error: CustomVisionError | None = None) -> Failure:
        lines = []
        for image_id, status in list(refused.items())[:SHOWN]:
            (place, *_) = self._landed.places.get(image_id)
            lines.append(f"- image {image_id} ({self._backup.row_at(place).id} in the backup): {one_line(status, 200)}")
        if len(refused) > SHOWN:
            lines.append(f"- … and {len(refused) - SHOWN:,} more")
        happened = f"The service refuses the metadata of {counted(len(refused), 'image')} in {quoted(self._project)}:"
        code, request_id = (error.code, error.request_id) if error else ("", "")
        return MetadataRefusedError("\n".join([happened, *lines]), code=code, request_id=request_id)

    def _tell_same(self, look: Look) -> None:
        if look.same:
            text = f"The service took {counted(len(look.same), 'image')} of the backup for the same picture as an earlier one "
            text += f"(such as {look.same[0]}). The restored image gets all the labels."
            if look.clashes:
                text += f" In {counted(look.clashes, 'case')} one image cannot have them together: "
                text += "it gets those of the oldest labelled one."
            self._narrator.warn("The service took several images for one", text)

    def _tell_strangers(self, look: Look) -> None:
        if look.strangers or look.strange:
            self._narrator.warn(
                "The restored project has more than the backup",
                f"Not in the backup: {counted(look.strangers, 'image')} and {counted(look.strange, 'label')} in "
                f"{quoted(self._project)}. "
                "Likely cause: somebody added them. What is not in the backup was left there. "
                "Delete it at customvision.ai if it is not wanted.",
            )


def grouped(lines: Iterable[bytes]) -> Iterator[tuple[str, list[str]]]:
    """Each metadata and the ids of its images, at most as many as one request takes. The lines are sorted by metadata."""
    last = ""
    ids: list[str] = []
    for line in lines:
        image_id, _, text = line.decode().rstrip("\n").partition(" ")
        if ids and (text != last or len(ids) == METADATA_IMAGES):
            yield last, ids
            ids = []
        last = text
        ids.append(image_id)
    if ids:
        yield last, ids


def chunks(items: list[T], size: int) -> Iterator[list[T]]:
    """Cut a list into pieces."""
    return (items[at : at + size] for at in range(0, len(items), size))

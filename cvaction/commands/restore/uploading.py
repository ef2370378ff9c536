"""The images are sent in batches. An image may be sent again: the service keeps a picture once."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cvaction.archive.known import Ids, Numbers
from cvaction.commands.restore.batches import Item, Room, batches, halves
from cvaction.commands.restore.progress import Progress
from cvaction.customvision.codes import IMAGE_REFUSED
from cvaction.customvision.errors import CustomVisionError
from cvaction.customvision.image_models import Region, Upload
from cvaction.customvision.image_writer import TOO_LARGE, ImageWriter
from cvaction.failures.restore_errors import ImagesRefusedError
from cvaction.github.text import one_line
from cvaction.plural import counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cvaction.clock import Clock
    from cvaction.commands.restore.backup import Backup
    from cvaction.customvision.client import TrainingClient
    from cvaction.customvision.image_models import Created
    from cvaction.customvision.models import Project
    from cvaction.telling import Narrator

SLOW = 20.0  # seconds: after a slower request the next ones are smaller, so that the log gets a line in time
TRIES, PAUSE = 3, 2.0  # for an image that was refused for a reason that may pass
FULL = "ErrorLimitExceed"
# The service could not take the image this time, or does not say why (OpenAPI: ImageCreateResult).
_PASSING = frozenset({"ErrorSource", "ErrorStorage", "ErrorUnknown", ""})
SHOWN, ENOUGH = 20, 200
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass
class Landed:
    """The result for the images: the backup's places by the project's image id, and the refused images."""

    places: Numbers = field(default_factory=Numbers)
    ids: Ids = field(default_factory=Ids)
    count: int = 0
    duplicates: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)  # the image's id in the backup, and the status


@dataclass(frozen=True)
class Filling:
    """Which backup fills which project. `tags`: the project's tag ids by the backup's."""

    backup: Backup
    project: Project
    tags: Mapping[str, str]


class Uploader:
    """Sends the images of a backup to a project."""

    def __init__(
        self, client: TrainingClient, clock: Clock, narrator: Narrator, filling: Filling, *, skip: bool
    ) -> None:
        self._clock, self._narrator = clock, narrator
        self._skip = skip
        self._backup, self._project, self._tags = filling.backup, filling.project, filling.tags
        self._writer = ImageWriter(client)
        self._room = Room()
        self.landed = Landed()

    def run(self) -> Landed:
        """Send all images. Raises ImagesRefusedError if some are refused for good and `skip-refused` is not set."""
        total = self._backup.images
        self._narrator.say(f"Sending {counted(total, 'image')}, {self._backup.bytes / 1e6:,.1f} MB.")
        progress, sent, size = Progress(self._clock, self._narrator.say), 0, 0
        for batch in batches(self._backup.rows(), self._room):
            self._send(batch)
            sent += len(batch)
            size += sum(item.size for item in batch)
            progress.line(progress.part(sent, total, size))
        if self.landed.refused and not self._skip:
            raise self.refusal()
        self._narrator.say(
            f"{counted(self.landed.count, 'image is', 'images are')} there{_known(self.landed.duplicates)}."
        )
        return self.landed

    def _send(self, batch: list[Item]) -> None:
        for attempt in range(TRIES):
            if attempt:
                self._clock.sleep(PAUSE)
            batch = self._sent(batch, last=attempt == TRIES - 1)
            if not batch:
                return

    def _sent(self, batch: list[Item], *, last: bool) -> list[Item]:
        """Send a batch; returns the images that have to be sent once more."""
        began = self._clock.now()
        try:
            answers = self._writer.create(self._project.id, [self._upload(item) for item in batch])
        except CustomVisionError as error:
            return self._sent_in_halves(batch, error, last=last)
        if self._clock.now() - began > SLOW:
            self._room.halve()
        return self._judged(batch, answers, last=last)

    def _sent_in_halves(self, batch: list[Item], error: CustomVisionError, *, last: bool) -> list[Item]:
        """Send a refused batch in halves, until it fits or is the one image that the service refuses."""
        too_large = error.status in TOO_LARGE
        if not too_large and error.code not in IMAGE_REFUSED:
            raise error
        if len(batch) == 1:
            if too_large:
                raise error
            self._refuse(batch[0], error.code)
            return []
        if too_large:
            self._room.halve()
        self._narrator.say(
            f"The service did not take {counted(len(batch), 'image')} in one request: sending half as many."
        )
        return [left for half in halves(batch) for left in self._sent(half, last=last)]

    def _upload(self, item: Item) -> Upload:
        data = self._backup.reader.picture(item.row.stored) if item.row.stored else b""
        regions = tuple(
            Region("", self._tags[region.tag], "", "", region.left, region.top, region.width, region.height)
            for region in item.row.regions
            if region in item.regions
        )
        return Upload(item.row.id, data, tuple(self._tags[tag] for tag in item.tags), regions)

    def _judged(self, batch: list[Item], answers: Sequence[Created], *, last: bool) -> list[Item]:
        """Judge each image by its own status: a response with status 200 may hold nothing but failures."""
        again: list[Item] = []
        for item, answer in paired(batch, answers):
            if answer is not None and answer.there and answer.image is not None:
                self.landed.places.add(answer.image.id, item.place)
                self.landed.ids.add(answer.image.id)
                self.landed.count += 1
                self.landed.duplicates += answer.status != "OK"
                continue
            status = answer.status if answer is not None else ""
            if status in _PASSING and not last:
                again.append(item)
            else:
                self._refuse(item, status or "no answer about it")
        return again

    def _refuse(self, item: Item, status: str) -> None:
        self.landed.refused.append((item.row.id, one_line(status, 60)))
        if not self._skip and (status == FULL or len(self.landed.refused) >= ENOUGH):
            raise self.refusal()

    def refusal(self) -> ImagesRefusedError:
        """The failure that names the refused images."""
        return ImagesRefusedError(refusal_text(self.landed.refused, self._project.name))


def paired(batch: Sequence[Item], answers: Sequence[Created]) -> list[tuple[Item, Created | None]]:
    """Each image with its part of the answer: found by the id that was sent as its name, else by the place in the answer.

    The id counts in any case, and with text around it (an ending, an address): another order would mix up the labels.
    """
    by_name: dict[str, Created] = {}
    for answer in answers:
        for found in _ID.findall(answer.name.lower()):
            by_name.setdefault(found, answer)
    if len(answers) == len(batch) and not any(item.row.id in by_name for item in batch):
        return list(zip(batch, answers, strict=True))
    return [(item, by_name.get(item.row.id)) for item in batch]


def refusal_text(refused: Sequence[tuple[str, str]], where: str) -> str:
    """Which images were refused and why."""
    counts = ", ".join(
        f"{number:,} {status}" for status, number in Counter(status for _, status in refused).most_common()
    )
    lines = [f"- {image_id}: {status}" for image_id, status in refused[:SHOWN]]
    if len(refused) > SHOWN:
        lines.append(f"- … and {len(refused) - SHOWN:,} more")
    happened = f"The service refuses {counted(len(refused), 'image')} for '{one_line(where, 120)}' ({counts})."
    return "\n".join([f"{happened} By their ids in the backup:", *lines])


def _known(duplicates: int) -> str:
    return (
        f"; {counted(duplicates, 'of these was there before or is', 'of these were there before or are')} the same picture"
        if duplicates
        else ""
    )

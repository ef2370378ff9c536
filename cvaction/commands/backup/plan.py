"""A dry run: what a backup would download. It only reads, and writes no file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cvaction.archive import Archive
from cvaction.commands.backup.outputs import amount
from cvaction.customvision.errors import CustomVisionError, Kind
from cvaction.customvision.image_reader import PAGE
from cvaction.customvision.pace import REQUESTS_PER_SECOND
from cvaction.customvision.schemas import is_uuid
from cvaction.customvision.storage_hosts import relative
from cvaction.github.markdown import spent
from cvaction.github.text import one_line
from cvaction.plural import counted
from cvaction.status import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from cvaction.archive import Index
    from cvaction.commands.backup.inputs import Inputs
    from cvaction.commands.backup.outputs import Account, Row
    from cvaction.commands.backup.service import Service
    from cvaction.customvision.blobs import Blobs
    from cvaction.customvision.models import Project
    from cvaction.secret import Secret

SAMPLE = 16  # images whose size is asked for, if no earlier backup has it
CALLS_A_PROJECT = 5  # besides the listings: two counts, the project, its tags, its iterations


def plan(  # noqa: PLR0913, PLR0917 - what a plan looks at
    account: Account,
    inputs: Inputs,
    service: Service,
    listing: Sequence[Project],
    workspace: Path,
    say: Callable[[str], None],
) -> None:
    """Print for each project how much there is to download."""
    index = Archive.peek(workspace, account.path, account.origin)
    calls, size = 0, 0.0
    for row in account.rows:
        if not is_uuid(row.id):
            row.status, row.title = Status.FAILED, "The id of the project is not a UUID"
            say(f"- '{one_line(row.name, 120)}' ({row.id}) cannot be backed up: its id is not a UUID.")
            continue
        row.images = service.image_count(row.id)
        entry = index.entry(row.id)
        row.folder = entry.folder if entry else ""
        row.missing = max(0, row.images - (entry.pictures if entry else 0)) if inputs.images else 0
        mean = _mean(index, row, inputs, service)
        size += row.missing * (mean or 0)
        row.size = round(row.images * (mean or 0))
        calls += CALLS_A_PROJECT + 2 * (row.images // PAGE + 1)
        row.status = Status.PLANNED
        say(f"- '{one_line(row.name, 120)}' ({row.id}): {_told(row, mean, inputs)}")
    say(
        f"In all there are about {amount(size)} to download and {counted(calls, 'call')} of the API, which take at least "
        f"{spent(calls / REQUESTS_PER_SECOND)}. Models and metrics are not counted here."
    )
    if inputs.prune:
        _tell_pruned(index, inputs, service, listing, say)


def _tell_pruned(
    index: Index, inputs: Inputs, service: Service, listing: Sequence[Project], say: Callable[[str], None]
) -> None:
    """Which projects a run would remove."""
    from cvaction.commands.backup.pruning import gone  # noqa: PLC0415 - only where it is asked for

    for entry in gone(index, inputs, service.client, listing):
        say(
            f"- '{one_line(entry.name, 120)}' ({entry.id}) is to be removed: the service no longer has it "
            f"({counted(entry.images, 'image')}, {amount(entry.size)})."
        )
    say("A run also removes the files of images that a project no longer has, and reports how many.")


def _told(row: Row, mean: float | None, inputs: Inputs) -> str:
    if not inputs.images:
        return f"{counted(row.images, 'image')}, without the pixels"
    size = f"about {amount(row.missing * mean)}" if mean is not None else "of unknown size"
    return f"{counted(row.images, 'image')}; about {row.missing:,} to download, {size}"


def _mean(index: Index, row: Row, inputs: Inputs, service: Service) -> float | None:
    """The mean bytes of an image: from the earlier backup, else from a sample of the project's images."""
    entry = index.entry(row.id)
    if entry and entry.pictures:
        return entry.size / entry.pictures
    if not row.images or not inputs.images:
        return None
    page = service.images.page(row.id, 0)
    sample = page[:: max(1, len(page) // SAMPLE)][:SAMPLE]
    addresses = [image.original for image in sample if image.original and not relative(image.original)]
    known = list(_lengths(service.blobs, addresses))
    return sum(known) / len(known) if known else None


def _lengths(blobs: Blobs, addresses: Sequence[Secret]) -> Iterator[int]:
    """The sizes that the storage returns. If it has an outage, the plan continues without: it is only an estimate."""
    for address in addresses:
        try:
            size = blobs.length(address)
        except CustomVisionError as error:
            if error.kind not in {Kind.SERVER, Kind.THROTTLED}:
                raise
            return
        if size is not None:
            yield size

"""The images of a project, listed until two listings in a row agree."""

from __future__ import annotations

from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from cvaction.archive import ImageRow, Listing, WireError, differences
from cvaction.commands.backup.contents import read_contents
from cvaction.commands.backup.outputs import amount
from cvaction.customvision.image_reader import PAGE
from cvaction.failures.backup_errors import BackupEditedError, BackupLostError, BackupSpaceError
from cvaction.workers import beside, run_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import ExitStack

    from cvaction.archive import Difference, Draft, ProjectStore
    from cvaction.commands.backup.contents import Contents
    from cvaction.commands.backup.downloads import Downloads
    from cvaction.commands.backup.inputs import Inputs
    from cvaction.commands.backup.progress import Progress
    from cvaction.commands.backup.service import Service
    from cvaction.customvision.image_models import Image

LISTINGS = 5  # two that may agree, and three more
LISTERS = 4  # pages at a time: one after the other, the answers' way would take most of the pace
SHOWN = 5  # differences
SPARE = 64 * 1000**2  # bytes that stay free: lists, formats and the log want some


class Lister:
    """Lists one project. `named` is how texts call it."""

    def __init__(self, project_id: str, named: str, inputs: Inputs, service: Service, progress: Progress) -> None:
        self._project_id = project_id
        self._named = named
        self._inputs = inputs
        self._service = service
        self._progress = progress

    def agreed(
        self,
        store: ProjectStore,
        downloads: Downloads,
        total: int,
        stack: ExitStack,
        draft: Callable[[Listing, Contents], Draft],
    ) -> tuple[Contents, Draft]:
        """What was read between two listings that agree, and the draft of both, with all their images here.

        `draft` stages what a listing tells. It does so while the next listing is asked for: otherwise the service would
        wait for the lists of a large project.
        """
        images = self._inputs.images
        listing = self._listed(stack, downloads if images else None, store, total)
        found: Sequence[Difference] = ()
        for _ in range(LISTINGS - 1):
            self._progress.doing("listing again")
            contents, had = read_contents(self._service.reader, self._project_id), downloads.count
            listed, drafted = beside(
                self._service.clock,
                partial(self._listed, stack, None, store, total),
                partial(draft, listing, contents),
            )
            if drafted.value:
                stack.callback(drafted.value.drop)  # nothing is left of one that does not become the backup
            if drafted.error and not isinstance(drafted.error, WireError):  # that one may come of an edit
                raise drafted.error
            again = listed.result()
            found = list(islice(differences(listing, again), SHOWN + 1))
            if not found and (not images or downloads.complete(again)):
                if downloads.count == had:
                    return contents, drafted.result()
                if drafted.value:
                    drafted.value.drop()
                return contents, draft(again, contents)  # some image came in only now
            if drafted.value:
                drafted.value.drop()
            listing.close()
            listing = again
        if not found:
            raise BackupLostError(_lost(self._named, downloads.gone))
        raise BackupEditedError(_edited(self._named, found))

    def _listed(self, stack: ExitStack, downloads: Downloads | None, store: ProjectStore, total: int) -> Listing:
        """All pages, the images of each on their way while the next is asked for."""
        listing = stack.enter_context(Listing())
        pages = self._pages(total)
        for number, page in enumerate(pages):
            if not downloads:
                add(listing, page)
            elif number == 0:
                downloads.take(add(listing, page))
                self._check_space(store, [image.id for image in page], total)
                downloads.take(image for later in pages for image in add(listing, later))
        return listing

    def _pages(self, total: int) -> Iterator[Sequence[Image]]:
        """All images, LISTERS pages at a time, the first page first; `total` is what the count told.

        A page that is short before the count says so is filled up, and a full last page may have others behind it.
        """
        first = self._page(0)
        yield first
        last = 0
        jobs = (partial(self._at, skip) for skip in range(PAGE, total, PAGE))
        yield from self._filled(0, first, total)
        for done in run_all(self._service.clock, jobs, LISTERS):
            skip, page = done.result()
            yield page
            yield from self._filled(skip, page, total)
            if skip > last:
                last, first = skip, page
        while len(first) == PAGE:
            last += PAGE
            first = self._page(last)
            yield first

    def _filled(self, skip: int, page: Sequence[Image], total: int) -> Iterator[Sequence[Image]]:
        """What a page lacks."""
        at, end = skip + len(page), min(skip + PAGE, total)
        while at < end and (page := self._page(at)):
            yield page
            at += len(page)

    def _page(self, skip: int) -> Sequence[Image]:
        return self._service.images.page(self._project_id, skip)

    def _at(self, skip: int) -> tuple[int, Sequence[Image]]:
        return skip, self._page(skip)

    def _check_space(self, store: ProjectStore, first_page: Sequence[str], total: int) -> None:
        """Whether the rest will fit, as large as the first page's images are."""
        here = [stored.size for image_id in first_page if (stored := store.known(image_id))]
        missing = max(0, total - store.pictures)
        free = store.free()
        needed = missing * sum(here) / max(len(here), 1) + SPARE
        if missing and needed > free:
            msg = (
                f"{self._named} has {missing:,} more images of about {amount(sum(here) / max(len(here), 1))} each: "
                f"{amount(needed)} are needed, and {amount(free)} are free in {self._inputs.path.name}."
            )
            raise BackupSpaceError(msg)


def add(listing: Listing, page: Sequence[Image]) -> Sequence[Image]:
    """A page, which is in the listing now."""
    for image in page:
        listing.add(ImageRow.told(image))
    return page


def _lost(named: str, gone: Sequence[str]) -> str:
    shown = ", ".join(gone[:SHOWN]) + (f" and {len(gone) - SHOWN:,} more" if len(gone) > SHOWN else "")
    return f"{named} was listed {LISTINGS} times. Of these images, which it lists each time, no file is there (404): {shown}."


def _edited(named: str, found: Sequence[Difference]) -> str:
    lines = [f"- the image {one.id} {_what(one)}" for one in found[:SHOWN]]
    if len(found) > SHOWN:
        lines.append("- … and more")
    return (
        f"{named} was listed {LISTINGS} times, and no two listings in a row agree. The last two differ in:\n"
        + "\n".join(lines)
    )


def _what(difference: Difference) -> str:
    before, after = difference
    if before is None or after is None:
        return "is new" if before is None else "is no longer there"
    parts = [
        name
        for name, one, other in (
            ("tags", before.tags, after.tags),
            ("regions", before.regions, after.regions),
            ("metadata", before.metadata, after.metadata),
        )
        if one != other
    ]
    return f"has other {', '.join(parts) or 'measures'}"

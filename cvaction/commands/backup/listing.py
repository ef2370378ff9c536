"""Lists the images of a project until two listings in a row agree."""

from __future__ import annotations

from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING

from cvaction.archive import ImageRow, Listing, WireError, differences
from cvaction.commands.backup.contents import read_contents
from cvaction.commands.backup.outputs import amount
from cvaction.commands.backup.thread_jobs import Share
from cvaction.customvision.image_reader import PAGE
from cvaction.failures.backup_errors import BackupEditedError, BackupLostError, BackupSpaceError
from cvaction.plural import counted
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

LISTINGS = 5  # at most
LISTERS = 4  # pages at a time: with one at a time most of the allowed requests would be lost to waiting
# If there are more than a page. For small images, handing over each one, and waiting for each one, is most of the work.
# A large image would stop those behind it, whose bytes nobody reads meanwhile. Where nothing can be asked for ahead (a
# proxy, relative addresses), the fewer threads of MANY would be fewer requests at a time.
SMALL = 64 * 1024  # bytes; an answer of this size fits in the buffer of a connection
FEW, MANY = Share(images=4), Share(images=32, ahead=4)
SHOWN = 5  # differences
SPARE = 64 * 1000**2  # bytes that must stay free for lists, formats and the log


class Lister:
    """Lists one project. `named`: the project's name as texts quote it."""

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
        """What was read between two listings that agree, and the draft of them, with all their images in the archive.

        `draft` makes a draft of a listing while the next listing is read: otherwise the service would wait for the lists
        of a large project. Raises BackupEditedError if no two listings agree, BackupLostError if images have no file.
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
                stack.callback(drafted.value.drop)  # a draft that does not become the backup leaves no files
            if drafted.error and not isinstance(drafted.error, WireError):  # an edit can cause a WireError
                raise drafted.error
            again = listed.result()
            found = list(islice(differences(listing, again), SHOWN + 1))
            if not found and (not images or downloads.complete(again)):
                if downloads.count == had:
                    return contents, drafted.result()
                if drafted.value:
                    drafted.value.drop()
                return contents, draft(again, contents)  # some image was downloaded only now
            if drafted.value:
                drafted.value.drop()
            listing.close()
            listing = again
        if not found:
            raise BackupLostError(_lost(self._named, downloads.missing))
        raise BackupEditedError(_edited(self._named, found))

    def _listed(self, stack: ExitStack, downloads: Downloads | None, store: ProjectStore, total: int) -> Listing:
        """Read all pages. The images of a page are downloaded while the next page is read."""
        listing = stack.enter_context(Listing())
        pages = self._pages(total)
        if not downloads:
            for page in pages:
                add(listing, page)
            return listing
        first = add(listing, next(pages))
        taken, second = beside(self._service.clock, partial(downloads.take, first), partial(next, pages, ()))
        taken.result()
        size = _mean([stored.size for image in first if (stored := store.known(image.id))])
        self._check_space(store, size, total)
        rest = chain((second.result(),), pages)
        share = MANY if 0 < size <= SMALL and downloads.begins(first) else FEW
        downloads.take((image for page in rest for image in add(listing, page)), share)
        return listing

    def _pages(self, total: int) -> Iterator[Sequence[Image]]:
        """All images, LISTERS pages at a time, the first page first. `total`: the number of images that the service gave.

        A page that is shorter than `total` allows is completed. After a full last page there may be more pages.
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
        """The images that a short page lacks."""
        at, end = skip + len(page), min(skip + PAGE, total)
        while at < end and (page := self._page(at)):
            yield page
            at += len(page)

    def _page(self, skip: int) -> Sequence[Image]:
        return self._service.images.page(self._project_id, skip)

    def _at(self, skip: int) -> tuple[int, Sequence[Image]]:
        return skip, self._page(skip)

    def _check_space(self, store: ProjectStore, size: float, total: int) -> None:
        """Raise BackupSpaceError if the rest does not fit. `size`: mean bytes of the first page's images."""
        missing = max(0, total - store.pictures)
        free = store.free()
        needed = missing * size + SPARE
        if missing and needed > free:
            msg = (
                f"{self._named} has {counted(missing, 'more image')} of about {amount(size)} each: "
                f"{amount(needed)} are needed, but only {amount(free)} are free in {self._inputs.path.name}."
            )
            raise BackupSpaceError(msg)


def _mean(sizes: Sequence[int]) -> float:
    return sum(sizes) / max(len(sizes), 1)


def add(listing: Listing, page: Sequence[Image]) -> Sequence[Image]:
    """Add a page to a listing; returns the page."""
    for image in page:
        listing.add(ImageRow.of_image(image))
    return page


def _lost(named: str, gone: Sequence[str]) -> str:
    shown = ", ".join(gone[:SHOWN]) + (f" and {len(gone) - SHOWN:,} more" if len(gone) > SHOWN else "")
    return f"{named} was listed {LISTINGS} times. These images are in every listing, but their files do not exist (404): {shown}."


def _edited(named: str, found: Sequence[Difference]) -> str:
    lines = [f"- the image {one.id} {_what(one)}" for one in found[:SHOWN]]
    if len(found) > SHOWN:
        lines.append("- … and more")
    return (
        f"{named} was listed {LISTINGS} times, and no two listings in a row agree. Differences of the last two:\n"
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

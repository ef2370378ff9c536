"""One project into its folder: listed until two listings agree, its images fetched meanwhile, committed at the end."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from cvaction.archive import Content, ImageRow, Listing, differences
from cvaction.commands.backup.contents import performances, read_contents
from cvaction.commands.backup.downloads import Downloads
from cvaction.commands.backup.models import Models
from cvaction.commands.backup.outputs import amount
from cvaction.customvision.image_reader import PAGE
from cvaction.failures.backup_errors import BackupEditedError, BackupSpaceError
from cvaction.github.text import one_line
from cvaction.status import Status
from cvaction.workers import run_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from cvaction.archive import Archive, Committed, Difference, ProjectStore
    from cvaction.clock import Clock
    from cvaction.commands.backup.contents import Contents
    from cvaction.commands.backup.inputs import Inputs
    from cvaction.commands.backup.outputs import Row
    from cvaction.commands.backup.progress import Progress
    from cvaction.customvision.blobs import Blobs
    from cvaction.customvision.image_models import Domain, Image
    from cvaction.customvision.image_reader import ImageReader
    from cvaction.customvision.project_reader import ProjectReader
    from cvaction.customvision.project_writer import ProjectWriter
    from cvaction.customvision.reader import ReadingClient

LISTINGS = 5  # two that may agree, and three more
LISTERS = 4  # pages at a time: one after the other, the answers' way would take most of the pace
SHOWN = 5  # differences
SPARE = 64 * 1000**2  # bytes that stay free: lists, formats and the log want some


class Service:
    """What a backup reads of the resource, and the one thing that it may change (`exporter`, None without `models`)."""

    def __init__(  # noqa: PLR0913, PLR0917 - the groups of operations
        self,
        client: ReadingClient,
        reader: ProjectReader,
        images: ImageReader,
        blobs: Blobs,
        exporter: ProjectWriter | None,
        clock: Clock,
    ) -> None:
        self.client = client
        self.reader = reader
        self.images = images
        self.blobs = blobs
        self.exporter = exporter
        self.clock = clock
        self._domains: dict[str, Domain] | None = None

    def domain(self, domain_id: str) -> Domain | None:
        """A domain as the resource offers it; asked once a run."""
        if self._domains is None:
            self._domains = {domain.id: domain for domain in self.reader.domains()}
        return self._domains.get(domain_id)

    def image_count(self, project_id: str) -> int:
        """How many images a project has."""
        return self.client.tagged_image_count(project_id) + self.client.untagged_image_count(project_id)


class ProjectBackup:
    """The backup of one project; `run` does it all."""

    def __init__(  # noqa: PLR0913 - what a project's backup touches
        self,
        row: Row,
        inputs: Inputs,
        service: Service,
        progress: Progress,
        *,
        say: Callable[[str], None],
        warn: Callable[[str, str], None],
    ) -> None:
        self._row = row
        self._inputs = inputs
        self._service = service
        self._progress = progress
        self._say = say
        self._warn = warn
        self._named = f"'{one_line(row.name, 120)}'"

    def run(self, archive: Archive) -> None:
        """Back the project up into the archive; raises whatever keeps it from being whole."""
        row = self._row
        total = self._service.image_count(row.id)
        self._progress.project(self._named, total)
        self._say(f"Backing up {self._named} ({row.id}): {total:,} images.")
        with ExitStack() as stack:
            store = stack.enter_context(archive.project(row.id, row.name))
            row.folder = store.folder
            downloads = Downloads(
                row.id,
                store,
                self._service.images,
                self._service.blobs,
                self._progress,
                clock=self._service.clock,
                parallel=self._inputs.parallel,
            )
            try:
                self._backed_up(store, downloads, total, stack)
            finally:
                row.downloaded = downloads.count

    def _backed_up(self, store: ProjectStore, downloads: Downloads, total: int, stack: ExitStack) -> None:
        contents = read_contents(self._service.reader, self._row.id)
        models = self._models(store)
        if models:
            models.begin(contents.chosen(self._inputs.iterations), self._inputs.models)
        listing, contents = self._agreed(store, downloads, total, stack)
        if downloads.scaled:
            text = f"{downloads.scaled:,} of the new pictures are larger or smaller than the service tells, of the same shape."
            self._warned("Pictures have other measures", text)
        if models:
            self._progress.doing("waiting for the models")
            models.collect()
            self._row.models = models.taken
        self._settle(store.commit(self._content(listing, contents)), changed=bool(models and models.taken))

    def _models(self, store: ProjectStore) -> Models | None:
        service = self._service
        if service.exporter is None:
            return None
        return Models(
            self._row.id,
            store,
            service.reader,
            service.images,
            service.exporter,
            service.blobs,
            clock=service.clock,
            warn=self._warned,
        )

    # Listing

    def _agreed(
        self, store: ProjectStore, downloads: Downloads, total: int, stack: ExitStack
    ) -> tuple[Listing, Contents]:
        """A listing that the next one has repeated, with all its images here, and what was read between the two."""
        listing = self._listed(stack, downloads if self._inputs.images else None, store, total)
        found: Sequence[Difference] = ()
        for _ in range(LISTINGS - 1):
            self._progress.doing("listing again")
            contents = read_contents(self._service.reader, self._row.id)
            again = self._listed(stack, None, store, total)
            found = list(islice(differences(listing, again), SHOWN + 1))
            listing.close()
            listing = again
            if not found and (not self._inputs.images or downloads.complete(listing)):
                return listing, contents
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
        return self._service.images.page(self._row.id, skip)

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

    # The end

    def _content(self, listing: Listing, contents: Contents) -> Content:
        domain = self._service.domain(contents.domain_id)
        chosen = contents.chosen(self._inputs.iterations)
        boxed = domain is None and any(row.regions for row in listing)
        self._progress.doing("writing the lists")
        return Content(
            project=contents.project,
            tags=contents.tags,
            iterations=contents.iterations,
            images=listing,
            kind=contents.kind(domain, boxed=boxed),
            domain=contents.domain(domain),
            when=self._service.client.time(),
            performance=performances(self._service.images, self._row.id, chosen) if chosen else None,
            formats=self._inputs.options,
        )

    def _settle(self, done: Committed, *, changed: bool) -> None:
        row = self._row
        for _, form in sorted(done.manifest.formats.items()):
            for text in form.warnings:
                self._told_of_format(text, written=form.written)
        row.images, row.size = done.manifest.counts["images"], done.manifest.counts["bytes"]
        row.status = Status.BACKED_UP if done.changed or changed or row.downloaded else Status.UNCHANGED

    def _told_of_format(self, text: str, *, written: bool) -> None:
        """A warning where a format is not there at all, a line of the log where it lacks something."""
        if not written:
            self._warned("A format cannot hold a project", text)
            return
        self._row.warnings.append(one_line(text, 1000))
        self._say(f"{self._named}: {text}")

    def _warned(self, title: str, text: str) -> None:
        self._row.warnings.append(one_line(f"{title}: {text}", 1000))
        self._warn(title, f"{self._named}: {text}")


def add(listing: Listing, page: Sequence[Image]) -> Sequence[Image]:
    """A page, which is in the listing now."""
    for image in page:
        listing.add(ImageRow.told(image))
    return page


def _edited(named: str, found: Sequence[Difference]) -> str:
    if not found:
        return f"{named} was listed {LISTINGS} times. The listings agree, but images of them are gone (404)."
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

"""One project into its folder: it is listed until two listings agree, downloaded meanwhile, committed at the end."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING

from cvaction.archive import Content
from cvaction.commands.backup.contents import performances, read_contents
from cvaction.commands.backup.downloads import Downloads
from cvaction.commands.backup.listing import Lister
from cvaction.commands.backup.models import Models
from cvaction.commands.backup.outputs import amount
from cvaction.github.text import one_line
from cvaction.plural import counted
from cvaction.status import Status

if TYPE_CHECKING:
    from collections.abc import Callable

    from cvaction.archive import Archive, Committed, Draft, Listing, ProjectStore
    from cvaction.commands.backup.contents import Contents
    from cvaction.commands.backup.inputs import Inputs
    from cvaction.commands.backup.outputs import Row
    from cvaction.commands.backup.progress import Progress
    from cvaction.commands.backup.service import Service


class ProjectBackup:
    """The backup of one project; `run` makes it."""

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
        """Back the project up into the archive. Raises the error that makes a complete backup impossible."""
        row = self._row
        total = self._service.image_count(row.id)
        self._progress.project(self._named, total)
        self._say(f"Backing up {self._named} ({row.id}): {counted(total, 'image')}, {self._to_come(archive, total)}.")
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

    def _to_come(self, archive: Archive, total: int) -> str:
        """How much there is to download, judged by the earlier backup's sizes."""
        if not self._inputs.images:
            return "without their pixels"
        entry = archive.index.entry(self._row.id)
        here, size = (entry.pictures, entry.size) if entry else (0, 0)
        missing = max(0, total - here)
        bytes_too = f" ({amount(missing * size / here)})" if here and missing else ""
        return f"about {missing:,} of them to download{bytes_too}"

    def _backed_up(self, store: ProjectStore, downloads: Downloads, total: int, stack: ExitStack) -> None:
        models = self._models(store)
        if models:
            contents = read_contents(self._service.reader, self._row.id)
            store.tell_iterations(str(one["id"]) for one in contents.iterations)
            models.begin(contents.chosen(self._inputs.iterations), self._inputs.models)
        lister = Lister(self._row.id, self._named, self._inputs, self._service, self._progress)
        contents, draft = lister.agreed(store, downloads, total, stack, partial(self._draft, store))
        if models:
            self._progress.doing("waiting for the models")
            models.collect()
            self._row.models = models.taken
        self._compare(draft.images, total)
        self._progress.doing("writing the lists")
        chosen = contents.chosen(self._inputs.iterations)
        rows = performances(self._service.images, self._row.id, chosen) if chosen else None
        done = store.commit(draft, self._service.client.time(), rows)
        self._settle(done, changed=bool(downloads.count or (models and models.taken)))

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

    # The end

    def _compare(self, listed: int, total: int) -> None:
        """Warn if two equal listings differ from the count, also read once more: an incomplete listing can come twice."""
        if listed == total or listed == (number := self._service.image_count(self._row.id)):
            return
        self._row.doubted = True
        text = f"two listings in a row have {counted(listed, 'image')}, and the service counts {number:,}: what is listed is kept."
        self._warned("The service counts other images than it lists", text)

    def _draft(self, store: ProjectStore, listing: Listing, contents: Contents) -> Draft:
        domain = self._service.domain(contents.domain_id)
        boxed = domain is None and any(row.regions for row in listing)
        content = Content(
            project=contents.project,
            tags=contents.tags,
            iterations=contents.iterations,
            images=listing,
            kind=contents.kind(domain, boxed=boxed),
            domain=contents.domain(domain),
            formats=self._inputs.options,
        )
        return store.draft(content)

    def _settle(self, done: Committed, *, changed: bool) -> None:
        row = self._row
        for _, form in sorted(done.manifest.formats.items()):
            for text in form.warnings:
                self._told_of_format(text, written=form.written)
        row.images, row.size = done.manifest.counts["images"], done.manifest.counts["bytes"]
        row.status = Status.BACKED_UP if done.changed or changed else Status.UNCHANGED

    def _told_of_format(self, text: str, *, written: bool) -> None:
        """Report what a format leaves out: as a warning if the format was not written at all, else in the log."""
        if not written:
            self._warned("A format cannot hold a project", text)
            return
        self._row.warnings.append(one_line(text, 1000))
        self._say(f"{self._named}: {text}")

    def _warned(self, title: str, text: str) -> None:
        self._row.warnings.append(one_line(f"{title}: {text}", 1000))
        self._warn(title, f"{self._named}: {text}")

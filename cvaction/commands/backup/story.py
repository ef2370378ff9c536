"""The backup action from its first line to its last: list, select, and back up project by project."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import TYPE_CHECKING

from cvaction.commands.backup.inputs import DEFAULTS
from cvaction.commands.backup.outputs import Row
from cvaction.github.text import one_line
from cvaction.plural import counted
from cvaction.status import Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cvaction.archive import Archive
    from cvaction.commands.backup.inputs import Inputs
    from cvaction.commands.backup.outputs import Account
    from cvaction.commands.backup.progress import Progress
    from cvaction.commands.backup.service import Service
    from cvaction.customvision.changes import Change
    from cvaction.customvision.client import TrainingClient
    from cvaction.customvision.models import Project
    from cvaction.failures.errors import Failure
    from cvaction.wiring import Wiring

SHOWN_ERRORS = 8  # annotations; the report has the texts of all


def work(wiring: Wiring, inputs: Inputs, account: Account) -> Status:
    """Back up all selected projects, or print the plan; returns the status."""
    return _Run(wiring, inputs, account).work()


class _Run:
    def __init__(self, wiring: Wiring, inputs: Inputs, account: Account) -> None:
        self._wiring = wiring
        self._inputs = inputs
        self._account = account
        self._workspace = Path(wiring.context.workspace or ".").resolve()
        self._errors = 0
        self._failure: Failure | None = None  # the last one
        account.path = inputs.path.relative_to(self._workspace).as_posix()
        account.origin = inputs.side.endpoint.origin

    def work(self) -> Status:
        """Do the complete work; returns the status."""
        wiring, inputs, account = self._wiring, self._inputs, self._account
        host = inputs.side.endpoint.host
        wiring.runner.info(f"Listing the projects of {host}.")
        # Without a label: there is only one resource, and its inputs have no prefix.
        client = wiring.client("", inputs.side, self._changed)
        from cvaction.customvision.project_reader import ProjectReader  # noqa: PLC0415 - the module is needed here first

        listing = ProjectReader(client).projects()
        gc.enable()  # entrypoint.py disabled it while the modules were loaded
        account.there = len(listing)
        from cvaction.commands.backup.selection import selected  # noqa: PLC0415 - only after the first request

        projects = selected(inputs.projects, listing, host, self._warn)
        account.rows += [Row(one_line(project.id, 60), project.name) for project in projects]
        service = self._service(client)
        if inputs.dry_run:
            self._plan(service, listing)
            return Status.PLANNED
        return self._back_up(service, listing, projects)

    def _service(self, client: TrainingClient) -> Service:
        from cvaction.commands.backup.service import Service  # noqa: PLC0415 - only after the first request
        from cvaction.customvision.image_reader import ImageReader  # noqa: PLC0415 - the same
        from cvaction.customvision.project_reader import ProjectReader  # noqa: PLC0415 - the same
        from cvaction.customvision.project_writer import ProjectWriter  # noqa: PLC0415 - the same

        wiring, inputs = self._wiring, self._inputs
        return Service(
            client,
            ProjectReader(client),
            ImageReader(client),
            wiring.blobs(inputs.side, inputs.trusted_endpoints),
            ProjectWriter(client) if inputs.models and not inputs.dry_run else None,
            wiring.clock,
        )

    def _plan(self, service: Service, listing: Sequence[Project]) -> None:
        from cvaction.commands.backup.failing import archive_failures  # noqa: PLC0415 - only after the first request
        from cvaction.commands.backup.plan import plan  # noqa: PLC0415 - a backup plans nothing

        with archive_failures():
            plan(self._account, self._inputs, service, listing, self._workspace, self._wiring.runner.info)

    # The backup

    def _back_up(self, service: Service, listing: Sequence[Project], projects: Sequence[Project]) -> Status:
        from cvaction.archive import Archive  # noqa: PLC0415 - only after the first request
        from cvaction.commands.backup.counting import tell_total  # noqa: PLC0415 - the same
        from cvaction.commands.backup.failing import archive_failures  # noqa: PLC0415 - the same
        from cvaction.commands.backup.progress import Progress  # noqa: PLC0415 - the same

        account = self._account
        progress = Progress(self._wiring.clock, self._wiring.runner.info)
        with archive_failures(), Archive.open(self._workspace, account.path, account.origin) as archive:
            progress.run()
            try:
                progress.project("Counting the images of all projects", 0)
                pixels, say = self._inputs.images, self._wiring.runner.info
                tell_total(account.rows, archive.index, service, pixels=pixels, say=say)
                for row, project in zip(account.rows, projects, strict=True):
                    if not self._one(archive, service, progress, row, project):
                        break
            finally:
                progress.stop()
            if len(account.kept) == len(account.rows) and self._inputs.prune:
                self._prune_or_tell(archive, service, listing)
        if len(account.kept) < len(account.rows):
            raise self._incomplete()
        changed = account.removed or any(row.status == Status.BACKED_UP or row.removed for row in account.rows)
        return Status.BACKED_UP if changed else Status.UNCHANGED

    def _one(self, archive: Archive, service: Service, progress: Progress, row: Row, project: Project) -> bool:
        """Back up one project; returns whether the next one may be begun."""
        from cvaction.commands.backup.failing import as_failure, check_ready, for_all  # noqa: PLC0415 - the same
        from cvaction.commands.backup.project import ProjectBackup  # noqa: PLC0415 - the same

        runner = self._wiring.runner
        backup = ProjectBackup(row, self._inputs, service, progress, say=runner.info, warn=self._warn)
        try:
            check_ready(project)
            backup.run(archive)
        except Exception as error:
            failure = as_failure(error)
            if failure is None:
                raise
            self._fail(row, failure)
            return not for_all(error)
        runner.info(
            f"{row.status}: '{one_line(row.name, 120)}', {counted(row.images, 'image')}, {row.downloaded:,} of these new."
        )
        return True

    def _fail(self, row: Row, failure: Failure) -> None:
        failure.fit(DEFAULTS)
        row.status, row.title, row.text = Status.FAILED, failure.texts.title, failure.text()
        self._errors += 1
        named = f"'{one_line(row.name, 120)}' ({row.id})"
        if len(self._account.rows) > 1 and self._errors <= SHOWN_ERRORS:
            self._wiring.runner.error(f"{row.name}: {failure.texts.title}", f"{named}: {row.text}")
        self._failure = failure

    def _incomplete(self) -> Failure:
        """The failure of a run in which a project failed."""
        from cvaction.failures.backup_errors import BackupIncompleteError, BackupNothingError  # noqa: PLC0415 - texts of a failure

        rows = self._account.rows
        if len(rows) == 1 and self._failure:
            return self._failure
        lines = [
            f"- '{one_line(row.name, 120)}' ({row.id}): {row.title or 'was not begun'}"
            for row in rows
            if row not in self._account.kept
        ]
        kept = len(self._account.kept)
        kind = BackupIncompleteError if kept else BackupNothingError
        return kind(f"Backed up: {kept:,} of {counted(len(rows), 'project')}. The others:\n" + "\n".join(lines))

    def _prune_or_tell(self, archive: Archive, service: Service, listing: Sequence[Project]) -> None:
        """Prune. What ends it is no failure of a project: all of them are backed up."""
        from cvaction.commands.backup.failing import as_failure  # noqa: PLC0415 - only where it is asked for
        from cvaction.failures.backup_errors import BackupNotPrunedError  # noqa: PLC0415 - the same

        try:
            self._prune(archive, service, listing)
        except Exception as error:
            failure = as_failure(error)
            if failure is None:
                raise
            saved = f"Backed up: {counted(len(self._account.rows), 'project')}. "
            raise BackupNotPrunedError(
                f"{saved}{failure.texts.title}: {failure.happened}", code=failure.code, request_id=failure.request_id
            ) from error

    def _prune(self, archive: Archive, service: Service, listing: Sequence[Project]) -> None:
        from cvaction.commands.backup.pruning import prune_projects  # noqa: PLC0415 - only where it is asked for

        runner = self._wiring.runner
        if any(row.doubted for row in self._account.rows):
            self._warn(
                "Nothing is removed", "`prune` waits for a run in which the service lists as many images as it counts."
            )
            return
        for row in self._account.rows:
            with archive.project(row.id, row.name) as store:
                row.removed, size = store.prune()
            if row.removed:
                runner.info(
                    f"Removed {counted(row.removed, 'image')} of '{one_line(row.name, 120)}' that the project no longer has "
                    f"({counted(size, 'byte')})."
                )
        prune_projects(archive, self._inputs, self._account, service.client, listing, runner.info)

    # Telling

    def _changed(self, change: Change) -> None:
        self._account.exported.append(f"{change.project_id}/{change.iteration_id}")

    def _warn(self, title: str, text: str) -> None:
        self._account.warnings.append(one_line(f"{title}: {text}", 1000))
        self._wiring.runner.warning(title, text)

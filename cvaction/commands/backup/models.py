"""The models of the chosen iterations as files. A request for an export is the only change that a backup makes."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from cvaction.commands.backup.failing import refusing
from cvaction.customvision.codes import EXPORT_REFUSED
from cvaction.customvision.download_models import State
from cvaction.customvision.errors import CustomVisionError
from cvaction.customvision.image_models import DONE, FAILED
from cvaction.customvision.storage_hosts import relative
from cvaction.failures.backup_errors import BackupModelError
from cvaction.github.text import one_line
from cvaction.plural import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cvaction.archive import ProjectStore
    from cvaction.clock import Clock
    from cvaction.commands.backup.inputs import Model
    from cvaction.customvision.blobs import Blobs
    from cvaction.customvision.image_models import ModelExport
    from cvaction.customvision.image_reader import ImageReader
    from cvaction.customvision.project_reader import ProjectReader
    from cvaction.customvision.project_writer import ProjectWriter

POLL_SECONDS = 5.0  # an export took 42 s (recorded)
LONGEST_EXPORT = 30 * 60.0
ADDRESSES = 3  # downloads, each with a fresh address, before a refused one is a failure


class Models:
    """The models of one project. Only this class gets a client that changes the resource."""

    def __init__(  # noqa: PLR0913, PLR0917 - what a model's export touches
        self,
        project_id: str,
        store: ProjectStore,
        reader: ProjectReader,
        images: ImageReader,
        writer: ProjectWriter,
        blobs: Blobs,
        *,
        clock: Clock,
        warn: Callable[[str, str], None],
    ) -> None:
        self.taken: list[str] = []  # the models that were downloaded
        self._project_id = project_id
        self._store = store
        self._reader = reader
        self._images = images
        self._writer = writer
        self._blobs = blobs
        self._clock = clock
        self._warn = warn
        self._wanted: list[tuple[Mapping[str, Any], Model]] = []

    def begin(self, iterations: Sequence[Mapping[str, Any]], models: Sequence[Model]) -> None:
        """Request the exports that do not exist. The service makes them while the images are downloaded."""
        for iteration in iterations:
            possible = self._possible(iteration, models)
            missing = [model for model in possible if not self._store.model(iteration["id"], model.name)]
            if not missing:
                continue
            exports = self._exports(iteration)
            for model in missing:
                found = find(exports, model)
                if (found and found.status != FAILED) or self._asked_for(iteration, model):
                    self._wanted.append((iteration, model))

    def collect(self) -> None:
        """Wait for each export and download its file. Raises BackupModelError if that fails."""
        for iteration, model in self._wanted:
            self._take(iteration, model)
        self._wanted.clear()

    def _possible(self, iteration: Mapping[str, Any], models: Sequence[Model]) -> list[Model]:
        """The models that the service can export of the iteration. The others get one warning."""
        told = iteration.get("exportableTo")
        platforms = told if isinstance(told, list) and told else [model.platform for model in models]
        possible = [model for model in models if model.platform in platforms]
        reason = f"it can be exported to {one_line(', '.join(map(str, platforms)), 100)}"
        if iteration.get("exportable") is not True:
            possible, reason = [], "its domain is not compact"
        names = ", ".join(model.name for model in models if model not in possible)
        if names:
            self._warn("A model cannot be exported", f"{_named(iteration)} has no {names}: {reason}.")
        return possible

    def _asked_for(self, iteration: Mapping[str, Any], model: Model) -> bool:
        """Request an export. Returns False after a warning if the service says that this iteration cannot have it."""
        try:
            self._writer.export_model(self._project_id, iteration["id"], *model)
        except CustomVisionError as error:
            if error.code not in EXPORT_REFUSED:
                raise
            reason = one_line(f"the service refuses it ({error.code}): {error.message}", 300)
            self._warn("A model cannot be exported", f"{_named(iteration)} has no {model.name}: {reason}")
            return False
        return True

    def _exports(self, iteration: Mapping[str, Any]) -> tuple[ModelExport, ...]:
        return self._reader.model_exports(self._project_id, iteration["id"])

    def _take(self, iteration: Mapping[str, Any], model: Model) -> None:
        host, state = "", State.STALE
        for _ in range(ADDRESSES):
            export = self._awaited(iteration, model)
            with self._store.incoming_model(iteration["id"], str(iteration.get("name") or ""), model.name) as part:
                if relative(export.download):
                    self._images.artifact(self._project_id, export.download.reveal(), part.open)
                else:
                    host = urlsplit(export.download.reveal()).hostname or ""
                    state = self._blobs.fetch(export.download, part.open, seconds=LONGEST_EXPORT).state
                    if state is not State.WHOLE:
                        continue
                if not self._store.keep_model(part):
                    state = State.WHOLE
                    continue
                self.taken.append(f"{iteration.get('name') or iteration['id']}: {model.name}")
                return
        what = f"the model {model.name} of {_named(iteration)}"
        if state is State.WHOLE:
            msg = f"The storage sent {what} {ADDRESSES} times, and each time it was incomplete or no model at all."
            raise BackupModelError(msg)
        if state is State.GONE:
            msg = f"The storage has no file (404) of {what}, but the service says that the export is done."
            raise BackupModelError(msg)
        raise refusing(what, host, HTTPStatus.FORBIDDEN, anew=True)

    def _awaited(self, iteration: Mapping[str, Any], model: Model) -> ModelExport:
        """Wait for an export; returns it when it is done. Raises BackupModelError."""
        end = self._clock.now() + LONGEST_EXPORT
        while True:
            export = find(self._exports(iteration), model)
            if export is not None and export.status == DONE:
                return export
            if export is not None and export.status == FAILED:
                msg = f"The export of {_named(iteration)} as {model.name} failed; the service gives no reason."
                raise BackupModelError(msg)
            if self._clock.now() >= end:
                msg = f"The export of {_named(iteration)} as {model.name} is not done after {counted(LONGEST_EXPORT / 60, 'minute')}."
                raise BackupModelError(msg)
            self._clock.sleep(POLL_SECONDS)


def find(exports: Sequence[ModelExport], model: Model) -> ModelExport | None:
    """The export of a model. For a model without a flavour the platform's only export counts, too."""
    rows = [one for one in exports if one.platform.lower() == model.platform.lower()]
    exact = [one for one in rows if one.flavor.lower() == model.flavor.lower()]
    if exact:
        return exact[-1]
    return rows[0] if len(rows) == 1 and not model.flavor else None


def _named(iteration: Mapping[str, Any]) -> str:
    return f"'{one_line(str(iteration.get('name') or ''), 120)}' ({iteration['id']})"

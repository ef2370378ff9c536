"""Export and import, or the adoption of an earlier attempt's import (protocol, 4.1 to 4.7)."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from cvaction.customvision.changes import MADE, Change
from cvaction.customvision.codes import IMPORT_TOKEN, NAME_TAKEN, PROJECT_LIMIT
from cvaction.customvision.errors import CustomVisionError, Kind
from cvaction.customvision.retries import LONGEST_RETRY_AFTER
from cvaction.failures.copy_errors import ImportUnansweredError
from cvaction.outcome.report import TARGET, CopyFacts
from cvaction.rules.states import Marked, Unfinished
from cvaction.steps.adoption import Adoption
from cvaction.steps.leftovers import remove_dead
from cvaction.steps.listing import near_holders
from cvaction.steps.own_work import Finder, look_again
from cvaction.steps.removing import Remover
from cvaction.steps.renaming import name_held
from cvaction.telling import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cvaction.clock import Clock
    from cvaction.customvision.client import TrainingClient
    from cvaction.customvision.models import Project, ProjectExport
    from cvaction.customvision.reader import ReadingClient
    from cvaction.memory import Memory
    from cvaction.outcome.report import Facts
    from cvaction.rules.names import Identity
    from cvaction.rules.states import Own
    from cvaction.steps.source import SourceState
    from cvaction.telling import Narrator

SENDS = 3  # imports whose answers may be lost before the run gives up


@dataclass(frozen=True)
class Import:
    """An import under way or done, and its project. `adopted`: found, not answered. `estimate`: seconds, 0: unknown."""

    project: Project
    adopted: bool
    estimate: float = 0.0


@dataclass(frozen=True)
class Importer:
    """What an import needs, which is nearly all of a run: it exports, imports, looks for its copy, and makes room."""

    source_client: ReadingClient
    target_client: TrainingClient
    clock: Clock
    narrator: Narrator
    facts: Facts
    memory: Memory
    identity: Identity
    attempt: int
    strict: bool  # see Adoption

    @property
    def finder(self) -> Finder:
        """What finds this run's copies."""
        return Finder(self.target_client, self.clock, self.identity, self.memory)

    @property
    def remover(self) -> Remover:
        """What removes those that are no good."""
        return Remover(self.target_client, self.narrator, self.facts, self.memory)

    @property
    def adoption(self) -> Adoption:
        """Which imports can be gone on with."""
        return Adoption(self.target_client, self.memory.imported, self.strict)


def adopt(importer: Importer, source: SourceState, copies: Sequence[Own]) -> Import | None:
    """The best own unfinished import that is still good; those before it that are not are removed."""
    for project in (one.project for one in copies if isinstance(one, Unfinished)):
        reason = importer.adoption.unusable(project, source)
        if not reason:
            importer.narrator.say(f"Going on with {quoted(project)}, which an earlier attempt of this run began.")
            importer.memory.answered.add(project.id)
            importer.facts.tell_project(project)
            return Import(project, adopted=True)
        importer.remover.remove(project, reason)
        importer.facts.copy = CopyFacts()
    return None


def import_anew(importer: Importer, source: SourceState, wanted: str) -> Import | Marked:
    """Export the source and import it under the own name; every ambiguous answer is followed by a look for its copy.

    Where that finds a copy that another attempt has marked, it is returned in place of an import.
    """
    narrator, name = importer.narrator, importer.identity.own_name(wanted, source.stamp)
    for _ in range(SENDS):
        with narrator.stage("export"):
            export = importer.source_client.export_project(source.project.id)
            importer.memory.regions = export.region_count
            narrator.say(f"Exported; the service estimates {export.estimate:.0f} s for the import.")
        with narrator.stage("import"):
            found = _send(importer, source, export, name)
        if found is not None:
            return found
    msg = f"The import was sent {SENDS} times. None was answered, and no copy called '{name}' is listed."
    raise ImportUnansweredError(msg)


def _send(importer: Importer, source: SourceState, export: ProjectExport, name: str) -> Import | Marked | None:
    """One import. None where it left nothing that could be found, or where there is room for it only now."""
    memory = importer.memory
    memory.imports_sent += 1
    removed = len(memory.removed)
    try:
        project = _import(importer, export, name)
    except CustomVisionError as error:
        full = error.code == PROJECT_LIMIT
        found = None
        if not full or _is_sign(importer, error):
            try:
                found = _after_error(importer, source, error, export.estimate)
            except CustomVisionError as refusal:
                _name_holder(importer, refusal, name)
                raise
        if found is None and full:
            remove_dead(importer.remover, importer.identity, importer.target_client.get_projects())
            if len(memory.removed) == removed:
                raise
            # Exported afresh, too: whether a refused import uses its token up is unknown.
            importer.narrator.say("There is room for the copy now: exporting and importing once more.")
        return found
    _tell_made(importer, project)
    memory.answered.add(project.id)
    memory.imported.add(project.id)
    importer.facts.tell_project(project)
    importer.narrator.say(f"The import of {quoted(project)} has begun.")
    return Import(project, adopted=False, estimate=export.estimate)


def _tell_made(importer: Importer, project: Project) -> None:
    """The import was carried out, whether its answer arrived or not."""
    if project.id not in importer.memory.strangers:
        importer.facts.changes.append((TARGET, Change(MADE, project.id, project.name)))


def _import(importer: Importer, export: ProjectExport, name: str) -> Project:
    """Send it. What is own may be deleted: an answer about a project that was there before must not make that ours."""
    client = importer.target_client
    project = client.import_project(export.token, name)
    if project.id in importer.memory.strangers:
        host = client.origin.partition("://")[2]
        msg = f"the answer is about {quoted(project)}, which was there before"
        raise CustomVisionError(Kind.UNREADABLE, msg, operation="ImportProject", host=host, label="target")
    return project


def _after_error(
    importer: Importer, source: SourceState, error: CustomVisionError, estimate: float
) -> Import | Marked | None:
    """What an unanswered or refused import may have left."""
    if not error.ambiguous and not _is_sign(importer, error):
        raise error
    memory = importer.memory
    memory.ambiguous = True
    if error.retry_after:
        importer.clock.sleep(min(error.retry_after, LONGEST_RETRY_AFTER))
    importer.narrator.say(f"The import may have been carried out ({error.message}): looking for its copy.")
    removed = len(memory.removed)
    found = _found(importer, source, estimate)
    final = not error.ambiguous and error.code != PROJECT_LIMIT
    # What was removed by the look may be what had the name.
    if found is None and final and len(memory.removed) == removed:
        raise error
    return found


def _name_holder(importer: Importer, refusal: CustomVisionError, name: str) -> None:
    """Who holds a refused name that no listing shows exactly: raises where it is held under nearly the same name."""
    if refusal.kind is Kind.REFUSED and refusal.code in NAME_TAKEN:
        client = importer.target_client
        for holder in near_holders(client, importer.narrator, client.get_projects(), name, set()):
            raise name_held(name, holder) from None


def _is_sign(importer: Importer, error: CustomVisionError) -> bool:
    """Whether a refusal tells of an earlier success: the own name taken always, others after a possible one."""
    if error.kind is not Kind.REFUSED:
        return False
    if error.code in NAME_TAKEN or error.status == HTTPStatus.CONFLICT:
        return True
    return error.code in {IMPORT_TOKEN, PROJECT_LIMIT} and (importer.memory.ambiguous or importer.attempt > 1)


def _found(importer: Importer, source: SourceState, estimate: float) -> Import | Marked | None:
    """The first own copy that can be gone on with, looked for long enough; those before it are removed."""

    def useless(one: Own) -> str:
        return "" if isinstance(one, Marked) else importer.adoption.unusable(one.project, source)

    for one in look_again(importer.finder, until=lambda found: not useless(found)):
        project, reason = one.project, useless(one)
        if not reason:
            importer.memory.answered.add(project.id)
            importer.facts.tell_project(project)
            importer.narrator.say(f"Found {quoted(project)}.")
            _tell_made(importer, project)
            return one if isinstance(one, Marked) else Import(project, adopted=True, estimate=estimate)
        importer.remover.remove(project, reason)
    importer.narrator.say("No copy of it is listed: exporting and importing once more.")
    return None

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
from cvaction.outcome.ledger import TARGET, CopyFacts
from cvaction.rules.own_copies import Marked, Unfinished
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
    from cvaction.outcome.ledger import Facts
    from cvaction.rules.names import Identity
    from cvaction.rules.own_copies import Own
    from cvaction.steps.source import SourceState
    from cvaction.telling import Narrator

SENDS = 3  # imports whose answers may be lost before the run gives up


@dataclass(frozen=True)
class Import:
    """An import that is running or done, and its project.

    `adopted`: the import was found, not answered to this attempt. `estimate`: seconds; 0 if unknown.
    """

    project: Project
    adopted: bool
    estimate: float = 0.0


@dataclass(frozen=True)
class Importer:
    """Everything that an import uses: it exports, imports, looks for its copy, and makes room for it."""

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
        """Finds this run's copies."""
        return Finder(self.target_client, self.clock, self.identity, self.memory)

    @property
    def remover(self) -> Remover:
        """Removes the copies that cannot be used."""
        return Remover(self.target_client, self.narrator, self.facts, self.memory)

    @property
    def adoption(self) -> Adoption:
        """Which imports this run can continue."""
        return Adoption(self.target_client, self.memory.imported, self.strict)


def adopt(importer: Importer, source: SourceState, copies: Sequence[Own]) -> Import | None:
    """The best own unfinished import that can still be used. Better ones that cannot be used are removed."""
    for project in (one.project for one in copies if isinstance(one, Unfinished)):
        reason = importer.adoption.unusable(project, source)
        if not reason:
            importer.narrator.say(f"Going on with {quoted(project)}, which an earlier attempt of this run began.")
            importer.memory.answered.add(project.id)
            importer.facts.record_project(project)
            return Import(project, adopted=True)
        importer.remover.remove(project, reason)
        importer.facts.copy = CopyFacts()
    return None


def import_anew(importer: Importer, source: SourceState, wanted: str) -> Import | Marked:
    """Export the source and import it under the own name. After every ambiguous answer, look for the copy.

    If the copy found was marked by another attempt, the marked copy is returned in place of an import.
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
    """Send one import. None means that another one must be sent.

    Either no copy of this one was found, or the target was full and has room only now.
    """
    memory = importer.memory
    memory.imports_sent += 1
    removed = len(memory.removed)
    try:
        project = _import(importer, export, name)
    except CustomVisionError as error:
        full = error.code == PROJECT_LIMIT
        found = None
        if not full or _may_mean_success(importer, error):
            try:
                found = _look_after_error(importer, source, error, export.estimate)
            except CustomVisionError as refusal:
                _raise_for_near_holder(importer, refusal, name)
                raise
        if found is None and full:
            remove_dead(importer.remover, importer.identity, importer.target_client.get_projects())
            if len(memory.removed) == removed:
                raise
            # The source is exported again, too: it is unknown whether a refused import uses up its token.
            importer.narrator.say("Now there is room for the copy: exporting and importing once more.")
        return found
    _record_made(importer, project)
    memory.answered.add(project.id)
    memory.imported.add(project.id)
    importer.facts.record_project(project)
    importer.narrator.say(f"The import of {quoted(project)} has begun.")
    return Import(project, adopted=False, estimate=export.estimate)


def _record_made(importer: Importer, project: Project) -> None:
    """Record that the import was carried out, whether its answer arrived or not."""
    if project.id not in importer.memory.strangers:
        importer.facts.changes.append((TARGET, Change(MADE, project.id, project.name)))


def _import(importer: Importer, export: ProjectExport, name: str) -> Project:
    """Send the import request.

    A project in the answer counts as own, and an own project may be deleted. So an answer that names a project which
    was there before the run is an error.
    """
    client = importer.target_client
    project = client.import_project(export.token, name)
    if project.id in importer.memory.strangers:
        host = client.origin.partition("://")[2]
        msg = f"the answer is about {quoted(project)}, which existed before the import"
        raise CustomVisionError(Kind.UNREADABLE, msg, operation="ImportProject", host=host, label="target")
    return project


def _look_after_error(
    importer: Importer, source: SourceState, error: CustomVisionError, estimate: float
) -> Import | Marked | None:
    """Look for the copy that an unanswered or refused import may have made. Raises `error` if there can be none."""
    if not error.ambiguous and not _may_mean_success(importer, error):
        raise error
    memory = importer.memory
    memory.ambiguous = True
    if error.retry_after:
        importer.clock.sleep(min(error.retry_after, LONGEST_RETRY_AFTER))
    importer.narrator.say(f"The import may have been carried out ({error.message}): looking for its copy.")
    removed = len(memory.removed)
    found = _found(importer, source, estimate)
    final = not error.ambiguous and error.code != PROJECT_LIMIT
    # A copy that the search removed may be the one that had the name.
    if found is None and final and len(memory.removed) == removed:
        raise error
    return found


def _raise_for_near_holder(importer: Importer, refusal: CustomVisionError, name: str) -> None:
    """Raise NameHeldError if the name was refused as taken and a project has nearly the same name."""
    if refusal.kind is Kind.REFUSED and refusal.code in NAME_TAKEN:
        client = importer.target_client
        for holder in near_holders(client, importer.narrator, client.get_projects(), name, set()):
            raise name_held(name, holder) from None


def _may_mean_success(importer: Importer, error: CustomVisionError) -> bool:
    """Whether a refusal can mean that an earlier import succeeded (protocol, 4.6).

    "Name taken" always can. "Token invalid" and "project limit" can only if an earlier import may have arrived.
    """
    if error.kind is not Kind.REFUSED:
        return False
    if error.code in NAME_TAKEN or error.status == HTTPStatus.CONFLICT:
        return True
    return error.code in {IMPORT_TOKEN, PROJECT_LIMIT} and (importer.memory.ambiguous or importer.attempt > 1)


def _found(importer: Importer, source: SourceState, estimate: float) -> Import | Marked | None:
    """Look for own copies for 10 s. Return the first that can be used, and remove those before it."""

    def unusable(one: Own) -> str:
        return "" if isinstance(one, Marked) else importer.adoption.unusable(one.project, source)

    for one in look_again(importer.finder, until=lambda found: not unusable(found)):
        project, reason = one.project, unusable(one)
        if not reason:
            importer.memory.answered.add(project.id)
            importer.facts.record_project(project)
            importer.narrator.say(f"Found {quoted(project)}.")
            _record_made(importer, project)
            return one if isinstance(one, Marked) else Import(project, adopted=True, estimate=estimate)
        importer.remover.remove(project, reason)
    importer.narrator.say("No copy is listed: exporting and importing once more.")
    return None

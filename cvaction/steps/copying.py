"""Export and import, or the adoption of an earlier attempt's import (protocol, step 4)."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from cvaction.customvision.changes import MADE, Change
from cvaction.customvision.codes import IMPORT_TOKEN, NAME_TAKEN, PROJECT_LIMIT
from cvaction.customvision.errors import CustomVisionError, Kind
from cvaction.customvision.models import FAILED, earlier
from cvaction.customvision.transport import LONGEST_RETRY_AFTER
from cvaction.failures.copy_errors import ImportUnansweredError
from cvaction.job import quoted
from cvaction.outcome.report import TARGET, Facts
from cvaction.rules.names import importing
from cvaction.steps.own_work import Own, State, look_again, remove
from cvaction.steps.renaming import name_held, near_holders
from cvaction.steps.target import remove_dead, too_old

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from cvaction.customvision.models import Project, ProjectExport
    from cvaction.job import Job
    from cvaction.steps.source import Source

SENDS = 3  # imports whose answers may be lost before the run gives up


@dataclass(frozen=True)
class Copy:
    """An import under way or done. `adopted`: found, not answered. `estimate` in seconds, 0 where unknown."""

    own: Own
    adopted: bool
    estimate: float = 0.0

    @property
    def project(self) -> Project:
        """The copy."""
        return self.own.project


def unusable(job: Job, project: Project, source: Source) -> str:
    """Why an unfinished import cannot become today's copy; empty where it can, as far as its row tells."""
    if project.status == FAILED:
        return "its import failed"
    if too_old(job, project):
        return "its import is older than 24 h"
    if project.id in job.memory.imported:
        return ""
    made_of = stamp_in(project)
    if not made_of and (job.inputs.delete_source or job.inputs.if_exists == "sync"):
        return "its name does not tell which state of the source it holds"
    changed = made_of != source.stamp if made_of else earlier(project.created, source.modified)
    return "the source has changed since" if changed else ""


def stamp_in(project: Project) -> str:
    """S in an own name; empty where the name has none."""
    whose = importing(project.name)
    return whose.stamp if whose else ""


def made_of(job: Job, project: Project, source: Source) -> datetime | None:
    """The lastModified of the source that an import was made of; None where nothing tells it."""
    known = project.id in job.memory.imported or (source.stamp and stamp_in(project) == source.stamp)
    return source.modified if known else None


def adopt(job: Job, source: Source, copies: Sequence[Own]) -> Copy | None:
    """The best own unfinished import that is still good; those before it that are not are removed."""
    for copy in copies:
        if copy.state is not State.UNFINISHED:
            continue
        reason = unusable(job, copy.project, source)
        if not reason:
            job.say(f"Going on with {quoted(copy.project)}, which an earlier attempt of this run began.")
            job.memory.answered.add(copy.project.id)
            job.facts.tell_project(copy.project)
            return Copy(copy, adopted=True)
        remove(job, copy.project, reason)
        job.facts.tell_of(Facts())
    return None


def import_anew(job: Job, source: Source) -> Copy:
    """Export the source and import it under the own name; every ambiguous answer is followed by a look for its copy."""
    name = job.work.own_name(job.wanted_name(source.project), source.stamp)
    for _ in range(SENDS):
        with job.stage("export"):
            export = job.source.export_project(source.project.id)
            job.memory.regions = export.region_count
            job.say(f"Exported; the service estimates {export.estimate:.0f} s for the import.")
        with job.stage("import"):
            copy = _send(job, source, export, name)
        if copy is not None:
            return copy
    msg = f"The import was sent {SENDS} times. None was answered, and no copy called '{name}' is listed."
    raise ImportUnansweredError(msg)


def _send(job: Job, source: Source, export: ProjectExport, name: str) -> Copy | None:
    """One import. None where it left nothing that could be found, or where there is room for it only now."""
    job.memory.imports_sent += 1
    removed = len(job.memory.removed)
    try:
        project = _import(job, export, name)
    except CustomVisionError as error:
        copy = None
        if error.code != PROJECT_LIMIT or _is_sign(job, error):
            try:
                copy = _after_error(job, source, error, export.estimate, final=error.code != PROJECT_LIMIT)
            except CustomVisionError as refusal:
                _name_holder(job, refusal, name)
                raise
        if copy is None and error.code == PROJECT_LIMIT:
            remove_dead(job, job.target.get_projects())
            if len(job.memory.removed) == removed:
                raise
            # Exported afresh, too: whether a refused import uses its token up is unknown.
            job.say("There is room for the copy now: exporting and importing once more.")
        return copy
    tell_made(job, project)
    job.memory.answered.add(project.id)
    job.memory.imported.add(project.id)
    job.facts.tell_project(project)
    job.say(f"The import of {quoted(project)} has begun.")
    own = Own(project, None, State.UNFINISHED)
    return Copy(own, adopted=False, estimate=export.estimate)


def tell_made(job: Job, project: Project) -> None:
    """The import was carried out, whether its answer arrived or not."""
    if project.id not in job.memory.strangers:
        job.facts.changes.append((TARGET, Change(MADE, project.id, project.name)))


def _import(job: Job, export: ProjectExport, name: str) -> Project:
    """Send it. What is own may be deleted: an answer about a project that was there before must not make that ours."""
    project = job.target.import_project(export.token, name)
    if project.id in job.memory.strangers:
        host = job.target.origin.partition("://")[2]
        msg = f"the answer is about {quoted(project)}, which was there before"
        raise CustomVisionError(Kind.UNREADABLE, msg, operation="ImportProject", host=host, label="target")
    return project


def _after_error(job: Job, source: Source, error: CustomVisionError, estimate: float, *, final: bool) -> Copy | None:
    """What an unanswered or refused import may have left."""
    if not error.ambiguous and not _is_sign(job, error):
        raise error
    job.memory.ambiguous = True
    if error.retry_after:
        job.clock.sleep(min(error.retry_after, LONGEST_RETRY_AFTER))
    job.say(f"The import may have been carried out ({error.message}): looking for its copy.")
    removed = len(job.memory.removed)
    copy = _found(job, source, estimate)
    # What was removed by the look may be what had the name.
    if copy is None and final and not error.ambiguous and len(job.memory.removed) == removed:
        raise error
    return copy


def _name_holder(job: Job, refusal: CustomVisionError, name: str) -> None:
    """Who holds a refused name that no listing shows exactly: raises where it is held under nearly the same name."""
    if refusal.kind is Kind.REFUSED and refusal.code in NAME_TAKEN:
        for holder in near_holders(job, job.target.get_projects(), name, set()):
            raise name_held(name, holder) from None


def _is_sign(job: Job, error: CustomVisionError) -> bool:
    """Whether a refusal tells of an earlier success: the own name taken always, others after a possible one."""
    if error.kind is not Kind.REFUSED:
        return False
    if error.code in NAME_TAKEN or error.status == HTTPStatus.CONFLICT:
        return True
    return error.code in {IMPORT_TOKEN, PROJECT_LIMIT} and (job.memory.ambiguous or job.context.attempt > 1)


def _found(job: Job, source: Source, estimate: float) -> Copy | None:
    for copy in look_again(job, until=lambda found: bool(found.mark) or not unusable(job, found.project, source)):
        reason = "" if copy.mark else unusable(job, copy.project, source)
        if not reason:
            job.memory.answered.add(copy.project.id)
            job.facts.tell_project(copy.project)
            job.say(f"Found {quoted(copy.project)}.")
            tell_made(job, copy.project)
            return Copy(copy, adopted=True, estimate=estimate)
        remove(job, copy.project, reason)
    job.say("No copy of it is listed: exporting and importing once more.")
    return None

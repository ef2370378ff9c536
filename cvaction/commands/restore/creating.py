"""The project is made, or what an earlier attempt has made is gone on with (protocol, step 4)."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from cvaction.commands.restore.own import Own, State, look_again, remove, remove_dead
from cvaction.customvision.codes import NAME_TAKEN, PROJECT_LIMIT
from cvaction.customvision.errors import CustomVisionError, Kind
from cvaction.customvision.project_writer import ProjectWriter
from cvaction.customvision.transport import LONGEST_RETRY_AFTER
from cvaction.failures.restore_errors import CreateUnansweredError
from cvaction.job import quoted
from cvaction.rules.mark import own_text
from cvaction.rules.names import importing
from cvaction.steps.renaming import name_held, near_holders

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cvaction.commands.restore.backup import Backup
    from cvaction.customvision.models import Project
    from cvaction.job import Job

SENDS = 3  # requests whose answers may be lost before the run gives up


def adopt(job: Job, backup: Backup, copies: Sequence[Own]) -> Project | None:
    """The best own unfinished project that is of this very backup; those of another state of it are removed."""
    for copy in copies:
        if copy.state is not State.UNFINISHED:
            continue
        if _made_of(copy.project) == made_of(backup) or copy.project.id in job.memory.answered:
            job.say(f"Going on with {quoted(copy.project)}, which an earlier attempt of this run began.")
            job.memory.answered.add(copy.project.id)
            job.facts.tell_project(copy.project)
            return copy.project
        remove(job, copy.project, "it was made of another state of the backup")
    return None


def made_of(backup: Backup) -> str:
    """S: what a project is restored from."""
    return backup.sha256[:4]


def _made_of(project: Project) -> str:
    whose = importing(project.name)
    return whose.stamp if whose else ""


def create(job: Job, backup: Backup) -> Project:
    """Make the project under its own name; every ambiguous answer is followed by a look for it."""
    name = job.work.own_name(backup.name, made_of(backup))
    room_made = False
    for _ in range(SENDS):
        try:
            made = _create(job, backup, name)
        except CustomVisionError as error:
            found = _after_error(job, backup, error)
            if found is None and error.code == PROJECT_LIMIT:
                if room_made or not remove_dead(job, job.target.get_projects()):
                    raise
                room_made = True
                continue
            if found is None:
                if not error.ambiguous:
                    for holder in near_holders(job, job.target.get_projects(), name, set()):
                        raise name_held(name, holder) from None
                    raise
                continue
            made = found
        job.memory.answered.add(made.id)
        job.facts.tell_project(made)
        job.say(f"Made {quoted(made)}.")
        return made
    msg = f"The request to create the project was sent {SENDS} times. None was answered, and no '{name}' is listed."
    raise CreateUnansweredError(msg)


def _create(job: Job, backup: Backup, name: str) -> Project:
    settings = backup.settings
    platforms = settings.get("targetExportPlatforms")
    made = ProjectWriter(job.target).create_project(
        name,
        own_text(str(backup.project.get("description") or "")),
        domain_id=str(settings.get("domainId") or ""),
        classification_type=str(settings.get("classificationType") or ""),
        platforms=[str(platform) for platform in platforms] if isinstance(platforms, list) else [],
    )
    if made.id in job.memory.strangers:
        msg = f"the answer is about {quoted(made)}, which was there before"
        raise CustomVisionError(
            Kind.UNREADABLE, msg, operation="CreateProject", host=job.target.origin.partition("://")[2]
        )
    return made


def _after_error(job: Job, backup: Backup, error: CustomVisionError) -> Project | None:
    """What an unanswered or refused request may have left; raises what is no sign of a success."""
    if not error.ambiguous and not _is_sign(job, error):
        if error.code == PROJECT_LIMIT:
            return None
        raise error
    job.memory.ambiguous = job.memory.ambiguous or error.ambiguous
    if error.retry_after:
        job.clock.sleep(min(error.retry_after, LONGEST_RETRY_AFTER))
    job.say(f"The project may have been made ({error.message}): looking for it.")
    found = look_again(job, until=lambda one: _usable(job, backup, one))
    return next((one.project for one in found if _usable(job, backup, one)), None)


def _usable(job: Job, backup: Backup, one: Own) -> bool:
    return one.state is State.UNFINISHED and (
        _made_of(one.project) == made_of(backup) or one.project.id in job.memory.answered
    )


def _is_sign(job: Job, error: CustomVisionError) -> bool:
    """Whether a refusal tells of an earlier success: the own name taken always, the limit after a possible one."""
    if error.kind is not Kind.REFUSED:
        return False
    if error.code in NAME_TAKEN or error.status == HTTPStatus.CONFLICT:
        return True
    return error.code == PROJECT_LIMIT and (job.memory.ambiguous or job.context.attempt > 1)


def remove_twins(job: Job, kept: Project) -> None:
    """Where more than one request may have made a project, look once more, and remove the others (protocol, step 6)."""
    if not job.memory.ambiguous and job.context.attempt <= 1:
        return
    for copy in look_again(job):
        if copy.project.id != kept.id and copy.state is State.UNFINISHED:
            remove(job, copy.project, "this run made more than one")
        elif copy.project.id != kept.id:
            job.warn(
                "This run has restored twice", f"{quoted(copy.project)} is another project of this run; it was left."
            )

"""The project is made, or an earlier attempt's project is continued (protocol, 4.1)."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from cvaction.commands.restore.naming import is_refused, refused_at_once, taken_at_once
from cvaction.commands.restore.own import Own, State, look_again, remove_dead
from cvaction.customvision.codes import NAME_TAKEN, PROJECT_LIMIT
from cvaction.customvision.errors import CustomVisionError, Kind
from cvaction.customvision.project_writer import ProjectWriter
from cvaction.customvision.transport import LONGEST_RETRY_AFTER
from cvaction.failures.restore_errors import CreateUnansweredError, RestoreFullError
from cvaction.rules.mark import own_text
from cvaction.rules.names import importing
from cvaction.steps.listing import near_holders
from cvaction.telling import quoted

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from cvaction.commands.restore.backup import Backup
    from cvaction.commands.restore.own import Finder
    from cvaction.customvision.client import TrainingClient
    from cvaction.customvision.models import Project
    from cvaction.steps.removing import Remover

SENDS = 3  # the run gives up after so many requests without an answer


@dataclass(frozen=True)
class Maker:
    """Makes a project, looks for it after an ambiguous answer, and removes twins. `attempt`: of the run, from 1."""

    finder: Finder
    remover: Remover
    attempt: int


def adopt(remover: Remover, backup: Backup, copies: Sequence[Own]) -> Project | None:
    """The best own unfinished project of exactly this backup. Projects of another state of the backup are removed."""
    for copy in copies:
        if copy.state is not State.UNFINISHED:
            continue
        if _made_of(copy.project) == made_of(backup) or copy.project.id in remover.memory.answered:
            remover.narrator.say(f"Continuing with {quoted(copy.project)}, which an earlier attempt of this run began.")
            remover.memory.answered.add(copy.project.id)
            remover.facts.record_project(copy.project)
            return copy.project
        remover.remove(copy.project, "it was made from another state of the backup")
    return None


def made_of(backup: Backup) -> str:
    """S of the name: the first digits of the backup's sha256."""
    return backup.sha256[:4]


def _made_of(project: Project) -> str:
    whose = importing(project.name)
    return whose.stamp if whose else ""


def create(maker: Maker, backup: Backup) -> Project:
    """Make the project under its own name. After every ambiguous answer the run looks for the project."""
    remover, identity = maker.remover, maker.finder.identity
    client, narrator, memory = remover.client, remover.narrator, remover.memory
    name = identity.own_name(backup.name, made_of(backup))
    room_made = False
    for _ in range(SENDS):
        try:
            made = _create(client, backup, name, memory.strangers)
        except CustomVisionError as error:
            found = _after_error(maker, backup, error)
            if found is None and error.code == PROJECT_LIMIT:
                if room_made or not remove_dead(remover, identity, client.get_projects()):
                    msg = f"The resource has no room for one more project: {error.message}"
                    raise RestoreFullError(msg, code=error.code, request_id=error.request_id) from None
                room_made = True
                continue
            if found is None:
                if not error.ambiguous:
                    # Every other refusal has been raised already: what remains is that the name is taken.
                    near = near_holders(client, narrator, client.get_projects(), name, set())
                    raise taken_at_once(name, error, next(iter(near), None)) from None
                continue
            made = found
        memory.answered.add(made.id)
        remover.facts.record_project(made)
        narrator.say(f"Made {quoted(made)}.")
        return made
    msg = (
        f"The request to create the project was sent {SENDS} times. No answer came, and no project '{name}' is listed."
    )
    raise CreateUnansweredError(msg)


def _create(client: TrainingClient, backup: Backup, name: str, strangers: Collection[str]) -> Project:
    settings = backup.settings
    platforms = settings.get("targetExportPlatforms")
    made = ProjectWriter(client).create_project(
        name,
        own_text(str(backup.project.get("description") or "")),
        domain_id=str(settings.get("domainId") or ""),
        classification_type=str(settings.get("classificationType") or ""),
        platforms=[str(platform) for platform in platforms] if isinstance(platforms, list) else [],
    )
    if made.id in strangers:
        msg = f"the answer is about {quoted(made)}, which was there before"
        raise CustomVisionError(Kind.UNREADABLE, msg, operation="CreateProject", host=client.origin.partition("://")[2])
    return made


def _after_error(maker: Maker, backup: Backup, error: CustomVisionError) -> Project | None:
    """The project that an unanswered or refused request may have made. Raises an error that is no sign of a success."""
    finder, memory = maker.finder, maker.finder.memory
    if not error.ambiguous and not _is_sign(error, again=memory.ambiguous or maker.attempt > 1):
        if error.code == PROJECT_LIMIT:
            return None
        if is_refused(error):
            raise refused_at_once(backup.name, error) from None
        raise error
    memory.ambiguous = memory.ambiguous or error.ambiguous
    if error.retry_after:
        finder.clock.sleep(min(error.retry_after, LONGEST_RETRY_AFTER))
    maker.remover.narrator.say(f"The project may have been made ({error.message}): looking for it.")
    found = look_again(finder, until=lambda one: _usable(one, backup, memory.answered))
    return next((one.project for one in found if _usable(one, backup, memory.answered)), None)


def _usable(one: Own, backup: Backup, answered: Collection[str]) -> bool:
    return one.state is State.UNFINISHED and (_made_of(one.project) == made_of(backup) or one.project.id in answered)


def _is_sign(error: CustomVisionError, *, again: bool) -> bool:
    """Whether a refusal is a sign of an earlier success.

    That the own name is taken always is one. The project limit is one with `again`: after a request that may have
    succeeded.
    """
    if error.kind is not Kind.REFUSED:
        return False
    if error.code in NAME_TAKEN or error.status == HTTPStatus.CONFLICT:
        return True
    return error.code == PROJECT_LIMIT and again


def remove_twins(maker: Maker, kept: Project, backup: Backup) -> None:
    """Remove the other projects of this run, where more than one request may have made one (protocol, 6.1)."""
    remover = maker.remover
    if not remover.memory.ambiguous and maker.attempt <= 1:
        return
    for copy in look_again(maker.finder):
        if copy.mark and copy.mark.manifest != backup.sha256:
            continue  # another step of this run has restored another state of the backup
        if copy.project.id != kept.id and copy.state is State.UNFINISHED:
            remover.remove(copy.project, "this run made more than one")
        elif copy.project.id != kept.id:
            remover.narrator.warn(
                "This run has restored twice",
                f"{quoted(copy.project)} is another filled project of this run. It was left. Delete it if nothing uses it.",
            )

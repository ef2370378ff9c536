"""What other runs of this work have left on the target (protocol, 4.7, 8.3 and 8.4).

A dead leftover is removed. A leftover whose run may still be running is only a warning.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from cvaction.customvision.models import FAILED
from cvaction.github.text import one_line
from cvaction.plural import counted
from cvaction.rules.capacity import PROJECTS_LIMIT
from cvaction.rules.mark import mark_of
from cvaction.rules.names import importing
from cvaction.steps.listing import confirmed
from cvaction.telling import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cvaction.customvision.models import Project
    from cvaction.customvision.reader import ReadingClient
    from cvaction.memory import Memory
    from cvaction.rules.names import Identity
    from cvaction.steps.removing import Remover
    from cvaction.telling import Narrator

DEAD_AFTER = timedelta(hours=24)  # an unfinished import older than this is dead: its token has expired


def too_old(client: ReadingClient, project: Project) -> bool:
    """Whether an import is known to be older than the life of its token, by the service's clock."""
    return project.created is not None and client.time() - project.created > DEAD_AFTER


def age(client: ReadingClient, project: Project) -> str:
    """How old a project is by the service's clock, as a text for a person."""
    if project.created is None:
        return "an unknown time"
    minutes = max(0, round((client.time() - project.created).total_seconds() / 60))
    return f"{minutes // 60} h {minutes % 60:02} min" if minutes >= 60 else f"{minutes} min"  # noqa: PLR2004 - an hour


def of_another_run(identity: Identity, row: Project) -> bool:
    """Whether a project has the own name of another run of this work."""
    whose = importing(row.name)
    return whose is not None and whose.work == identity.work and not identity.owns(row.name)


def _dead(client: ReadingClient, project: Project) -> bool:
    return mark_of(project) is None and (project.status == FAILED or too_old(client, project))


def dead_leftovers(client: ReadingClient, identity: Identity, listing: Sequence[Project]) -> list[Project]:
    """Unfinished imports of this work by other runs that have failed or are older than 24 h. Each is read by its id."""
    rows = (row for row in listing if of_another_run(identity, row))
    return list(confirmed(client, rows, lambda now: of_another_run(identity, now) and _dead(client, now)))


def unfinished_by_others(client: ReadingClient, identity: Identity, listing: Sequence[Project]) -> Iterator[Project]:
    """Unfinished imports of this work by other runs that are not dead. Each uses a slot, and its run may still go on."""
    rows = (row for row in listing if of_another_run(identity, row))
    for now in confirmed(client, rows, lambda now: of_another_run(identity, now)):
        if mark_of(now) is None and not _dead(client, now):
            yield now


def remove_dead(remover: Remover, identity: Identity, listing: Sequence[Project]) -> int:
    """Remove the dead leftovers of other runs of this work. Returns their number."""
    dead = dead_leftovers(remover.client, identity, listing)
    for project in dead:
        status = one_line(project.status, 20).lower() or "its status unknown"
        remover.remove(project, f"a leftover of this work by an earlier run, {status}")
    return len(dead)


def make_room(remover: Remover, identity: Identity, listing: Sequence[Project]) -> None:
    """Remove this work's dead leftovers if the usual project limit is reached. Only the service knows the real limit."""
    if len(listing) >= PROJECTS_LIMIT and not remove_dead(remover, identity, listing):
        remover.narrator.say(
            f"The target resource has {counted(len(listing), 'project')}. {PROJECTS_LIMIT} is the usual limit: the service decides."
        )


def warn_of_other_runs(
    client: ReadingClient, identity: Identity, memory: Memory, narrator: Narrator, listing: Sequence[Project]
) -> None:
    """Warn once of each unfinished import by another run of this work."""
    for now in unfinished_by_others(client, identity, [row for row in listing if row.id not in memory.warned]):
        memory.warned.add(now.id)
        narrator.warn(
            "Another run's unfinished import is on the target",
            f"{quoted(now)} was begun {age(client, now)} ago by another run of this work and holds a project slot. "
            "That run may still be running, or may be re-run. The next run removes the import once it is older than 24 h.",
        )

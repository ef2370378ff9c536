"""The target before anything is changed: room, the name policy, one resource or two, the copy in use (protocol, step 2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from cvaction.customvision.models import FAILED, earlier
from cvaction.failures.errors import NameTakenError, OneResourceError
from cvaction.github.text import one_line
from cvaction.job import listed, quoted
from cvaction.rules.mark import Line, mark_of
from cvaction.rules.names import importing, of_name, same_name
from cvaction.steps.own_work import remove

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from cvaction.customvision.models import Project
    from cvaction.job import Job

PROJECTS_LIMIT = 100  # of tier S0; F0's is 2, but the API never tells the tier
DEAD_AFTER = timedelta(hours=24)  # an unfinished import this old is given up: its token has expired


@dataclass(frozen=True)
class Target:
    """The target as one listing shows it. `previous` is what a rollback would go back to."""

    listing: tuple[Project, ...]
    wanted: str
    holders: tuple[Project, ...]
    line: Line
    previous: Project | None


def look_at_target(job: Job, source: Project, listing: tuple[Project, ...]) -> Target:
    """What the name policy will meet; raises for what cannot go well."""
    wanted = job.wanted_name(source)
    one_resource = any(row.id == source.id for row in listing)
    if one_resource:
        job.target.share_pace(job.source)
    if one_resource and job.inputs.replacing and same_name(wanted, source.name):
        msg = f"The source {quoted(source)} is on the target resource too, and `if-exists: {job.inputs.if_exists}` would replace it."
        raise OneResourceError(msg)
    holders = list(confirmed(job, holders_of(wanted, listing, {source.id}), lambda now: same_name(now.name, wanted)))
    taken = holders + ([source] if one_resource and same_name(source.name, wanted) else [])
    if job.inputs.if_exists == "fail" and taken:
        msg = f"The target resource has {listed(taken)[2:]} already."
        raise NameTakenError(msg)
    line = Line(job.context.repository_id, source.id, wanted)
    previous = holders[0] if job.inputs.replacing and holders else newest_earlier(job, line, listing)
    job.facts.previous_project_id = previous.id if previous else ""
    tell_other_runs(job, listing)
    return Target(listing, wanted, tuple(holders), line, previous)


def holders_of(name: str, listing: Sequence[Project], without: set[str]) -> list[Project]:
    """The projects of that name, newest first: exactly that, else the same in another Unicode form."""
    found = of_name(name, (row for row in listing if row.id not in without))
    return sorted(found, key=lambda row: row.age, reverse=True)


def newest_earlier(job: Job, line: Line, listing: Sequence[Project], copy: Project | None = None) -> Project | None:
    """The newest finished copy of this line by another run, made before `copy`, that was not rolled back."""
    found = still_earlier(job, line, listing, copy)
    return next((now for now in found if importing(now.name) is None and not rolled_back(now)), None)


def rolled_back(project: Project) -> bool:
    """Whether a rollback has taken a copy out of use: it is never what another rollback goes back to by itself."""
    mark = mark_of(project)
    return mark is not None and bool(mark.rolledback)


def earlier_copies(job: Job, line: Line, listing: Sequence[Project], copy: Project | None = None) -> list[Project]:
    """Marked copies of this line by other runs, made before `copy`; never the source itself.

    Newest first, and those that were rolled back behind all others: they are the first to go.
    """
    found = (row for row in listing if copy is None or (row.id != copy.id and earlier(row.created, copy.created)))
    ours = [row for row in found if row.id != job.facts.source_project_id and _of_another_run(job, line, row)]
    return sorted(ours, key=lambda row: (not rolled_back(row), row.age), reverse=True)


def still_earlier(job: Job, line: Line, listing: Sequence[Project], copy: Project | None = None) -> Iterator[Project]:
    """Those of `earlier_copies` that are still there, and copies of this line still, whatever they are called by now."""
    return confirmed(job, earlier_copies(job, line, listing, copy), lambda now: _of_another_run(job, line, now))


def confirmed(job: Job, rows: Iterable[Project], fits: Callable[[Project], bool]) -> Iterator[Project]:
    """The projects behind the rows, as they are now, that fit: a listing lags, also behind a rename of a moment ago."""
    for row in rows:
        now = job.target.find_project(row.id)
        if now is not None and fits(now):
            yield now


def _of_another_run(job: Job, line: Line, row: Project) -> bool:
    mark = mark_of(row)
    return mark is not None and mark.in_line(line, job.work.work) and (mark.work, mark.run) != job.work.pair


def dead_leftovers(job: Job, listing: Sequence[Project]) -> list[Project]:
    """Unfinished imports of this work by other runs that are failed or older than 24 h, confirmed one by one."""
    rows = (row for row in listing if _other_run(job, row))
    projects = (job.target.find_project(row.id) for row in rows)
    return [project for project in projects if project is not None and _dead(job, project)]


def _other_run(job: Job, row: Project) -> bool:
    whose = importing(row.name)
    return whose is not None and whose.work == job.work.work and not job.work.owns(row.name)


def _dead(job: Job, project: Project) -> bool:
    return _other_run(job, project) and mark_of(project) is None and (project.status == FAILED or too_old(job, project))


def too_old(job: Job, project: Project) -> bool:
    """Whether an import is known to be older than its token lives, on the service's clock."""
    return project.created is not None and job.target.time() - project.created > DEAD_AFTER


def make_room(job: Job, listing: tuple[Project, ...]) -> None:
    """Where the usual limit is reached this work's dead leftovers go first. Whether more fit only the service knows."""
    if len(listing) >= PROJECTS_LIMIT and not remove_dead(job, listing):
        job.say(
            f"The target resource has {len(listing)} projects. {PROJECTS_LIMIT} is the usual limit: the service decides."
        )


def unfinished_by_others(job: Job, listing: Sequence[Project]) -> Iterator[Project]:
    """Young unfinished imports of this work by other runs: they hold slots, and their runs may still be at work."""
    rows = (row for row in listing if _other_run(job, row))
    yield from confirmed(job, rows, lambda now: _other_run(job, now) and mark_of(now) is None and not _dead(job, now))


def tell_other_runs(job: Job, listing: Sequence[Project]) -> None:
    """Warn of what other runs of this work have begun and not ended, once."""
    for now in unfinished_by_others(job, [row for row in listing if row.id not in job.memory.told]):
        job.memory.told.add(now.id)
        job.warn(
            "Another run's unfinished import is on the target",
            f"{quoted(now)} was begun {age(job, now)} ago by another run of this work and holds a project slot. "
            "That run may still be at work, or be re-run. The next run removes the import once it is older than 24 h.",
        )


def age(job: Job, project: Project) -> str:
    """How old a project is, for a person, on the service's clock."""
    if project.created is None:
        return "an unknown time"
    minutes = max(0, round((job.target.time() - project.created).total_seconds() / 60))
    return f"{minutes // 60} h {minutes % 60:02} min" if minutes >= 60 else f"{minutes} min"  # noqa: PLR2004 - an hour


def remove_dead(job: Job, listing: Sequence[Project]) -> int:
    """Remove this work's dead leftovers of other runs; returns how many."""
    dead = dead_leftovers(job, listing)
    for project in dead:
        status = one_line(project.status, 20).lower() or "its status unknown"
        remove(job, project, f"a leftover of this work by an earlier run, {status}")
    return len(dead)

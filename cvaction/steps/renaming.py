"""The copy gets its name, and its name is looked at once more (protocol, step 7)."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from cvaction.customvision.codes import NAME_TAKEN
from cvaction.customvision.errors import CustomVisionError, Kind
from cvaction.failures.copy_errors import NameHeldError, NamingFailedError
from cvaction.github.text import one_line
from cvaction.job import quoted
from cvaction.rules.mark import mark_of
from cvaction.rules.names import free_name, importing, nearly_same, numbered, of_name, same_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cvaction.customvision.models import Project
    from cvaction.job import Job
    from cvaction.steps.committing import Committed

TRIES = 8
PAUSE = 2.0  # seconds between tries: together longer than a listing was seen to lag


def take_free_name(job: Job, copy: Project, wanted: str, marked: Committed | None = None) -> Project:
    """Policies `new` and `fail`: the first free one of `name`, `name (1)`, …, from a fresh listing.

    `marked`: the copy as it was committed a moment ago, with the listing of that moment.
    """
    refused: list[str] = []
    near: list[Project] = []
    for attempt in range(TRIES):
        if attempt:
            job.clock.sleep(PAUSE)
        # A name counts as taken when it was refused twice: once may be a passing fault.
        listing = job.target.get_projects() if attempt or marked is None else marked.listing
        taken = {row.name for row in listing if row.id != copy.id}
        gone = {name for name in refused if refused.count(name) > 1}
        near = near or [holder for name in gone for holder in near_holders(job, listing, name, {copy.id})]
        name = free_name(wanted, taken | gone, near=bool(near))
        renamed = rename(job, copy, name, marked.asked if marked else None)
        if renamed is None:
            refused.append(name)
            continue
        copy = renamed
        rivals = holders_now(job, copy)
        if (actual := as_listed(job, copy)).name != copy.name:
            copy = actual
            refused += [name] * 2 if numbered(wanted, copy.name) else []
            continue
        if numbered(wanted, copy.name) and not _must_yield(job, copy, rivals):
            if job.inputs.if_exists == "fail" and not same_name(copy.name, wanted):
                held = f" The service refused the name beside {quoted(near[0])}." if near else ""
                job.warn("The name was taken meanwhile", f"The copy is called {quoted(copy)}.{held}")
            return copy
        refused += [copy.name] * 2
    msg = f"The copy {quoted(copy)} could not be called '{one_line(wanted)}' or by a numbered form of it in {TRIES} tries."
    raise NamingFailedError(msg)


def holders_now(job: Job, copy: Project) -> list[Project]:
    """The other projects of the copy's name, newest first, from a fresh listing and each asked for by its id."""
    return confirmed_holders(job, job.target.get_projects(), copy.name, {copy.id}, exact=True)


def as_listed(job: Job, copy: Project) -> Project:
    """The copy as the answer to its rename told it; where a listing shows another name, as it is now."""
    row = next((row for row in job.target.latest_projects() if row.id == copy.id), copy)
    return copy if row.name == copy.name else job.target.get_project(copy.id)


def confirmed_holders(
    job: Job, listing: Sequence[Project], name: str, without: set[str], *, exact: bool = False
) -> list[Project]:
    """The projects that have a name, newest first: rows only point to them, because a listing lags.

    Exactly that name; where there is none, and unless `exact`, the same in another Unicode form.
    """
    rows = [row for row in listing if row.id not in without and same_name(row.name, name)]
    seen = [job.target.find_project(row.id) for row in rows if row.name == name or not exact]
    found = of_name(name, [project for project in seen if project is not None])
    return sorted((now for now in found if now.name == name or not exact), key=lambda now: now.age, reverse=True)


def near_holders(job: Job, listing: Sequence[Project], name: str, without: set[str]) -> list[Project]:
    """Whom a service that minds neither case nor form may mean by "name taken": names that are nearly that one."""
    rows = [row for row in listing if row.id not in without and nearly_same(row.name, name)]
    seen = [job.target.find_project(row.id) for row in rows]
    found = [now for now in seen if now is not None and nearly_same(now.name, name)]
    for holder in found:
        job.say(f"The service may mean {quoted(holder)}, whose name is nearly equal.")
    return sorted(found, key=lambda now: now.age, reverse=True)


def name_held(name: str, holder: Project) -> NameHeldError:
    """The failure that names who holds a name under nearly the same one."""
    return NameHeldError(
        f"The service refuses the name '{one_line(name)}' as taken: {quoted(holder)} is called nearly so."
    )


def _must_yield(job: Job, copy: Project, rivals: list[Project]) -> bool:
    """Who gives a doubly held name up: ours to a project without a mark, else the younger, then the larger id."""
    for rival in rivals:
        if mark_of(rival) is None or copy.age > rival.age:
            job.say(f"The name is also held by {quoted(rival)}: choosing another.")
            return True
    return False


def rename(job: Job, project: Project, name: str, asked: int | None = None) -> Project | None:
    """Give a project a name; the answer may carry a suffix. None where the name is refused as taken.

    The description is sent as it is now, so that nobody's edit of it is lost. `asked`: the requests that had been sent
    when the project was read; where it was the last one, it is not read again.
    """
    now = project if job.target.requests == asked else job.target.get_project(project.id)
    if now.name == name:
        return now
    try:
        renamed = job.target.update_project(now, name=name, description=now.description)
    except CustomVisionError as error:
        if error.kind is Kind.REFUSED and (error.code in NAME_TAKEN or error.status == HTTPStatus.CONFLICT):
            job.say(f"The name '{one_line(name)}' was refused: {error.message}")
            return None
        raise
    if renamed.id == job.facts.project_id:
        job.facts.tell_project(renamed)
    return renamed


def check_free_name(job: Job, copy: Project, wanted: str) -> Project:
    """The last check of a finished copy under `new` or `fail`: choose again if its name is held twice."""
    if importing(copy.name) is None and not _must_yield(job, copy, holders_now(job, copy)):
        return copy
    return take_free_name(job, copy, wanted)

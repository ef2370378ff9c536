"""The rules of a listing. A listing lags, so a row only points to a project: its state is read by its id."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cvaction.rules.names import nearly_same, of_name, same_name
from cvaction.telling import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from cvaction.clock import Clock
    from cvaction.customvision.models import Project
    from cvaction.customvision.reader import ReadingClient
    from cvaction.telling import Narrator

LOOK_SECONDS, LOOK_LISTINGS = (
    10.0,
    4,
)  # how long, and in how many listings, to look for a project that a listing may hide


def listings(client: ReadingClient, clock: Clock, number: int = LOOK_LISTINGS) -> Iterator[tuple[Project, ...]]:
    """Fresh listings, one after the other. All LOOK_LISTINGS of them take 10 s."""
    for n in range(number):
        if n:
            clock.sleep(LOOK_SECONDS / (LOOK_LISTINGS - 1))
        yield client.get_projects()


def newest_first(projects: Iterable[Project]) -> list[Project]:
    """Projects, the newest first. Those of unknown age come last."""
    return sorted(projects, key=lambda project: project.age, reverse=True)


def confirmed(client: ReadingClient, rows: Iterable[Project], fits: Callable[[Project], bool]) -> Iterator[Project]:
    """The projects that the rows point to, read by id, of which `fits` is true. A listing may lag behind a rename."""
    for row in rows:
        now = client.find_project(row.id)
        if now is not None and fits(now):
            yield now


def rows_of_name(listing: Iterable[Project], name: str, without: Collection[str]) -> list[Project]:
    """The rows that have a name, newest first: exactly that name or, if there is none, another Unicode form of it."""
    return newest_first(of_name(name, (row for row in listing if row.id not in without)))


def holders(
    client: ReadingClient, listing: Sequence[Project], name: str, without: Collection[str], *, exact: bool = False
) -> list[Project]:
    """The projects that have a name, newest first, each read by its id.

    Exactly that name. If no project has exactly that name: another Unicode form of it, unless `exact`.
    """
    rows = [row for row in listing if row.id not in without and same_name(row.name, name)]
    seen = [client.find_project(row.id) for row in rows if row.name == name or not exact]
    found = of_name(name, [project for project in seen if project is not None])
    return newest_first(now for now in found if now.name == name or not exact)


def holders_now(client: ReadingClient, copy: Project) -> list[Project]:
    """The other projects that have the copy's name, newest first: from a fresh listing, each read by its id."""
    return holders(client, client.get_projects(), copy.name, {copy.id}, exact=True)


def near_holders(
    client: ReadingClient, narrator: Narrator, listing: Sequence[Project], name: str, without: Collection[str]
) -> list[Project]:
    """The projects of nearly the same name, newest first.

    Some services compare names without case and Unicode form. Such a service may mean one of these by "name taken".
    """
    rows = [row for row in listing if row.id not in without and nearly_same(row.name, name)]
    found = list(confirmed(client, rows, lambda now: nearly_same(now.name, name)))
    for holder in found:
        narrator.say(f"The service may mean {quoted(holder)}, whose name is nearly equal.")
    return newest_first(found)


def as_listed(client: ReadingClient, copy: Project) -> Project:
    """`copy` as the answer to its rename showed it. If the listing shows another name: as it is now."""
    row = next((row for row in client.latest_projects() if row.id == copy.id), copy)
    return copy if row.name == copy.name else client.get_project(copy.id)

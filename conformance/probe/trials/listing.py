"""Trials of listings and rows, of what an update keeps, and of what changes `lastModified`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from conformance.facts.listings import LONGEST_WATCH
from conformance.facts.rows import FIELDS
from conformance.probe.outcome import NewError, NotTriedError, Seen, measured, seen
from conformance.probe.trials.model import Trial
from conformance.probe.wire import payload
from cvaction.customvision.errors import CustomVisionError

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.probe.bench import Bench
    from conformance.probe.side import Side
    from cvaction.customvision.models import Project

_ROWS_NEEDED: Final = 4
"""So many projects show an order that is hardly by chance."""
_APART: Final = 1.2
"""Seconds between two readings of a time that may have no finer resolution than a second."""
_LATER: Final = 3.0
"""Seconds after which a time is read once more, because it may change late."""


def _row(side: Side, project_id: str) -> Project | None:
    return next((row for row in side.listing() if row.id == project_id), None)


def _order(bench: Bench) -> Seen:
    ages = [row.created for row in bench.source.listing() if row.created is not None]
    if len(set(ages)) < _ROWS_NEEDED:
        raise NotTriedError(f"the resource has fewer than {_ROWS_NEEDED} projects that were made at different times")
    oldest = sorted(ages)
    return Seen("newest" if ages == oldest[::-1] else "oldest" if ages == oldest else "neither")


def _lag_new(bench: Bench) -> Seen:
    made = bench.create(bench.source, "new")
    moment = bench.watch(lambda: _row(bench.source, made.id) is not None, LONGEST_WATCH)
    return measured(moment, LONGEST_WATCH)


def _shown(bench: Bench, project: Project) -> None:
    """Wait until the listing shows a project as it is."""
    if bench.watch(lambda: _as_it_is(bench, project), LONGEST_WATCH * 2) is None:
        raise NotTriedError("the listing did not show the project as it was before")


def _as_it_is(bench: Bench, project: Project) -> bool:
    row = _row(bench.source, project.id)
    return row is not None and row.name == project.name


def _lag_renamed(bench: Bench) -> Seen:
    project = bench.scratch()
    _shown(bench, project)
    wanted = bench.name("renamed")
    if wanted == project.name:
        wanted = bench.name("renamed once more")
    renamed = bench.update(bench.source, project, name=wanted)
    if renamed.name == project.name:
        raise NotTriedError("the project was not renamed")
    return measured(bench.watch(lambda: _as_it_is(bench, renamed), LONGEST_WATCH), LONGEST_WATCH)


def _lag_deleted(bench: Bench) -> Seen:
    made = bench.create(bench.source, "deleted")
    _shown(bench, made)
    bench.delete(bench.source, made)
    return measured(bench.watch(lambda: _row(bench.source, made.id) is None, LONGEST_WATCH), LONGEST_WATCH)


def _fields(bench: Bench) -> Seen:
    if not bench.settings.read_only:
        bench.scratch()
    lists = [payload(bench.source.wire.ask("GET", "/projects"), "GetProjects") for _ in range(2)]
    if not all(isinstance(rows, list) and rows and all(isinstance(row, dict) for row in rows) for rows in lists):
        raise NotTriedError("the resource has no project, or did not list it")
    lacking = [sorted({name for name in FIELDS for row in rows if name not in row}) for rows in lists]
    if lacking[0] != lacking[1]:
        raise NotTriedError("two listings had other fields")
    return Seen(tuple(lacking[0]))


def _absent(bench: Bench) -> Seen:
    side, before = bench.source, bench.scratch()
    if not before.description or not before.settings:
        raise NotTriedError("the row tells no description or no settings")
    look = bench.looked(lambda: bench.patch(side, before, {"name": bench.name("name alone")}))
    after = side.client.get_project(before.id)
    if look.status >= 400:  # noqa: PLR2004 - a refusal
        return seen("refuse", status=look.status, code=look.code)
    bench.update(side, after, description=before.description)
    if after.settings != before.settings:
        raise NewError("an update without settings changed them")
    if after.description == before.description:
        return Seen("keep")
    if after.description:
        raise NewError("an update without a description changed it in a way that is not known")
    return Seen("clear")


def _settings(bench: Bench) -> Seen:
    side, project = bench.source, bench.create(bench.source, "settings")
    told = bench.settled(lambda: bench.update(side, project, description=bench.described(" once more")))
    if isinstance(told, CustomVisionError):
        alone = bench.looked(
            lambda: bench.patch(side, project, {"name": project.name, "description": project.description})
        )
        if alone.status >= 400:  # noqa: PLR2004 - a refusal
            raise NotTriedError("an update without settings was refused as well")
        return seen("refuse", status=told.status, code=told.code)
    if told.settings == project.settings:
        return Seen("keep")
    lost = {name for name, value in project.settings.items() if told.settings.get(name) != value}
    if all(told.settings.get(name) is None for name in lost):
        return Seen("lose")
    raise NewError("an update changed settings that it sent as they were read")


def touched(bench: Bench, project: Project, work: Callable[[], object]) -> bool:
    """Whether some work on a project of the source changes its `lastModified`."""
    client = bench.source.client
    before = client.get_project(project.id).last_modified
    bench.clock.sleep(_APART)
    if client.get_project(project.id).last_modified != before:
        raise NotTriedError("the project changes by itself")
    work()
    after = client.get_project(project.id).last_modified
    if before is None or after is None:
        raise NotTriedError("the project tells no lastModified")
    if before == after:
        bench.clock.sleep(_LATER)
        after = client.get_project(project.id).last_modified
    return before != after


def yes(answer: bool) -> Seen:  # noqa: FBT001 - it becomes a word
    """Yes or no."""
    return Seen("yes" if answer else "no")


def _rename_touches(bench: Bench) -> Seen:
    project = bench.create(bench.source, "before")
    wanted = bench.name("after")

    def rename() -> None:
        if bench.update(bench.source, project, name=wanted).name != wanted:
            raise NotTriedError("the project was not renamed")

    return yes(touched(bench, project, rename))


def _description_touches(bench: Bench) -> Seen:
    project = bench.create(bench.source, "described")
    wanted = bench.described(" In other words.")

    def describe() -> None:
        if bench.update(bench.source, project, description=wanted).description == project.description:
            raise NotTriedError("the project was not described anew")

    return yes(touched(bench, project, describe))


TRIALS: Final = {
    "listing-order": Trial(_order, needs=(), calls=1),
    "lag-new": Trial(_lag_new, calls=3),
    "lag-renamed": Trial(_lag_renamed, calls=6),
    "lag-deleted": Trial(_lag_deleted, calls=6),
    "row-fields": Trial(_fields, needs=(), calls=3),
    "update-absent": Trial(_absent, calls=6),
    "update-settings": Trial(_settings, calls=5),
    "rename-modifies": Trial(_rename_touches, calls=6, seconds=2),
    "description-modifies": Trial(_description_touches, calls=6, seconds=2),
}

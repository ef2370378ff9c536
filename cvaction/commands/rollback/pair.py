"""Which copy a rollback goes back to, and from which project; and whether that copy can be used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cvaction.customvision.models import SUCCEEDED
from cvaction.failures.rollback_errors import NobodyHoldsError, NothingToGoBackToError, OldCopyNotWholeError
from cvaction.github.text import one_line
from cvaction.plural import counted
from cvaction.rules.mark import mark_of
from cvaction.rules.names import freed_name, is_retired, same_name
from cvaction.steps.listing import LOOK_LISTINGS, confirmed, holders, holders_now, listings, newest_first
from cvaction.steps.publishing import served_now
from cvaction.telling import listed, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cvaction.clock import Clock
    from cvaction.commands.rollback.inputs import Inputs
    from cvaction.customvision.models import Iteration, Project
    from cvaction.customvision.reader import ReadingClient
    from cvaction.rules.mark import Mark
    from cvaction.telling import Narrator


@dataclass(frozen=True)
class Pair:
    """The copy to go back to, the project in use now (None if the name is free already), and the name."""

    old: Project
    bad: Project | None
    name: str


def begun(client: ReadingClient, clock: Clock, narrator: Narrator, run: str, attempt: int) -> Pair | None:
    """The rollback that an earlier attempt of this run began, by the mark of the old copy. None if there is none.

    Such a rollback is finished. It never goes back one more copy. An attempt after the first looks for 10 s, because a
    listing lags.
    """
    for listing in listings(client, clock, LOOK_LISTINGS if attempt > 1 else 1):
        for row in listing:
            mark = mark_of(row)
            if run and mark is not None and mark.restored == run and mark.instead:
                return _begun(client, narrator, client.get_project(row.id), mark)
    return None


def _begun(client: ReadingClient, narrator: Narrator, old: Project, mark: Mark) -> Pair:
    bad_id, _, name = mark.instead.partition("/")
    narrator.say(f"Going on with the rollback to {quoted(old)}, which an earlier attempt of this run began.")
    return Pair(old, client.find_project(bad_id) if bad_id else None, name)


def resolve(client: ReadingClient, narrator: Narrator, inputs: Inputs) -> Pair:
    """Find the project that holds the name now, and the copy to go back to."""
    if left := _left_by_another_run(client, narrator, inputs) or _left_without_mark(client, narrator, inputs):
        return left
    bad, name = _holder(client, inputs)
    old_id = _old_id(inputs, bad)
    if bad is not None and bad.id == old_id:
        return Pair(bad, None, name)
    if not old_id:
        msg = f"It is unknown which copy was in use before {quoted(bad) if bad else name}."
        raise NothingToGoBackToError(msg)
    old = client.find_project(old_id)
    if old is None:
        msg = f"The target resource has no project with the id {old_id}, which is to be in use again."
        raise NothingToGoBackToError(msg)
    return Pair(old, bad, name)


def _old_id(inputs: Inputs, bad: Project | None) -> str:
    mark = mark_of(bad) if bad else None
    return inputs.to_project_id or (mark.previous if mark else "")


def _left_by_another_run(client: ReadingClient, narrator: Narrator, inputs: Inputs) -> Pair | None:
    """The rollback that another run began and did not finish: nobody has the name. None if there is none.

    If both ids are given, also a rollback that is finished: the old copy has the name.
    """
    listing, both = client.latest_projects(), bool(inputs.project_id and inputs.to_project_id)

    def begun_for(row: Project) -> tuple[str, str]:
        mark = mark_of(row)
        bad_id, _, name = mark.instead.partition("/") if mark and mark.restored else ("", "", "")
        asked_for = bad_id == inputs.project_id if inputs.project_id else name == inputs.project_name
        others = (other for other in listing if not (both and other.id == row.id))
        held = any(same_name(other.name, name) for other in others)
        return (bad_id, name) if asked_for and not held else ("", "")

    rows = [row for row in listing if inputs.to_project_id in {"", row.id} and any(begun_for(row))]
    old = next(confirmed(client, newest_first(rows), lambda now: any(begun_for(now))), None)
    if old is None:
        return None
    bad_id, name = begun_for(old)
    if both and same_name(old.name, name):
        return Pair(old, None, name)
    narrator.say(f"Going on with the rollback to {quoted(old)}, which another run began: nobody has the name.")
    return Pair(old, client.find_project(bad_id) if bad_id else None, name)


def _left_without_mark(client: ReadingClient, narrator: Narrator, inputs: Inputs) -> Pair | None:
    """The rollback between the two given ids that was killed, if the old project has no mark that tells of it.

    The dated name of the other project tells which name nobody has, or the old project has already.
    """
    both = inputs.project_id and inputs.to_project_id
    bad = client.find_project(inputs.project_id) if both else None
    name = freed_name(bad.name) if bad else ""
    old = client.find_project(inputs.to_project_id) if name else None
    if old is None or mark_of(old) is not None or holders(client, client.latest_projects(), name, {old.id}):
        return None
    if same_name(old.name, name):
        return Pair(old, None, name)
    narrator.say(f"Going on with the rollback to {quoted(old)}, which was begun before: nobody has the name.")
    return Pair(old, bad, name)


def _holder(client: ReadingClient, inputs: Inputs) -> tuple[Project | None, str]:
    if inputs.project_id:
        bad = client.find_project(inputs.project_id)
        if bad is None:
            there = listed(client.latest_projects())
            msg = f"The target resource has no project with the id {inputs.project_id}. It has:\n{there}"
            raise NobodyHoldsError(msg)
        others = [other for other in holders_now(client, bad) if other.id != _old_id(inputs, bad)]
        if others:
            raise _several([bad, *others], bad.name)
        return _in_use(bad)
    name = inputs.project_name
    found = holders(client, client.latest_projects(), name, set())
    if len(found) > 1:
        raise _several(found, name)
    if not found and not inputs.to_project_id:
        there = listed(client.latest_projects())
        msg = f"No project of the target resource is called '{one_line(name)}'. It has:\n{there}"
        raise NobodyHoldsError(msg)
    return _in_use(found[0]) if found else (None, name)


def _in_use(bad: Project) -> tuple[Project, str]:
    """The project and its name. Raises NobodyHoldsError for a dated name: no other copy can be given such a name."""
    if is_retired(bad.name):
        msg = f"{quoted(bad)} is not in use: it was replaced or rolled back before."
        raise NobodyHoldsError(msg)
    return bad, bad.name


def _several(found: list[Project], name: str) -> NobodyHoldsError:
    return NobodyHoldsError(
        f"{counted(len(found), 'project')} of the target resource are called '{one_line(name)}':\n{listed(found)}"
    )


def whole(old: Project, iterations: Sequence[Iteration], name: str, *, needed: bool) -> Iteration | None:
    """The old copy's chosen iteration. Raises OldCopyNotWholeError if the copy cannot be used.

    `name`: the publish name, empty if none was given. `needed`: a smoke test needs an iteration.
    """
    mark = mark_of(old)
    if old.status not in {SUCCEEDED, ""}:
        msg = f"The copy {quoted(old)} has the status '{one_line(old.status, 40)}'."
        raise OldCopyNotWholeError(msg)
    chosen = mark.chosen_in(iterations, name) if mark and mark.iteration else None
    if mark and mark.iteration and chosen is None:
        msg = f"The copy {quoted(old)} has lost its trained iteration '{one_line(mark.iteration)}'."
        raise OldCopyNotWholeError(msg)
    trained = [iteration for iteration in iterations if iteration.completed]
    serving = next((iteration for iteration in trained if iteration.publish_name), None)
    found = (served_now(trained, name) if name else None) or chosen or serving
    found = found or max(trained, key=lambda i: (str(i.trained_at), i.id), default=None)
    if found is None and (name or needed):
        msg = f"The copy {quoted(old)} has no trained iteration."
        raise OldCopyNotWholeError(msg)
    return found

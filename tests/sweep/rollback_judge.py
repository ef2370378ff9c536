"""What must hold after the re-run of a rollback, whatever happened.

A rollback makes no copy, so it has rules of its own: who has the name, what both marks say, and what a promotion that
comes after it makes of them.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from cvaction.rules.mark import mark_of, own_text
from tests.support.world import NAME, as_seen
from tests.sweep.judge import printed, row, snapshot
from tests.sweep.rollbacks import CHANGES, GONE, TAKEN

if TYPE_CHECKING:
    from tests.support.in_process import Result, Wire
    from tests.sweep.judge import Before
    from tests.sweep.rollbacks import RollbackCase, Shelf

NEXT_RUN = "950"
DATED = re.compile(rf"{NAME} \(rolled back \d{{8}}-\d{{6}}\)")
# How the promotion after the rollback is asked for: it keeps one copy, and compares itself with what is in use.
NEXT = {"keep-previous": "1", "max-regression": "0.9"}


def judge(case: RollbackCase, prepared: Shelf) -> list[str]:
    """Play a case and list what does not hold; empty where all does."""
    shelf = prepared.copy()
    world, before = shelf.world, snapshot(shelf.world)
    named: list[bool] = []  # whether the old copy had the name when a person took it, too

    def change(_wire: Wire | None = None) -> None:
        old = shelf.project(shelf.old_id)
        named.append(old is not None and old.name == NAME)
        CHANGES[case.change](shelf)

    during = case.kind == "during"
    first, wire = shelf.attempt(1, {case.number: change if during else case.kind})
    problems = ["a request was sent after the kill"] if wire.after_death else []
    passing = not during and not case.kind.startswith("kill") and case.kind != "409"
    if passing and first.status != "rolled-back":
        problems.append(f"one passing fault ended the first attempt as {first.status}: {first.log[-600:]}")
    if case.change and not during:
        change()
    world.emulator.behaviour.listing_lag = case.lag
    second, _ = shelf.attempt(2)
    world.emulator.behaviour.listing_lag = 0.0
    problems += printed(world, [first, second]) + _others(shelf, before)
    if case.change == TAKEN and world.foreign != prepared.world.foreign:
        problems += _yielded(shelf, second, named=named[0] and not during)
        second, _ = shelf.attempt(3)
    if case.change == GONE and second.status == "failed":
        return problems + _stopped(shelf, before, second)
    if second.status != "rolled-back" and not (case.change == GONE and second.status == "unchanged"):
        return [*problems, f"the re-run ended as {second.status}: {second.log[-600:]}"]
    problems += _told(shelf, second) + _names(shelf) + _marks(shelf, before, edited="edits" in case.change)
    return problems + _once_more(shelf) + _next(shelf)


def _told(shelf: Shelf, result: Result) -> list[str]:
    """The outputs name the copy in use, where it answers, and what it took the place of."""
    told = result.outputs["project-id"], result.outputs["publish-name"]
    problems = [] if told == (shelf.old_id, "live") else [f"the outputs tell {told}"]
    if f"/prediction/{shelf.old_id}/" not in result.outputs["prediction-url"]:
        problems.append(f"prediction-url is {result.outputs['prediction-url']!r}")
    if shelf.project(shelf.bad_id) and result.outputs["rolled-back-project-id"] != shelf.bad_id:
        problems.append("rolled-back-project-id names another project")
    return problems


def _names(shelf: Shelf) -> list[str]:
    """The old copy has the name and serves; nobody else has it; the other has a dated one."""
    old, bad = shelf.project(shelf.old_id), shelf.project(shelf.bad_id)
    holders = [project.id for project in shelf.world.prod.projects.values() if project.name == NAME]
    problems = [] if holders == [shelf.old_id] else [f"{NAME!r} is the name of {holders}"]
    if bad is not None and not DATED.fullmatch(bad.name):
        problems.append(f"what was in use is called {bad.name!r}")
    serving = [iteration.publish_name for iteration in old.published] if old else []
    return problems if serving == ["live"] else [*problems, f"the old copy serves as {serving}"]


def _marks(shelf: Shelf, before: Before, *, edited: bool) -> list[str]:
    """Both marks tell this rollback, and say what they said before of all else; a person's text is as it was."""
    problems: list[str] = []
    runs = set()
    for project_id in (shelf.old_id, shelf.bad_id):
        project = shelf.project(project_id)
        if project is None:
            continue
        seen, was = as_seen(project), before.prod[project_id][1]
        mark, first = mark_of(seen), mark_of(replace(seen, description=was))
        if mark is None or first is None:
            problems.append(f"{project.name!r} has no mark")
            continue
        runs.add(mark.restored or mark.rolledback)
        back = project_id == shelf.old_id
        if (bool(mark.restored), bool(mark.rolledback)) != (back, not back):
            problems.append(f"the mark of {project.name!r} says {mark.restored=} {mark.rolledback=}")
        if mark.instead != (f"{shelf.bad_id}/{NAME}" if back else ""):
            problems.append(f"the mark of {project.name!r} says {mark.instead=}")
        if replace(mark, restored="", instead="", rolledback="") != first:
            problems.append(f"the mark of {project.name!r} lost something: {mark}")
        text = own_text(project.description)
        if not (text == own_text(was) or (edited and text.startswith("Edited by a person."))):
            problems.append(f"the text of {project.name!r} was changed")
    return problems if len(runs) <= 1 else [*problems, f"the marks tell of {len(runs)} rollbacks"]


def _others(shelf: Shelf, before: Before) -> list[str]:
    """Nobody else is gone or changed; of the two, the content and the models are as they were."""
    world = shelf.world
    now = {project.id: row(project) for project in world.prod.projects.values()}
    pair = {shelf.old_id, shelf.bad_id}
    problems = ["a stranger's project is gone" for project_id in world.foreign if project_id not in now]
    problems += [
        f"{is_now[0]!r} came from nowhere" for i, is_now in now.items() if i not in {*before.prod, *world.foreign}
    ]
    for project_id, was in before.prod.items():
        is_now = now.get(project_id)
        if project_id not in pair and is_now != was:
            problems.append(f"{was[0]!r} was changed to {is_now and is_now[0]!r}")
        elif project_id in pair and is_now and (is_now[2], *is_now[4:]) != (was[2], *was[4:]):
            problems.append(f"the content of {was[0]!r} was changed")
    if shelf.old_id not in now:
        problems.append("the old copy is gone")
    if {project.id: row(project) for project in world.dev.projects.values()} != before.dev:
        problems.append("the source resource was changed")
    return problems


def _yielded(shelf: Shelf, result: Result, *, named: bool) -> list[str]:
    """A person has taken the name meanwhile: the run says so and leaves it theirs; when they give it up, it goes on.

    `named`: a killed attempt had given the old copy the name before they came, and nothing tells what it was called.
    """
    world, old = shelf.world, shelf.project(shelf.old_id)
    (person,) = (project.id for project in world.prod.projects.values() if project.description == "A person's.")
    problems = [] if result.status == "failed" else [f"ended as {result.status} beside a person's project of the name"]
    if person not in result.log:
        problems.append("it is not told who has the name")
    if old is not None and old.name == NAME and not named:
        problems.append("the old copy has a name that a person's project has, too")
    world.emulator.delete(world.prod, person)
    world.foreign.remove(person)
    return problems


def _stopped(shelf: Shelf, before: Before, result: Result) -> list[str]:
    """What was in use is gone, and nothing tells where to go back to: only publishing was begun."""
    old = shelf.project(shelf.old_id)
    if old is None or row(old)[:2] != before.prod[shelf.old_id][:2]:
        return [f"ended as {result.status}, but the old copy was changed"]
    return []


def _once_more(shelf: Shelf) -> list[str]:
    """One more attempt changes nothing: above all it does not go back further."""
    rows = {project.id: row(project) for project in shelf.world.prod.projects.values()}
    result, _ = shelf.attempt(4)
    if result.outputs["project-id"] != shelf.old_id:
        return [f"one more attempt ended as {result.status} with {result.outputs['project-id']}"]
    same = {project.id: row(project) for project in shelf.world.prod.projects.values()} == rows
    return [] if same else ["one more attempt has changed something"]


def _next(shelf: Shelf) -> list[str]:
    """The next promotion goes by the copy in use; `keep-previous` keeps that one, and what serves."""
    world = shelf.world
    world.inputs |= NEXT
    before = set(world.prod.projects)
    result, _ = world.attempt(run_id=NEXT_RUN)
    if result.status != "promoted":
        return [f"the next promotion ended as {result.status}: {result.log[-600:]}"]
    problems = []
    if result.outputs["previous-project-id"] != shelf.old_id:
        problems.append("the next promotion takes another copy for the one in use")
    if f"The copy in use is '{NAME}' ({shelf.old_id})" not in result.log:
        problems.append("the next promotion compares itself with another copy")
    kept = {shelf.old_id, result.outputs["project-id"], *world.foreign}
    problems += [f"keep-previous has deleted {project_id}" for project_id in kept - set(world.prod.projects)]
    for project_id in (shelf.old_id, result.outputs["project-id"]):
        project = shelf.project(project_id)
        if project is not None and [iteration.publish_name for iteration in project.published] != ["live"]:
            problems.append(f"{project.name!r} does not serve any more")
    if shelf.bad_id in before & set(world.prod.projects):
        problems.append("keep-previous has kept what was rolled back")
    return problems

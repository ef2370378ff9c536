"""What must hold of a promotion that the target refuses: after its re-run, a day later, and once it is accepted."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from cvaction.rules.mark import mark_of
from tests.support.world import NAME, RUN, World, as_seen
from tests.sweep.cases import KILLS
from tests.sweep.judge import printed, row
from tests.sweep.refusals import (
    DAY,
    KEPT,
    KINDS,
    NAMELESS,
    NEXT_RUN,
    Case,
    Refused,
    cases,
    length,
    prepare,
    unnamed,
)

if TYPE_CHECKING:
    from tests.support.in_process import Result
    from tests.sweep.judge import Row


def judge(case: Case, prepared: Refused) -> list[str]:
    """Play a case and list what does not hold; empty where all does."""
    refused = prepared.copy()
    world = refused.world
    before = _others(refused)
    first, wire = world.attempt(1, {case.number: case.event})
    problems = ["a request was sent after the kill"] if wire.after_death else []
    if case.event not in KILLS and first.status != "failed":  # a refusal may come half: its code is unknown then
        problems.append(f"the first attempt ended as {first.status}: {first.log[-600:]}")
    second, _ = world.attempt(2)
    problems += _failed("the re-run", second, refused) + printed(world, [first, second])
    problems += _nameless(refused) if case.kind == NAMELESS else _markless(refused)
    return problems + _changed(refused, before) + _accepted(refused)


def _failed(who: str, result: Result, refused: Refused) -> list[str]:
    if result.status == "failed" and refused.told in result.log:
        return []
    return [f"{who} ended as {result.status}: {result.log[-600:]}"]


def _others(refused: Refused) -> dict[str, Row]:
    """What no run may touch: the source resource, and all that is on the target but the copies without a name."""
    world = refused.world
    projects = [*world.dev.projects.values(), *world.prod.projects.values()]
    return {one.id: row(one) for one in projects if one.id not in {refused.old, refused.young}}


def _changed(refused: Refused, before: dict[str, Row]) -> list[str]:
    now = _others(refused)
    return [f"{was[0]!r} is now {now.get(i, ('gone',))[0]!r}" for i, was in before.items() if now.get(i) != was]


def _imports(world: World) -> int:
    return sum(one.operation == "ImportProject" and one.status == 200 for one in world.emulator.log)


def _nameless(refused: Refused) -> list[str]:
    """One proved copy is left for a re-run. A day later another run leaves its own one, and removes the older ones."""
    world = refused.world
    problems = [] if _imports(world) == 1 else [f"{_imports(world)} imports for one copy"]
    own = world.own()
    if len(own) != 1 or own[0] not in unnamed(world):
        problems.append(f"left for a re-run: {[project.name for project in own]}")
    if refused.young not in world.prod.projects:
        problems.append("a copy that another run may still use is gone")
    world.clock.advance(DAY)
    later, _ = world.attempt(run_id=NEXT_RUN)
    problems += _failed("the run a day later", later, refused)
    left = [project.id for project in unnamed(world) if project.id not in world.foreign]
    if left != [later.outputs["project-id"]]:
        problems.append(f"{len(left)} copies without a name are left after a day")
    return problems


def _markless(refused: Refused) -> list[str]:
    """Nothing is left; with `keep-failed` the one copy is left that has no mark."""
    own = refused.world.own()
    marks = [project.name for project in own if mark_of(as_seen(project))]
    problems = [f"a rest of a mark counts: {marks}"] if marks else []
    wanted = 1 if refused.kind == KEPT else 0
    return problems + ([] if len(own) == wanted else [f"{len(own)} copies are left, and not {wanted}"])


def _accepted(refused: Refused) -> list[str]:
    """Once nothing is refused any more, a re-run ends with one whole copy that has the name."""
    world, run = refused.world, NEXT_RUN if refused.kind == NAMELESS else RUN
    refused.accept()
    before = _imports(world)
    result, _ = world.attempt(3, run_id=run)
    if result.status != "promoted":
        return [f"once it is accepted, a re-run ends as {result.status}: {result.log[-600:]}"]
    own = [project for project in world.own(run) if World.is_finished(project, world.work(run))]
    problems = [] if [project.name for project in own] == [NAME] else [f"named: {[project.name for project in own]}"]
    if len(world.own(run)) != 1:
        problems.append(f"left over: {[project.name for project in world.own(run)]}")
    if refused.kind == NAMELESS and _imports(world) != before:
        problems.append("the copy that needed only its name was imported again")
    return problems


def play(kind: str, share: int) -> tuple[int, list[Case], list[str]]:
    """Play every `share`-th case of a kind: the requests of a run, what was played, and what is broken."""
    with tempfile.TemporaryDirectory() as folder:
        prepared = prepare(kind, Path(folder))
        requests = length(prepared)
        chosen = list(cases(kind, requests))[KINDS.index(kind) % share :: share]
        broken = [f"{case}: {'; '.join(problems)}" for case in chosen if (problems := judge(case, prepared))]
    return requests, chosen, broken

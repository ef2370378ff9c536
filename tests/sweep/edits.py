"""The sweep of edits: the source is edited at every request, the run is killed at every request, and then re-run.

An edit moves a box: no count shows it, only `lastModified` does. Whatever is deleted or called up to date must hold it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cvaction.rules.mark import mark_of
from cvaction.rules.names import importing
from tests.support.world import SCENARIOS, Scenario, World, as_seen

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.in_process import Result, Wire

NAMES = ("move", "sync")
LATER_RUN = "950"


@dataclass(frozen=True)
class EditCase:
    """The source is edited at request `edit` of the first attempt, which is killed after request `kill`; None: never."""

    scenario: Scenario
    edit: int
    kill: int | None

    def __str__(self) -> str:
        killed = "never killed" if self.kill is None else f"killed after request {self.kill}"
        return f"{self.scenario.name}: edited at request {self.edit}, {killed}"


def scenarios() -> list[Scenario]:
    """Those whose outcome rests on the source's state."""
    return [scenario for scenario in SCENARIOS if scenario.name in NAMES]


def cases(scenario: Scenario, requests: int) -> Iterator[EditCase]:
    """Every pair of requests; an edit at the very request that is killed comes just before it."""
    for edit in range(requests):
        for kill in (None, *range(edit, requests)):
            yield EditCase(scenario, edit, kill)


def prepare(scenario: Scenario, workspace: Path) -> World:
    """The world before the run."""
    return scenario.build("allow", workspace)


def judge(case: EditCase, prepared: World) -> list[str]:
    """Play a case and list what does not hold; empty where all does."""
    world = prepared.copy()
    edited: list[int] = []  # what the source holds after its edit; empty where it was gone by then

    def edit(wire: Wire) -> None:
        if world.source in world.dev.projects:
            world.emulator.edit(world.dev, world.source)
            edited.append(world.dev.projects[world.source].content.edits)
            world.clock.advance(0.01)  # a person's edit and a request of ours are never of one millisecond
        if case.kill == case.edit:
            wire.plan[wire.count] = "kill-before"

    plan: dict[int, Any] = {} if case.kill is None else {case.kill: "kill-after"}
    first, wire = world.attempt(1, plan | {case.edit: edit})
    problems = ["a request was sent after the kill"] if wire.after_death else []
    # The protocol leaves out the last milliseconds: an edit between the last look and the deletion itself.
    too_late = [logged.operation for logged in world.emulator.log[case.edit : case.edit + 1]] == ["DeleteProject"]
    results = [first]
    if case.kill is not None:
        world.clock.advance(60.0)
        results.append(world.attempt(2)[0])
    problems += _told(results) + _copies(world, results[-1]) + _marks(world)
    if case.scenario.moves:
        return problems + ([] if too_late else _moved(world, edited, results[-1]))
    later, _ = world.attempt(run_id=LATER_RUN)
    return problems + _told([later]) + _marks(world) + _in_step(world, later)


def _told(results: list[Result]) -> list[str]:
    return [f"the last attempt ended as {r.status}" for r in results[-1:] if r.exit_code is None] + [
        f"printed {word!r}" for r in results for word in ("Traceback", "A fault in this action") if word in r.log
    ]


def _copies(world: World, result: Result) -> list[str]:
    """One finished copy at most, and nothing unfinished."""
    own = world.own()
    problems = [f"left over: {project.name}" for project in own if importing(project.name)]
    if len(own) > 1:
        problems.append(f"{len(own)} copies")
    if result.status == "promoted" and len(own) != 1:
        problems.append(f"promoted, with {len(own)} copies")
    return problems


def _marks(world: World) -> list[str]:
    """A mark that tells the source's lastModified stands on a copy that holds the source's last edit."""
    source = world.dev.projects.get(world.source)
    if source is None:
        return []
    return [
        f"the mark of {project.name!r} claims an edit that the copy lacks"
        for project in world.prod.projects.values()
        if (mark := mark_of(as_seen(project))) is not None
        and mark.modified == source.last_modified
        and project.content.edits != source.content.edits
    ]


def _moved(world: World, edited: list[int], result: Result) -> list[str]:
    """The source is gone only with its edit in the copy."""
    if world.source in world.dev.projects:
        return ["promoted, but the source is still there"] if result.status == "promoted" else []
    held = [project.content.edits for project in world.own()]
    return [] if not edited or held == edited else [f"the source is gone, the copies hold {held} edits"]


def _in_step(world: World, later: Result) -> list[str]:
    """After one more `sync` the copy that is output holds what the source holds."""
    copy = world.prod.projects.get(later.outputs["project-id"])
    if later.status not in {"promoted", "unchanged"} or copy is None:
        return [f"the next sync ended as {later.status}"]
    edits = world.dev.projects[world.source].content.edits
    return [] if copy.content.edits == edits else [f"{later.status}, but the copy holds {copy.content.edits} edits"]

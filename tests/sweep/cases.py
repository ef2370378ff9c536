"""The cases: every request of a scenario, times every fault, kill and change of the world, under each name rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cvaction.rules.mark import mark_of
from tests.support.world import NAME, NAME_RULES, SCENARIOS, Scenario, World, as_seen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

FAULTS = (
    "reset-before",
    "reset-after",
    "500",
    "503",
    "503-after",
    "429",
    "429-retry-after",
    "502-html",
    "half-json",
    "truncated",
    "409",
    "hang-before",
    "hang-after",
    "drip",
)
KILLS = ("kill-before", "kill-after")
# What happens while the first attempt runs, at each of its requests; nobody is killed.
DURING = ("a person takes the name", "another run of this work", "the source is retrained")
OTHER_RUN = "901"
# Seconds that the listing lags on the re-run: it shows the first attempt's copy as it was, or not at all.
LAGS = (6.0, 9.0)


@dataclass(frozen=True)
class Case:
    """What happens to request `number` of the first attempt, and to the world before the second."""

    scenario: Scenario
    rule: str
    number: int
    kind: str
    change: str = ""
    lag: float = 0.0

    def __str__(self) -> str:
        change = f" then {self.change}" if self.change else ""
        extra = change + (f" with a listing that lags by {self.lag:g} s" if self.lag else "")
        return f"{self.scenario.name}/{self.rule}: request {self.number} {self.kind}{extra}"


def _retrain(world: World) -> None:
    if world.source in world.dev.projects:
        world.emulator.train(world.dev, world.source)


def _source_gone(world: World) -> None:
    if world.source in world.dev.projects:
        world.emulator.delete(world.dev, world.source)


def _gate_red(world: World) -> None:
    """The metrics are read with other bounds: the workflow's gate was raised."""
    world.inputs["min-recall"] = "1"


def _name_taken(world: World) -> None:
    world.foreign.add(world.emulator.add_project(world.prod, NAME, description="A person's.").id)


def _clone(world: World) -> None:
    for project in world.own():
        if mark_of(as_seen(project)) and project.status == "Succeeded":
            world.foreign.add(world.emulator.clone(world.prod, project.id, "A clone").id)


def _another_run(world: World) -> None:
    result, _ = world.attempt(run_id=OTHER_RUN)
    assert result.status in {"promoted", "unchanged"}, result.log


def _describe(world: World) -> None:
    for project in world.own():
        folded = project.description.replace(" work=", "\n   work=").replace("source=", "source = ")
        world.emulator.describe(world.prod, project.id, f"Edited by a person.\n\n{folded}\n\nSee you.")


CHANGES: dict[str, Callable[[World], None]] = {
    "the source is retrained": _retrain,
    "the source is gone": _source_gone,
    "the gate turns red": _gate_red,
    "a person takes the name": _name_taken,
    "a person clones the copy": _clone,
    "a person edits the description": _describe,
    "another run of this work": _another_run,
}

BETWEEN = tuple(change for change in CHANGES if change != "another run of this work")


def length(scenario: Scenario, rule: str, workspace: Path) -> int:
    """How many requests an undisturbed run makes."""
    result, wire = scenario.build(rule, workspace).attempt()
    assert result.status == scenario.expected, result.log
    return wire.count


def cases(scenario: Scenario, rule: str, requests: int) -> Iterator[Case]:
    """All cases of a scenario under a rule."""
    for number in range(requests):
        for fault in FAULTS:
            yield Case(scenario, rule, number, fault)
        for kill in KILLS:
            yield Case(scenario, rule, number, kill)
            for lag in LAGS:
                yield Case(scenario, rule, number, kill, lag=lag)
        for change in BETWEEN:
            yield Case(scenario, rule, number, "kill-after", change)
        for change in DURING:
            if change != "another run of this work" or scenario.name in {"plain", "replace"}:
                yield Case(scenario, rule, number, "during", change)


def groups() -> list[tuple[Scenario, str]]:
    """Scenario and rule: what one worker does in one go."""
    return [(scenario, rule) for scenario in SCENARIOS for rule in NAME_RULES]

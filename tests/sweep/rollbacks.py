"""The sweep of rollbacks: every fault, kill and change at every request of the rollback action, and then a re-run.

What must hold then is in rollback_judge.py.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cvaction.commands.rollback import COMMAND
from tests.support.in_process import attempt, environment
from tests.support.world import EARLIER_RUNS, NAME, NAME_RULES, PROD, World, earlier_runs, new_world
from tests.sweep.cases import FAULTS, KILLS, LAGS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from emulator import Project
    from tests.support.in_process import Result, Wire

ROLLBACK_RUN, IN_USE_RUN = "900", "850"
PROMOTED_WITH = {
    "if-exists": "replace",
    "publish-name": "live",
    "prediction-resource-id": "{prediction}",
}


@dataclass(frozen=True)
class RollbackScenario:
    """A rollback to be disturbed. `unserved`: the old copy does not serve, and must before it gets the name."""

    name: str
    unserved: bool = False

    def build(self, rule: str, workspace: Path) -> Shelf:
        """The target before the rollback: three copies of a line, of which the newest is in use."""
        world = new_world(rule, PROMOTED_WITH, workspace)
        earlier_runs(world, len(EARLIER_RUNS))
        result, _ = world.attempt(run_id=IN_USE_RUN)
        assert result.status == "promoted", result.log
        world.clock.advance(7200)
        old, bad = result.outputs["previous-project-id"], result.outputs["project-id"]
        inputs = {"target-endpoint": PROD, "target-key": world.prod.training_key}
        if self.unserved:
            world.emulator.unpublish(world.prod, old)
            inputs |= {name: world.inputs[name] for name in ("publish-name", "prediction-resource-id")}
            inputs |= {"project-id": bad, "to-project-id": old, "smoke-images": "sweep.png"}
        else:
            inputs["project-name"] = NAME
        world.clock.advance(60)
        world.emulator.log.clear()
        return Shelf(world, old, bad, inputs)


@dataclass(frozen=True)
class Shelf:
    """A world, the two copies that change places in it, and the inputs of the rollback."""

    world: World
    old_id: str
    bad_id: str
    inputs: dict[str, str]

    def copy(self) -> Shelf:
        return replace(self, world=self.world.copy())

    def attempt(self, number: int = 1, plan: dict[int, Any] | None = None) -> tuple[Result, Wire]:
        wire = self.world.wire(plan)
        variables = environment(self.inputs, run_id=ROLLBACK_RUN, attempt_number=number)
        result = attempt(wire, {**variables, "GITHUB_WORKSPACE": self.world.workspace}, COMMAND)
        self.world.clock.advance(2.0)
        return result, wire

    def project(self, project_id: str) -> Project | None:
        return self.world.prod.projects.get(project_id)


SCENARIOS = (RollbackScenario("rollback"), RollbackScenario("rollback-unserved", unserved=True))


def _name_taken(shelf: Shelf) -> None:
    """A person's project gets the name; where the service refuses a name that is held, it stays without."""
    world = shelf.world
    held = any(project.name == NAME for project in world.prod.projects.values())
    if held and world.emulator.behaviour.taken_rename == "refuse":
        return
    world.foreign.add(world.emulator.add_project(world.prod, NAME, description="A person's.").id)


def _clones(shelf: Shelf) -> None:
    world = shelf.world
    for project_id in (shelf.old_id, shelf.bad_id):
        world.foreign.add(world.emulator.clone(world.prod, project_id, "A clone").id)


def _edited(shelf: Shelf) -> None:
    for project_id in (shelf.old_id, shelf.bad_id):
        project = shelf.world.prod.projects[project_id]
        folded = project.description.replace(" work=", "\n   work=").replace("source=", "source = ")
        shelf.world.emulator.describe(shelf.world.prod, project_id, f"Edited by a person.\n\n{folded}\n\nSee you.")


def _bad_gone(shelf: Shelf) -> None:
    shelf.world.emulator.delete(shelf.world.prod, shelf.bad_id)


TAKEN, GONE = "a person takes the name", "what was in use is deleted"
CHANGES: dict[str, Callable[[Shelf], None]] = {
    TAKEN: _name_taken,
    "a person clones both copies": _clones,
    "a person edits the descriptions": _edited,
    GONE: _bad_gone,
}


@dataclass(frozen=True)
class RollbackCase:
    """What happens to request `number` of the first attempt, and to the world before the second."""

    scenario: RollbackScenario
    rule: str
    number: int
    kind: str
    change: str = ""
    lag: float = 0.0

    def __str__(self) -> str:
        change = f" then {self.change}" if self.change else ""
        extra = change + (f" with a listing that lags by {self.lag:g} s" if self.lag else "")
        return f"{self.scenario.name}/{self.rule}: request {self.number} {self.kind}{extra}"


def cases(scenario: RollbackScenario, rule: str, requests: int) -> Iterator[RollbackCase]:
    """All cases of a scenario under a rule."""
    for number in range(requests):
        for fault in FAULTS:
            yield RollbackCase(scenario, rule, number, fault)
        for kill in KILLS:
            yield RollbackCase(scenario, rule, number, kill)
            for lag in LAGS:
                yield RollbackCase(scenario, rule, number, kill, lag=lag)
        for change in CHANGES:
            yield RollbackCase(scenario, rule, number, "kill-after", change)
        yield RollbackCase(scenario, rule, number, "during", TAKEN)


def groups() -> list[tuple[RollbackScenario, str]]:
    """Scenario and rule: what one worker does in one go."""
    return [(scenario, rule) for scenario in SCENARIOS for rule in NAME_RULES]


def length(prepared: Shelf) -> int:
    """How many requests an undisturbed rollback makes."""
    result, wire = prepared.copy().attempt()
    assert result.status == "rolled-back", result.log
    return wire.count

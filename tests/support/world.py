"""The worlds of the sweep: a scenario, prepared once and copied for each case."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from cvaction.commands.promote.inputs import read_inputs
from cvaction.customvision import models
from cvaction.github.context import RunContext
from cvaction.rules.mark import Mark, mark_of
from cvaction.rules.names import Identity, identify, is_replaced, numbered, replaced_name, stamp
from emulator import Behaviour, Emulator
from tests.support.fake_clock import FakeClock
from tests.support.in_process import REPOSITORY_ID, Result, Wire, attempt, environment

if TYPE_CHECKING:
    from pathlib import Path

    from emulator import Fault, Project, Resource

DEV, PROD = "http://127.0.0.1:8001", "http://127.0.0.1:8002"
NAME = "Shelf"
RUN, EARLIER_RUNS = "900", ("700", "800")
NAME_RULES = ("allow", "suffix", "refuse")


@dataclass
class World:
    """An emulator with a development and a production resource, and the inputs of a promotion between them."""

    emulator: Emulator
    clock: FakeClock
    source: str
    inputs: dict[str, str]
    workspace: str
    foreign: set[str] = field(default_factory=set)
    planned: dict[int, Any] = field(default_factory=dict)

    @property
    def dev(self) -> Resource:
        return self.emulator.resources["dev"]

    @property
    def prod(self) -> Resource:
        return self.emulator.resources["prod"]

    def copy(self) -> Self:
        return copy.deepcopy(self)

    def wire(self, plan: dict[int, Any] | None = None) -> Wire:
        return Wire(self.emulator, self.clock, {DEV: self.dev, PROD: self.prod}, plan or {})

    def attempt(self, number: int = 1, plan: dict[int, Any] | None = None, *, run_id: str = RUN) -> tuple[Result, Wire]:
        planned, self.planned = self.planned, {}
        wire = self.wire({**planned, **(plan or {})})
        result = attempt(wire, self.environment(run_id, number))
        assert all(request < wire.count for request in planned), "a change that no request meets shows nothing"
        self.clock.advance(2.0)  # a re-run is never immediate
        return result, wire

    def at(self, request: int, change: str | Fault | Callable[[], object]) -> Self:
        """Plan what happens at a request of the next attempt: a fault, or a change of the world right before it."""
        self.planned[request] = (lambda _wire: change()) if callable(change) else change
        return self

    def requests(self, operation: str, *, attempt: int = 1, run_id: str = RUN) -> list[int]:
        """The numbers of these requests in an undisturbed attempt in a world like this one."""
        rehearsal = self.copy()
        rehearsal.planned = {}
        rehearsal.emulator.log.clear()
        rehearsal.attempt(attempt, run_id=run_id)
        return [number for number, logged in enumerate(rehearsal.emulator.log) if logged.operation == operation]

    def request(self, operation: str, nth: int = 0, *, attempt: int = 1, run_id: str = RUN) -> int:
        """The number of the n-th of them, from 0, for `at`."""
        return self.requests(operation, attempt=attempt, run_id=run_id)[nth]

    def environment(self, run_id: str = RUN, number: int = 1) -> dict[str, str]:
        variables = environment(self.inputs, run_id=run_id, attempt_number=number)
        return {**variables, "GITHUB_WORKSPACE": self.workspace}

    def work(self, run_id: str = RUN) -> Identity:
        context = RunContext.from_environ(self.environment(run_id))
        return identify(read_inputs(lambda name: self.inputs.get(name, ""), context), context)

    def own_name(self, run_id: str = RUN) -> str:
        """What an import of the source as it is now is called in a run."""
        source = self.dev.projects[self.source]
        return self.work(run_id).own_name(NAME, stamp(source.id, source.last_modified))

    def own(self, run_id: str = RUN) -> list[Project]:
        """The run's copies on the target: by name, or by a mark that names the very project."""
        work = self.work(run_id)
        return [p for p in self.prod.projects.values() if work.owns(p.name) or self.is_finished(p, work)]

    @staticmethod
    def is_finished(project: Project, work: Identity) -> bool:
        mark = mark_of(as_seen(project))
        return mark is not None and (mark.work, mark.run) == (work.work, work.run) and not work.owns(project.name)


def as_seen(project: Project) -> models.Project:
    """A project of the emulator as the client would read it."""
    entry = project.entry
    return models.Project(
        project.id, entry.name, entry.description, {}, project.created, entry.last_modified, entry.status
    )


MakeWorld = Callable[..., World]
"""The fixture of tests/promotion: makes a world with the given inputs."""


class _Now:
    """The emulator's clock; an object, so that a copied world reads its own copy of the clock."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock

    def __call__(self) -> Any:
        return self._clock.today()


def new_world(rule: str, inputs: dict[str, str], workspace: Path, clock: FakeClock | None = None) -> World:
    """Two resources with strangers in them, and a trained and published source."""
    clock = clock or FakeClock()
    behaviour = Behaviour(import_seconds=4.0, taken_import_name="refuse" if rule == "refuse" else "suffix")
    behaviour.taken_rename = rule  # type: ignore[assignment] # one of NAME_RULES
    emulator = Emulator(now=_Now(clock), seed=7, behaviour=behaviour)
    dev, prod = emulator.add_resource("dev"), emulator.add_resource("prod")
    source = emulator.add_project(
        dev, NAME, description="Made by people.", tags={"Apple": 5, "Pear": 7}, untagged=2, iterations=("one", "two")
    )
    emulator.publish(dev, source.id, "dev-model")
    emulator.add_project(dev, "Bystander")
    strangers = [
        emulator.add_project(prod, "Other"),
        emulator.add_project(prod, "Orchard [importing 01234567-abcdef]", status="Importing"),
    ]
    clock.advance(3600)
    every = {
        "source-endpoint": DEV,
        "source-key": dev.training_key,
        "target-endpoint": PROD,
        "target-key": prod.training_key,
        "source-project-id": source.id,
        **{name: value.replace("{prediction}", prod.prediction_resource_id) for name, value in inputs.items()},
    }
    return World(emulator, clock, source.id, every, str(workspace), {p.id for p in strangers})


def earlier_runs(world: World, count: int) -> None:
    """Promote the source in earlier runs, and train it on."""
    for run_id in EARLIER_RUNS[-count:]:
        result, _ = world.attempt(run_id=run_id)
        assert result.status == "promoted", result.log
        world.clock.advance(7200)
        world.emulator.train(world.dev, world.source)
        world.clock.advance(60)


def mirrored(world: World) -> None:
    """An old copy of the source that a mirror made: it belongs to the line, and `keep-previous` leaves it alone."""
    made = world.emulator.add_project(world.prod, replaced_name(NAME, world.clock.today()))
    modified = world.dev.projects[world.source].last_modified
    mark = Mark(made.id, world.source, modified, "0123abcd", "0123ab", repository=REPOSITORY_ID, name=NAME, by="mirror")
    world.emulator.describe(world.prod, made.id, mark.line())
    world.foreign.add(made.id)
    world.clock.advance(7200)


@dataclass(frozen=True)
class Scenario:
    """A promotion to be disturbed. `moves`: the source is deleted at the end. `mirrored`: see there."""

    name: str
    inputs: dict[str, str]
    earlier: int = 0
    retrained: bool = True
    replaces: bool = False
    moves: bool = False
    publishes: bool = False
    mirrored: bool = False
    holder: bool = False  # a stranger holds the wanted name
    expected: str = "promoted"

    def build(self, rule: str, workspace: Path) -> World:
        """The world before the run; `workspace` holds an image, sweep.png."""
        world = new_world(rule, self.inputs, workspace)
        if self.mirrored:
            mirrored(world)
        if self.earlier:
            earlier_runs(world, self.earlier)
        if self.earlier and not self.retrained:
            # The last training is undone: the newest copy is the source as it is now.
            result, _ = world.attempt(run_id="850")
            assert result.status == "promoted", result.log
            world.clock.advance(7200)
        if self.holder:
            world.foreign.add(world.emulator.add_project(world.prod, NAME, description="A stranger's.").id)
            world.clock.advance(60)
        world.emulator.log.clear()
        return world


SCENARIOS = (
    Scenario("plain", {}, holder=True),
    Scenario("replace", {"if-exists": "replace"}, earlier=1, replaces=True),
    Scenario("sync", {"if-exists": "sync"}, earlier=1, replaces=True),
    Scenario("sync-unchanged", {"if-exists": "sync"}, earlier=1, retrained=False, replaces=True, expected="unchanged"),
    Scenario("move", {"delete-source": "true", "target-project-name": NAME}, moves=True),
    Scenario(
        "release",
        {
            "if-exists": "replace",
            "keep-previous": "1",
            "min-precision": "0.1",
            "max-regression": "0.9",
            "publish-name": "live",
            "prediction-resource-id": "{prediction}",
            "smoke-images": "sweep.png",
        },
        earlier=2,
        replaces=True,
        publishes=True,
        mirrored=True,
    ),
)


def final_name_ok(scenario: Scenario, name: str) -> bool:
    """Whether a finished copy has a name that its policy can give."""
    if scenario.replaces:
        return name == NAME
    return numbered(NAME, name)


def renamed_ok(scenario: Scenario, before: str, after: str) -> bool:
    """Whether a stranger's or an earlier copy's new name is one that `replace` gives."""
    return before == after or (scenario.replaces and before == NAME and is_replaced(NAME, after))

"""The sweep of a mirror of five projects: every fault and kill at a sample of its requests, and a re-run.

One project is up to date, one has changed and has two earlier copies, three are new. A fault is one project's alone: the
other four end as if nothing was. The re-run leaves exactly one copy of each.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from cvaction.rules.mark import mark_of
from cvaction.rules.names import importing
from tests.support.mirrors import MirrorWorld, new_mirror
from tests.support.world import as_seen
from tests.sweep.cases import FAULTS, KILLS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emulator import Project
    from tests.support.in_process import Result

UP_TO_DATE, CHANGED, NEW = "Apple", "Banana", ("Cherry", "Damson", "Elder")
NAMES = (UP_TO_DATE, CHANGED, *NEW)
NAME = "mirror"  # of the group
STEP = 3  # every third request is disturbed, by every kind
LAG = 6.0
EVER_AFTER = "401, and ever after"  # the credential is refused from that request on
REFUSALS = ("409", "401", EVER_AFTER)
MANY = 10_000  # more requests than a run sends
SEEDS = (1, 2)  # orders in which the threads go on


@dataclass(frozen=True)
class Case:
    """What happens to a request of the first attempt; `lag`: how many seconds the listing lags on the re-run."""

    number: int
    kind: str
    seed: int
    lag: float = 0.0

    def __str__(self) -> str:
        extra = f" with a listing that lags by {self.lag:g} s" if self.lag else ""
        return f"mirror/{self.seed}: request {self.number} {self.kind}{extra}"


def prepare(folder: Path, seed: int) -> MirrorWorld:
    """The world before the run."""
    world = new_mirror(folder, *NAMES, seed=seed, publish="same")
    world.inputs["prediction-resource-id"] = world.prod.prediction_resource_id
    for project in list(world.dev.projects.values()):
        if project.name in {CHANGED, NEW[0]}:
            world.emulator.publish(world.dev, project.id, "live")
    for run_id in ("700", "800"):
        world.run(run_id=run_id, projects=f"{UP_TO_DATE}\n{CHANGED}")
        changed = next(project for project in world.dev.projects.values() if project.name == CHANGED)
        world.emulator.train(world.dev, changed.id)
        world.clock.advance(7200)
    world.emulator.log.clear()
    world.foreign = {p.id for p in world.prod.projects.values() if mark_of(as_seen(p)) is None}
    return world


def length(folder: Path, seed: int) -> int:
    """How many requests an undisturbed run sends."""
    world = prepare(folder, seed)
    result = world.run()
    assert (result.status, result.outputs["copied"]) == ("mirrored", "4"), result.log
    return len(world.emulator.log)


def cases(requests: int, seed: int) -> Iterator[Case]:
    """The cases of one order."""
    for number in range((seed - 1) % STEP, requests, STEP):
        for kind in (*FAULTS, *KILLS):
            yield Case(number, kind, seed)
        yield Case(number, "kill-after", seed, lag=LAG)


def judge(case: Case, prepared: MirrorWorld) -> list[str]:
    """Play a case and list what does not hold; empty where all does."""
    world = prepared.copy()
    before = {project.id: _row(project) for project in world.prod.projects.values()}
    source = {project.id: _row(project) for project in world.dev.projects.values()}
    for_good = case.kind == EVER_AFTER
    first = world.run(plan=dict.fromkeys(range(case.number, MANY), "401") if for_good else {case.number: case.kind})
    problems = list(_first(case, world, first))
    if case.lag:
        world.emulator.behaviour.listing_lag = case.lag
    second = world.run(number=2)
    world.emulator.behaviour.listing_lag = 0.0
    if second.status not in {"mirrored", "unchanged"}:
        problems.append(f"the re-run ended as {second.status}: {second.log[-600:]}")
    problems += _end(case, world)
    problems += [f"{row[0]!r} on the source was changed" for i, row in source.items() if _now(world.dev, i) != row]
    for project_id, row in before.items():
        now = _now(world.prod, project_id)
        if project_id in world.foreign and now != row:
            problems.append(f"the stranger {row[0]!r} was changed")
        elif now is None and row[0].split(" (")[0] != CHANGED:
            problems.append(f"{row[0]!r} is gone")
    text = "\n".join(result.log + result.summary + str(result.outputs) for result in (first, second))
    return problems + [f"printed {word!r}" for word in ("Traceback", "A fault in this action") if word in text]


def _first(case: Case, world: MirrorWorld, first: Result) -> Iterator[str]:
    """A fault costs the project that it meets at most, and a passing one nothing. Several projects share a listing."""
    if case.kind in KILLS:
        return
    copies = [name for name in NAMES if _finished(world, name)]
    shared = any((one.operation, one.status) == ("GetProjects", HTTPStatus.CONFLICT) for one in world.emulator.log)
    if case.kind not in REFUSALS and first.status != "mirrored":
        yield f"one passing fault ended the first attempt as {first.status}: {first.log[-600:]}"
    elif case.kind == EVER_AFTER and int(first.outputs["failed"]) > 1:
        yield f"a refused credential was tried by {first.outputs['failed']} projects: {first.log[-600:]}"
    elif case.kind == EVER_AFTER:
        return
    elif first.status == "incomplete" and len(copies) < len(NAMES) - 1 and not shared:
        yield f"one fault cost more than one project: {copies}"
    elif first.status not in {"mirrored", "incomplete", "failed"}:
        yield f"the first attempt ended as {first.status}"


def _end(case: Case, world: MirrorWorld) -> Iterator[str]:
    """Exactly one whole copy of each, under its name, published where the source is, and no leftover."""
    for name in NAMES:
        found = [project for project in world.prod.projects.values() if project.name == name]
        if len(found) != 1 or not _finished(world, name):
            yield f"{len(found)} projects are called {name!r}"
            continue
        served = [iteration.publish_name for iteration in found[0].iterations if iteration.publish_name]
        if served != (["live"] if name in {CHANGED, NEW[0]} else []):
            yield f"{name!r} is published as {served}"
    for project in world.prod.projects.values():
        if importing(project.name):
            yield f"{project.name!r} is unfinished"
    held = [project.name for project in world.prod.projects.values() if project.name.startswith(CHANGED)]
    if len(held) != 2:
        yield f"kept of {CHANGED}: {held}"
    done = [entry for entry in world.emulator.log if entry.operation == "ImportProject" and entry.status == 200]
    if len(done) != 4:
        yield f"{len(done)} imports for 4 copies"


def _finished(world: MirrorWorld, name: str) -> bool:
    """Whether a copy of the source as it is now has the name."""
    source = next(project for project in world.dev.projects.values() if project.name == name)
    for project in world.prod.projects.values():
        mark = mark_of(as_seen(project))
        if mark and project.name == name and mark.source == source.id and mark.modified == source.entry.last_modified:
            return True
    return False


def _row(project: Project) -> tuple[str, str, object]:
    return project.name, project.description, project.content


def _now(resource: object, project_id: str) -> tuple[str, str, object] | None:
    project = resource.projects.get(project_id)  # type: ignore[attr-defined] # a Resource
    return _row(project) if project else None


def play(seed: int, share: int) -> tuple[int, list[Case], list[str]]:
    """Play every `share`-th case of an order: the requests of a run, what was played, and what is broken."""
    with tempfile.TemporaryDirectory() as folder:
        requests = length(Path(folder), seed)
        prepared = prepare(Path(folder), seed)
        chosen = list(cases(requests, seed))[seed % share :: share]
        broken = [f"{case}: {'; '.join(problems)}" for case in chosen if (problems := judge(case, prepared))]
    return requests, chosen, broken

"""What must hold after the re-run, whatever happened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cvaction.rules.names import importing, is_replaced
from tests.support.world import NAME, World, final_name_ok, renamed_ok
from tests.sweep.cases import CHANGES, OTHER_RUN, Case

if TYPE_CHECKING:
    from emulator import Project
    from tests.support.in_process import Result

Row = tuple[str, str, object, tuple[str | None, ...], tuple[str, ...], str]


@dataclass(frozen=True)
class Before:
    """Both resources as they were before the first attempt."""

    source: Row
    dev: dict[str, Row]
    prod: dict[str, Row]


def row(project: Project) -> Row:
    published = tuple(iteration.publish_name for iteration in project.iterations)
    names = tuple(iteration.name for iteration in project.iterations)
    return project.name, project.description, project.content, published, names, project.status


def snapshot(world: World) -> Before:
    dev = {project.id: row(project) for project in world.dev.projects.values()}
    prod = {project.id: row(project) for project in world.prod.projects.values()}
    return Before(dev[world.source], dev, prod)


def play(case: Case, prepared: World) -> tuple[World, Before, list[Result], list[str]]:
    """Both attempts of a case; the problems of the first are returned at once."""
    world = prepared.copy()
    before = snapshot(world)
    during = case.kind == "during"
    event = (lambda _wire: CHANGES[case.change](world)) if during else case.kind
    first, wire = world.attempt(1, {case.number: event})
    problems = ["a request was sent after the kill"] if wire.after_death else []
    if (
        not during
        and not case.kind.startswith("kill")
        and case.kind != "409"
        and first.status != case.scenario.expected
    ):
        problems.append(f"one passing fault ended the first attempt as {first.status}: {first.log[-600:]}")
    if case.change and not during:
        CHANGES[case.change](world)
    if case.lag:
        world.emulator.behaviour.listing_lag = case.lag
    if case.change == "another run of this work":
        world.attempt(2, run_id=OTHER_RUN)
    second, _ = world.attempt(2)
    world.emulator.behaviour.listing_lag = 0.0
    return world, before, [first, second], problems


def judge(case: Case, prepared: World) -> list[str]:
    """Play a case and list what does not hold; empty where all does."""
    world, before, results, problems = play(case, prepared)
    problems += printed(world, results)
    problems += _imports(case, world)
    second = results[-1]
    if second.status not in _allowed(case):
        problems.append(f"the re-run ended as {second.status}: {second.log[-600:]}")
    elif second.status in {"promoted", "unchanged"}:
        problems += _copies(case, world, second)
    else:
        problems += _nothing_left(case, world, second)
    problems += _strangers(case, world, before)
    problems += _source(case, world, before, second)
    return problems


def _imports(case: Case, world: World) -> list[str]:
    """Where the world stood still and the listing did not lag, one import was enough for both attempts."""
    done = [r for r in world.emulator.log if r.operation == "ImportProject" and r.status == 200]
    if case.change or case.lag or len(done) <= 1:
        return []
    return [f"{len(done)} imports for one copy"]


def _allowed(case: Case) -> set[str]:
    allowed = {case.scenario.expected, "promoted"}
    if case.change == "the source is gone":
        allowed.add("failed")
    if case.change == "the gate turns red":
        allowed.add("gated")
    if case.change == "the source is retrained" and case.scenario.moves:
        allowed.add("failed")
    if case.kind == "during" and case.scenario.expected == "unchanged":
        allowed.add("unchanged")
    return allowed


def printed(world: World, results: list[Result]) -> list[str]:
    text = "\n".join(result.log + result.summary + str(result.outputs) for result in results)
    text = "\n".join(line for line in text.splitlines() if not line.startswith("::add-mask::"))
    secrets = [world.dev.training_key, world.prod.training_key, "sig="]
    problems = [f"printed the secret {secret[:4]}…" for secret in secrets if secret in text]
    problems += [f"printed {word!r}" for word in ("Traceback", "A fault in this action") if word in text]
    return problems + ["more than one error" for result in results if result.log.count("::error") > 1]


def _copies(case: Case, world: World, result: Result) -> list[str]:
    """Exactly one finished copy, whole, under a right name, published where asked, and no leftover."""
    own = [project for project in world.own() if project.id not in world.foreign]
    finished = [project for project in own if World.is_finished(project, world.work())]
    problems = []
    left = [project.name for project in own if project not in finished]
    if left:
        problems.append(f"left over: {left}")
    if result.status == "unchanged":
        return problems + ([f"unchanged, but made {len(finished)}"] if finished else [])
    if len(finished) != 1:
        return [*problems, f"{len(finished)} finished copies"]
    copy = finished[0]
    if copy.id != result.outputs["project-id"]:
        problems.append("project-id names another project")
    late = case.change == "another run of this work" and case.scenario.replaces and is_replaced(NAME, copy.name)
    if copy.name != result.outputs["project-name"] or not (late or final_name_ok(case.scenario, copy.name)):
        problems.append(f"called {copy.name!r}, output {result.outputs['project-name']!r}")
    same = [p.name for p in world.prod.projects.values() if p.name == copy.name]
    if len(same) != 1:
        problems.append(f"{len(same)} projects are called {copy.name!r}")
    if case.scenario.publishes and [i.publish_name for i in copy.iterations].count("live") != 1:
        problems.append("not published")
    if copy.content.tagged != 12 or copy.content.untagged != 2:
        problems.append(f"incomplete: {copy.content}")
    return problems


def _nothing_left(case: Case, world: World, result: Result) -> list[str]:
    """A decision to stop leaves nothing; a move that keeps its source leaves the one finished copy."""
    own = [project for project in world.own() if project.id not in world.foreign]
    if case.scenario.moves and case.change == "the source is retrained" and result.outputs["project-id"]:
        return [] if len(own) == 1 else [f"{len(own)} copies after a refused move"]
    return [f"left over after {result.status}: {[project.name for project in own]}"] if own else []


def _strangers(case: Case, world: World, before: Before) -> list[str]:
    """Nothing foreign is touched; `replace` renames the holder of the name, `keep-previous` deletes older copies."""
    now = {project.id: row(project) for project in world.prod.projects.values()}
    problems = ["a stranger's project is gone" for project_id in world.foreign if project_id not in now]
    for project_id, was in before.prod.items():
        if project_id not in now:
            if project_id in world.foreign or "keep-previous" not in case.scenario.inputs:
                problems.append(f"{was[0]!r} is gone")
        elif now[project_id][1:] != was[1:] or not renamed_ok(case.scenario, was[0], now[project_id][0]):
            problems.append(f"{was[0]!r} was changed to {now[project_id][0]!r}")
    if len(set(before.prod) - set(now)) > 1:
        problems.append("more than one earlier copy is gone")
    return problems + _newcomers(case, world, before, now)


def _newcomers(case: Case, world: World, before: Before, now: dict[str, Row]) -> list[str]:
    """Who is new on the target is a person's or a run's; the newest copy has the name, or the old one kept it."""
    own, other = world.own(), world.own(OTHER_RUN) if case.change == "another run of this work" else []
    problems = [f"the other run has {len(other)} copies"] if len(other) > 1 else []
    if other and case.scenario.replaces:
        newest = max((*own, *other), key=lambda project: project.created)
        problems += [] if newest.name == NAME else [f"the newest copy is called {newest.name!r}"]
    if not own and not other:
        problems += [f"{was[0]!r} lost its name" for i, was in before.prod.items() if i in now and now[i][0] != was[0]]
    known = set(before.prod) | world.foreign | {project.id for project in (*own, *other)}
    problems += [f"{is_now[0]!r} came from nowhere" for i, is_now in now.items() if i not in known]
    return problems + [f"{r[0]!r} is unfinished" for i, r in now.items() if importing(r[0]) and i not in before.prod]


def _source(case: Case, world: World, before: Before, result: Result) -> list[str]:
    """The source is as it was; in a move it is gone only with a whole copy in its place."""
    problems = [
        f"{was[0]!r} on the source resource was changed"
        for project_id, was in before.dev.items()
        if project_id != world.source and row(world.dev.projects[project_id]) != was
    ]
    project = world.dev.projects.get(world.source)
    if project is None:
        moved = case.scenario.moves and result.status == "promoted"
        return problems + ([] if moved or case.change == "the source is gone" else ["the source is gone"])
    if case.scenario.moves and result.status == "promoted":
        problems.append("moved, but the source is still there")
    retrained = case.change == "the source is retrained"
    if not retrained and row(project) != before.source:
        problems.append("the source was changed")
    return problems

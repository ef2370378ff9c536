"""What must hold of a mirror in trouble: after the re-run of its first night, and after the next night."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from cvaction.rules.mark import mark_of
from cvaction.rules.names import importing, is_replaced
from tests.support.world import as_seen
from tests.sweep.cases import KILLS
from tests.sweep.nights import (
    BOX,
    CHANGED,
    CUP,
    HELD,
    MOVED,
    NIGHT,
    PROMOTED,
    REFUSALS,
    Case,
    Nights,
    by_name,
    cases,
    copies,
    failed,
    prepare,
    serve,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from cvaction.rules.mark import Mark
    from emulator import Project
    from tests.support.in_process import Result
    from tests.support.mirrors import MirrorWorld


CUT = "half-json"
REFUSED = "The target resource refused the request"


def judge(case: Case, prepared: Nights) -> list[str]:
    """Play a case and list what does not hold; empty where all does."""
    world = prepared.world.copy()
    foreign = {project_id: _row(world, project_id) for project_id in prepared.foreign}
    failing = prepared.failing | ({case.taken} if case.taken else set())

    def taken(_wire: object) -> None:
        stranger = world.emulator.add_project(world.prod, case.taken, description="A stranger's.")
        foreign[stranger.id] = _row(world, stranger.id)

    first = world.run(plan={case.number: taken if case.taken else case.kind})
    problems = list(_first(case, first, failing))
    if case.unserved:
        serve(world, case.unserved)
    world.emulator.behaviour.listing_lag = case.lag
    second = world.run(number=2)
    world.emulator.behaviour.listing_lag = 0.0
    if set(failed(second)) != failing:
        problems.append(f"the re-run failed for {failed(second)}: {second.log[-600:]}")
    problems += _left(world)
    problems += [
        told for name in (MOVED, CHANGED) if name not in failing for told in _whole(world, by_name(world, name))
    ]
    if (sent := imports(world)) != prepared.imports and not case.lag:
        problems.append(f"{sent} imports for {prepared.imports} copies")
    problems += [f"{was} is now {now}" for was, now in _changes(world, foreign)]
    return problems + list(_next_night(case, world, failing)) + _told(first, second)


def imports(world: MirrorWorld) -> int:
    """How many imports the service took."""
    return len([one for one in world.emulator.log if one.operation == "ImportProject" and one.status == 200])


def _first(case: Case, first: Result, failing: frozenset[str]) -> Iterator[str]:
    """A passing fault costs nothing, and a refusal one project at most; at the first listings it costs all.

    A fault that cuts the body of a refusal takes its code away. So a refusal that would have passed counts as one.
    """
    if case.kind in KILLS:
        return
    if first.status not in {"incomplete", "failed"}:
        yield f"the first attempt ended as {first.status}"
    more = set(failed(first)) - failing
    if len(more) > (case.kind in REFUSALS or (case.kind == CUT and _without_code(first, more))):
        yield f"one fault cost {sorted(more)}: {first.log[-600:]}"


def _without_code(first: Result, names: Collection[str]) -> bool:
    """Whether these projects failed for a refusal without a code."""
    rows = [row for row in json.loads(first.outputs["report"])["projects"] if row["source_project_name"] in names]
    return all((row["error"]["title"], row["error"]["code"]) == (REFUSED, "") for row in rows)


def _left(world: MirrorWorld) -> Iterator[str]:
    """Of each source at most one copy is left without a name, and it is proved."""
    for name in sorted({project.name for project in world.dev.projects.values()}):
        unnamed = [project.name for project, _ in copies(world, name) if importing(project.name)]
        used = 1 if name == CUP else 0  # what serves is left alone
        if len(unnamed) > 1 + used:
            yield f"left unnamed of {name!r}: {unnamed}"
    for project in world.prod.projects.values():
        if importing(project.name) and mark_of(as_seen(project)) is None:
            yield f"{project.name!r} is unfinished"


def _next_night(case: Case, world: MirrorWorld, failing: frozenset[str]) -> Iterator[str]:
    """Who holds a name that is wanted gives it up: then all but HELD is there, whole and once; only BOX is imported."""
    freed = failing - {HELD}
    for project in list(world.prod.projects.values()):
        if project.name in {name.upper() for name in freed} or (
            project.name in freed and not mark_of(as_seen(project))
        ):
            world.emulator.rename(world.prod, project.id, f"Old {project.name.lower()}")
    world.emulator.edit(world.dev, by_name(world, BOX).id)
    world.clock.advance(NIGHT)
    before = imports(world)
    left_out = (f"!{name.upper()}" for name in freed - {CHANGED})
    result = world.run(run_id="901", projects="\n".join(("*", *left_out)))
    if failed(result) != [HELD]:
        yield f"the next night failed for {failed(result)}: {result.log[-600:]}"
    if imports(world) != before + 1:
        yield f"{imports(world) - before} imports: all but {BOX} needs only its name"
    for name in freed - {CHANGED}:
        ours = [project.name for project, _ in copies(world, name) if project.id not in world.foreign]
        # Nothing gave it back its own name. Then it counts as an earlier copy, of which one is kept.
        numbered = [f"{name} (1)"] if case.kind in (*KILLS, "409") else []
        if ours not in ([name], [*numbered, name]):
            yield f"left of {name}: {ours}"
    for name in (PROMOTED, MOVED, CHANGED, *freed):
        yield from _whole(world, by_name(world, name))
    ours = [project.name for project, mark in copies(world, CHANGED) if mark.by]
    if len(ours) != 2:
        yield f"kept of {CHANGED}: {ours}"


def _whole(world: MirrorWorld, source: Project) -> Iterator[str]:
    """Exactly one copy of the source as it is now has the name, and serves as the source does."""
    found = [project for project in world.prod.projects.values() if project.name == source.name]
    held = [project for project, mark in copies(world, source.name) if project.name == source.name]
    current = [project for project, mark in copies(world, source.name) if _is_of(mark, source)]
    if len(found) != 1 or held != found or found[0] not in current:
        yield f"{len(found)} projects are called {source.name!r}, {len(current)} are copies of it as it is"
        return
    theirs, ours = ({i.publish_name: i.name for i in p.iterations if i.publish_name} for p in (source, found[0]))
    if world.inputs.get("publish") == "same" and theirs != ours:
        yield f"{source.name!r} serves as {ours} and not as {theirs}"


def _is_of(mark: Mark, source: Project) -> bool:
    """Whether a copy holds a source as it is now. The service tells milliseconds."""
    return mark.modified is not None and abs(mark.modified - source.last_modified) < timedelta(milliseconds=1)


def _told(*results: Result) -> list[str]:
    text = "\n".join(result.log + result.summary + str(result.outputs) for result in results)
    lines = [
        line
        for line in text.splitlines()
        if "A leftover on the target" in line and "somebody has published" not in line
    ]
    problems = [f"told of {line[:200]}" for line in lines]
    return problems + [f"printed {word!r}" for word in ("Traceback", "A fault in this action") if word in text]


def _row(world: MirrorWorld, project_id: str) -> tuple[Any, ...]:
    project = world.prod.projects.get(project_id)
    if project is None:
        return ("gone",)
    return project.name, project.description, project.content, tuple(i.publish_name for i in project.iterations)


def _changes(world: MirrorWorld, foreign: dict[str, tuple[Any, ...]]) -> Iterator[tuple[Any, Any]]:
    """What has become of others' projects: a copy of the promote action may have got a dated name."""
    for project_id, was in foreign.items():
        now = _row(world, project_id)
        if was != now and not (was[0] == PROMOTED and was[1:] == now[1:] and is_replaced(PROMOTED, now[0])):
            yield was, now


def play(kind: str, share: int) -> tuple[int, list[Case], list[str]]:
    """Play every `share`-th case of a world: the requests of a run, what was played, and what is broken."""
    prepared = prepare(kind)
    chosen = list(cases(prepared, kind))[::share]
    broken = [f"{case}: {'; '.join(problems)}" for case in chosen if (problems := judge(case, prepared))]
    return prepared.requests, chosen, broken

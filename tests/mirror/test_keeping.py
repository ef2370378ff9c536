"""What a mirror keeps and deletes: its own copies alone; and what becomes of names that strangers hold."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from cvaction.rules.mark import mark_of
from tests.support.mirrors import MirrorWorld, Seen, new_mirror
from tests.support.world import as_seen

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def world(tmp_path: Path) -> MirrorWorld:
    return new_mirror(tmp_path, "Apple", "Banana")


def train(world: MirrorWorld) -> None:
    for project in world.dev.projects.values():
        world.emulator.train(world.dev, project.id)
    world.clock.advance(3600)


def promote(world: MirrorWorld, run_id: str, **inputs: str) -> str:
    """Promote Apple with the promote action; returns the copy's id."""
    apple = next(project for project in world.dev.projects.values() if project.name == "Apple")
    mirror = world.inputs
    world.inputs = {**mirror, "source-project-id": apple.id, "if-exists": "replace", **inputs}
    result, _ = world.attempt(run_id=run_id)
    world.inputs = mirror
    assert result.status == "promoted", result.log
    return result.outputs["project-id"]


@pytest.mark.clause("9.1")
def test_the_mark_tells_that_a_mirror_made_the_copy(world: MirrorWorld) -> None:
    world.run()
    mark = mark_of(as_seen(world.copies()["Apple"]))
    assert mark is not None
    assert mark.by == "mirror"
    promoted = mark_of(as_seen(world.prod.projects[promote(world, "850")]))
    assert promoted is not None
    assert promoted.by == ""


@pytest.mark.clause("9.6")
def test_a_mirror_deletes_no_copy_of_the_promote_action(world: MirrorWorld) -> None:
    kept = [promote(world, run_id) for run_id in ("801", "802", "803")]
    for night in range(3):
        train(world)
        assert world.run(run_id=f"91{night}", keep_previous="0").status == "mirrored"
    assert set(kept) <= set(world.prod.projects)
    assert len([p for p in world.prod.projects.values() if p.name.startswith("Banana")]) == 1
    assert len([p for p in world.prod.projects.values() if p.name.startswith("Apple")]) == 4


@pytest.mark.clause("9.6")
def test_the_promote_action_deletes_no_copy_of_a_mirror(world: MirrorWorld) -> None:
    world.run(run_id="910")
    train(world)
    world.run(run_id="911")
    before = set(world.prod.projects)
    for run_id in ("801", "802"):
        train(world)
        promote(world, run_id, **{"keep-previous": "0"})
    assert before <= set(world.prod.projects)


@pytest.mark.clause("9.7")
def test_nothing_is_said_of_projects_in_flight_beside_it(world: MirrorWorld) -> None:
    """Banana is marked and not yet named while Apple is cleaned up behind."""
    refused: list[str] = []

    def hold_up(seen: Seen) -> str | None:
        of = next((p for p in world.prod.stored_projects.values() if p.id in seen.path), None)
        if of and of.name.startswith("Banana [") and mark_of(as_seen(of)) and seen.operation == "UpdateProject":
            refused.append(of.name)
            return "503" if len(refused) < 4 else None
        return None

    world.hooks.append(hold_up)
    result = world.run()
    assert len(refused) == 4
    assert result.status == "mirrored", result.log
    assert "A leftover on the target" not in result.log
    assert result.report["warnings"] == []


@pytest.mark.clause("9.4")
def test_a_stranger_that_comes_during_the_import_keeps_its_name(world: MirrorWorld) -> None:
    taken: list[Any] = []

    def take(seen: Seen) -> None:
        if seen.operation == "ImportProject" and seen.query["name"].startswith("Apple"):
            taken.append(world.emulator.add_project(world.prod, "Apple"))

    world.hooks.append(take)
    result = world.run()
    assert (result.status, result.outputs["copied"], result.outputs["failed"]) == ("incomplete", "1", "1"), result.log
    assert taken[0].name == "Apple"
    assert "A project that is not a copy of this source has the name" in result.summary
    (left,) = world.unfinished()
    assert left.startswith("Apple [importing ")
    world.hooks.clear()
    imports = world.changes().count("ImportProject")
    world.emulator.rename(world.prod, taken[0].id, "Somebody's")
    again = world.run(number=2)
    assert again.status == "mirrored", again.log
    assert sorted(world.copies()) == ["Apple", "Banana"]
    assert world.unfinished() == []
    assert world.changes().count("ImportProject") == imports


@pytest.mark.clause("8.2")
def test_zero_keeps_the_new_copy_alone(world: MirrorWorld) -> None:
    world.run()
    train(world)
    result = world.run(run_id="901", keep_previous="0")
    assert result.status == "mirrored"
    assert sorted(p.name for p in world.prod.projects.values()) == ["A stranger's", "Apple", "Banana"]


@pytest.mark.clause("8.2", "9.6")
def test_zero_leaves_what_the_promote_action_made(world: MirrorWorld) -> None:
    """It had the name, so it is what was in use before: it stays, and a rollback can go back to it."""
    promoted = promote(world, "801")
    train(world)
    first = world.run(run_id="901", keep_previous="0")
    assert previous(first) == promoted
    assert world.prod.projects[promoted].name.startswith("Apple (replaced ")
    assert len([project for project in world.prod.projects.values() if project.name.startswith("Apple")]) == 2
    train(world)
    assert previous(world.run(run_id="902", keep_previous="0")) == "", "the mirror's own is gone"
    assert promoted in world.prod.projects


def previous(result: Any) -> str:
    """The copy that Apple's took the name from, as it is told."""
    rows = json.loads(result.outputs["projects"])
    return next(str(row["previous-project-id"]) for row in rows if row["source-project-name"] == "Apple")

"""Step 8: what other runs of this work and other works have left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from emulator import Fault

if TYPE_CHECKING:
    from tests.support.world import MakeWorld


@pytest.mark.clause("8.3")
def test_this_works_dead_leftovers_of_other_runs_go(make_world: MakeWorld) -> None:
    world = make_world()
    add = world.emulator.add_project
    failed = add(world.prod, world.own_name("5"), status="Failed")
    old = add(world.prod, world.own_name("6"), status="Importing")
    world.clock.advance(25 * 3600)
    young = add(world.prod, world.own_name("7"), status="Importing")
    result, _ = world.attempt()
    assert failed.id not in world.prod.projects
    assert old.id not in world.prod.projects
    assert young.id in world.prod.projects
    assert "01234567-abcdef" in result.log, "a dead leftover of another work is warned of"


@pytest.mark.clause("8.3")
def test_a_leftover_that_cannot_be_deleted_is_a_warning(make_world: MakeWorld) -> None:
    world = make_world()
    world.emulator.add_project(world.prod, world.own_name("5"), status="Failed")
    world.emulator.faults.add(Fault("code:BadRequestInvalidIds", operation="DeleteProject", times=0))
    result, _ = world.attempt()
    assert result.status == "promoted"
    assert "::warning title=A leftover could not be deleted" in result.log


@pytest.mark.clause("8.2", "8.4")
def test_committed_copies_of_other_runs_are_only_warned_of(make_world: MakeWorld) -> None:
    world = make_world()
    world.at(world.request("UpdateProject", 1), "kill-before").attempt(run_id="5")
    world.clock.advance(48 * 3600)
    (committed,) = world.own("5")
    result, _ = world.attempt(run_id="6")
    assert committed.id in world.prod.projects
    assert f"({committed.id}) is a proved copy that has no name yet, of another run of this work" in result.log


@pytest.mark.clause("8.4")
def test_leftovers_are_warned_of_by_id_and_whose_they_are(make_world: MakeWorld) -> None:
    world = make_world()
    add = world.emulator.add_project
    failed = add(world.prod, "Theirs [importing 11111111-222222]", status="Failed")
    young = add(world.prod, "Theirs [importing 11111111-333333]", status="Importing")
    marked = add(world.prod, "Theirs [importing 11111111-444444]")
    line = f"cvaction copy={marked.id} source={world.source}%2F2026-11-23T20%3A00%3A00%2B00%3A00"
    world.emulator.describe(world.prod, marked.id, f"{line} work=11111111 run=444444")
    result, _ = world.attempt()
    assert f"({failed.id}) is an unfinished import, of another work. " in result.log
    assert (
        f"({marked.id}) is a proved copy that has no name yet, of another work, which may still be running"
        in result.log
    )
    assert young.id not in result.log, "it may well be under way"
    assert {failed.id, young.id, marked.id} <= set(world.prod.projects)


@pytest.mark.clause("8.4")
@pytest.mark.parametrize("dry_run", ["false", "true"])
def test_a_young_import_of_another_run_is_told_with_id_and_age(make_world: MakeWorld, dry_run: str) -> None:
    world = make_world(dry_run=dry_run)
    young = world.emulator.add_project(world.prod, world.own_name("5"), status="Importing")
    world.clock.advance(2 * 3600)
    result, _ = world.attempt()
    told = [warning for warning in result.report["warnings"] if young.id in warning]
    assert len(told) == 1
    assert "begun 2 h 00 min ago" in told[0]
    assert young.id in world.prod.projects
    assert any(young.id in step and "2 h 00 min" in step for step in result.report["plan"]) is (dry_run == "true")


@pytest.mark.clause("8.4", "4.7")
def test_a_full_target_tells_the_young_import_that_holds_a_slot(make_world: MakeWorld) -> None:
    world = make_world()
    young = world.emulator.add_project(world.prod, world.own_name("5"), status="Importing")
    world.prod.tier = "F0"
    result, _ = world.attempt()
    assert result.status == "failed"
    assert any(young.id in warning for warning in result.report["warnings"])


@pytest.mark.clause("8.4")
def test_a_copy_of_a_run_at_work_is_not_called_an_earlier_runs(make_world: MakeWorld) -> None:
    world = make_world()
    world.attempt(run_id="5")
    (copy,) = world.own("5")
    world.emulator.rename(world.prod, copy.id, world.own_name("5"))
    result, _ = world.attempt()
    assert any("another run of this work, which may still be running" in w for w in result.report["warnings"])


@pytest.mark.clause("0.11", "8.4")
def test_a_copy_named_since_the_listing_is_not_warned_of(make_world: MakeWorld) -> None:
    """The jobs of a matrix promote several projects at a time, and a listing lags."""
    world = make_world()
    other = world.emulator.add_project(world.prod, "Theirs [importing 11111111-444444]")
    line = f"cvaction copy={other.id} source={world.source}%2F2026-11-23T20%3A00%3A00%2B00%3A00"
    world.emulator.describe(world.prod, other.id, f"{line} work=11111111 run=444444")
    last = world.requests("GetProjects")[-1]
    result, _ = world.at(last + 1, lambda: world.emulator.rename(world.prod, other.id, "Theirs")).attempt()
    assert result.status == "promoted"
    assert not any(other.id in warning for warning in result.report["warnings"])

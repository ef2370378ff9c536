"""Clauses of docs/protocol.md, steps 1 and 2, that no other test holds: which copy is gone on with, and the target."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.world import NAME
from tests.unit.steps.test_protocol_naming import OTHER, unnamed

if TYPE_CHECKING:
    from datetime import datetime

    from emulator import Project
    from tests.support.world import World
    from tests.unit.steps.conftest import MakeWorld


def fill(world: World, rooms: int = 0) -> None:
    """Leave room for so many more projects on the target."""
    for number in range(100 - rooms - len(world.prod.projects)):
        world.emulator.add_project(world.prod, f"Filler {number}")


def twin(world: World, copy: Project, name: str, created: datetime, *, marked: bool = True) -> Project:
    """Another copy of the run, as if it had been made at that time."""
    clone = world.emulator.clone(world.prod, copy.id, name)
    clone.created = created
    world.emulator.describe(world.prod, clone.id, copy.description.replace(copy.id, clone.id) if marked else "")
    return clone


@pytest.mark.parametrize("marked", [True, False])
def test_a_finished_copy_is_chosen_before_an_older_one_that_is_not(make_world: MakeWorld, *, marked: bool) -> None:
    world = make_world()
    first, _ = world.attempt()
    copy = world.prod.projects[first.outputs["project-id"]]
    other = twin(world, copy, world.own_name(), world.prod.projects[copy.id].created.replace(hour=1), marked=marked)
    second, _ = world.attempt(2)
    assert (second.status, second.outputs["project-id"]) == ("promoted", copy.id)
    assert other.id not in world.prod.projects


def test_a_committed_copy_is_chosen_before_an_older_one_without_a_mark(make_world: MakeWorld) -> None:
    world = make_world()
    copy = unnamed(world)
    other = twin(world, copy, world.own_name(), copy.created.replace(hour=1), marked=False)
    result, _ = world.attempt(2)
    assert (result.status, result.outputs["project-id"]) == ("promoted", copy.id)
    assert other.id not in world.prod.projects


def test_an_own_import_takes_the_last_room_and_needs_no_other(make_world: MakeWorld) -> None:
    world = make_world(wait_minutes="0.01")
    world.attempt()
    world.inputs.pop("wait-minutes")
    fill(world)
    assert world.attempt(2)[0].status == "promoted"


def test_an_unchanged_copy_needs_no_room(make_world: MakeWorld) -> None:
    world = make_world(if_exists="sync")
    world.attempt(run_id="1")
    fill(world)
    assert world.attempt()[0].status == "unchanged"


@pytest.mark.parametrize(("rooms", "status"), [(0, "failed"), (1, "promoted")])
def test_whether_a_hundred_projects_are_the_most_the_service_tells(
    make_world: MakeWorld, rooms: int, status: str
) -> None:
    world = make_world()
    fill(world, rooms)
    result, _ = world.attempt()
    assert result.status == status
    assert ("service code BadRequestExceedProjectLimit" in result.log) is not bool(rooms)


def test_fail_on_one_resource_meets_the_source_itself(make_world: MakeWorld) -> None:
    world = make_world(if_exists="fail")
    world.inputs |= {"target-endpoint": world.inputs["source-endpoint"], "target-key": world.inputs["source-key"]}
    assert "::error title=The target already has a project of that name" in world.attempt()[0].log


def test_a_source_that_is_gone_is_a_moves_success_without_a_warning(make_world: MakeWorld) -> None:
    world = make_world(delete_source="true")
    world.attempt()
    result, _ = world.attempt(2)
    assert result.status == "promoted"
    assert "::warning" not in result.log


def test_a_copy_that_was_never_named_is_no_predecessor(make_world: MakeWorld) -> None:
    world = make_world()
    unnamed(world, OTHER)
    world.clock.advance(60)
    assert world.attempt()[0].outputs["previous-project-id"] == ""


def test_sync_wants_the_sources_last_change_too_though_the_content_is_equal(make_world: MakeWorld) -> None:
    world = make_world(if_exists="sync")
    world.attempt(run_id="1")
    world.emulator.describe(world.dev, world.source, "Edited.")
    assert world.attempt()[0].status == "promoted"


def test_sync_wants_a_copy_of_this_very_source(make_world: MakeWorld) -> None:
    world = make_world(if_exists="sync", target_project_name=NAME)
    world.attempt(run_id="1")
    source = world.dev.projects[world.source]
    equal = world.emulator.clone(world.dev, source.id, "An equal one")
    world.emulator.change(equal, equal.created, last_modified=source.entry.last_modified)
    for iteration, same in zip(equal.iterations, source.iterations, strict=True):
        iteration.trained_at = same.trained_at
    world.inputs["source-project-id"] = equal.id
    assert world.attempt()[0].status == "promoted"


@pytest.mark.parametrize(("recall", "status"), [(0.99, "gated"), (0.01, "promoted")])
def test_the_copy_in_use_is_the_newest_holder(make_world: MakeWorld, recall: float, status: str) -> None:
    world = make_world(if_exists="replace", max_regression="0.1")
    for figure in (1.0 - recall, recall):
        holder = world.emulator.add_project(world.prod, NAME)
        metrics = {"precision": figure, "recall": figure, "averagePrecision": figure}
        world.emulator.set_metrics(world.prod, holder.id, metrics)
        world.clock.advance(5)
    even = {"precision": 0.5, "recall": 0.5, "averagePrecision": 0.5}
    world.emulator.set_metrics(world.dev, world.source, even)
    assert world.attempt()[0].status == status


def test_a_plan_does_not_go_on_with_a_failed_import(make_world: MakeWorld) -> None:
    world = make_world(dry_run="true")
    world.emulator.add_project(world.prod, world.own_name(), status="Failed")
    assert "Go on with" not in "\n".join(world.attempt(2)[0].report["plan"])


def test_an_unchanged_copy_that_answers_differently_fails_and_stays(make_world: MakeWorld) -> None:
    world = make_world(if_exists="sync", smoke_images="sweep.png")
    first, _ = world.attempt(run_id="1")
    world.emulator.behaviour.copy_answers_differ = True
    result, _ = world.attempt()
    assert "::error title=The copy answers differently from the source" in result.log
    assert world.prod.projects[first.outputs["project-id"]].name == NAME


def test_an_unchanged_copy_names_the_predecessor_in_its_mark_whosever_it_is(make_world: MakeWorld) -> None:
    world = make_world(if_exists="sync")
    stranger = world.emulator.add_project(world.prod, NAME)
    world.attempt(run_id="1")
    result, _ = world.attempt()
    assert (result.status, result.outputs["previous-project-id"]) == ("unchanged", stranger.id)


def test_an_unchanged_copy_whose_predecessor_is_gone_names_the_one_before(make_world: MakeWorld) -> None:
    world = make_world(if_exists="sync")
    made = []
    for run in ("1", "2", "3"):
        made.append(world.attempt(run_id=run)[0].outputs["project-id"])
        world.clock.advance(60)
        if run != "3":
            world.emulator.train(world.dev, world.source)
    world.emulator.delete(world.prod, made[1])
    result, _ = world.attempt()
    assert (result.status, result.outputs["previous-project-id"]) == ("unchanged", made[0])


def test_a_plan_needs_no_room_for_an_own_import(make_world: MakeWorld) -> None:
    world = make_world(wait_minutes="0.01")
    world.attempt()
    fill(world)
    world.inputs["dry-run"] = "true"
    assert world.attempt(2)[0].status == "planned"


def test_a_plan_deletes_nothing_that_a_rollback_goes_back_to(make_world: MakeWorld) -> None:
    world = make_world(if_exists="replace")
    made = []
    for run in ("1", "2"):
        made.append(world.attempt(run_id=run)[0].outputs["project-id"])
        world.clock.advance(60)
    world.emulator.rename(world.prod, made[1], "Rolled back")
    world.emulator.rename(world.prod, made[0], NAME)
    world.inputs |= {"keep-previous": "1", "dry-run": "true"}
    assert "Delete the older copy" not in "\n".join(world.attempt()[0].report["plan"])

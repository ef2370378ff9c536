"""Clauses of docs/protocol.md, steps 3 and 4, that no other test holds: a decision to stop, adoption, lost answers."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from emulator import Fault

if TYPE_CHECKING:
    from tests.support.world import World
    from tests.unit.steps.conftest import MakeWorld

IMPORT_SECONDS = 4.0  # as the emulator of the sweep has it
PUBLISHING = {"publish_name": "live", "prediction_resource_id": "{prediction}"}


def begun(make_world: MakeWorld, **inputs: str) -> World:
    """A world whose first attempt left an import that runs."""
    world = make_world(wait_minutes="0.01", **inputs)
    assert world.attempt()[0].status == "importing"
    world.inputs.pop("wait-minutes")
    world.emulator.log.clear()
    return world


def count(world: World, operation: str) -> int:
    return sum(logged.operation == operation for logged in world.emulator.log)


def test_unchanged_leaves_no_own_import(make_world: MakeWorld) -> None:
    world = begun(make_world, if_exists="sync")
    assert world.attempt(run_id="901")[0].status == "promoted"
    assert world.attempt(2)[0].status == "promoted", "an import was removed: the target was changed"
    assert world.own() == []


@pytest.mark.parametrize(
    ("kind", "operation", "skip"), [("500", "GetTags", 0), ("401", "GetTags", 0), ("401", "GetProject", 1)]
)
def test_a_broken_source_before_the_export_leaves_the_import(
    make_world: MakeWorld, kind: str, operation: str, skip: int
) -> None:
    world = begun(make_world)
    world.emulator.faults.add(Fault(kind, operation=operation, resource="dev", skip=skip, times=0))
    assert world.attempt(2)[0].status == "failed"
    assert len(world.own()) == 1


def test_a_model_that_vanishes_before_the_export_stops_the_run(make_world: MakeWorld) -> None:
    world = make_world(min_recall="0.1", gate_override="as agreed", **PUBLISHING)

    def untrain() -> None:
        world.dev.projects[world.source].iterations.clear()
        world.emulator.describe(world.dev, world.source, "Untrained.")

    result, _ = world.at(world.request("ExportProject") - 1, untrain).attempt()
    assert "::error title=The source project is not trained" in result.log
    assert count(world, "ImportProject") == 0


def test_an_untrained_project_that_is_to_be_published_misses_its_gate(make_world: MakeWorld) -> None:
    world = make_world(min_recall="0.1", **PUBLISHING)
    world.inputs["source-project-id"] = world.emulator.add_project(world.dev, "Untrained", iterations=()).id
    assert world.attempt()[0].status == "gated"


def test_an_unchanged_copy_is_gated_against_its_predecessor(make_world: MakeWorld) -> None:
    world = make_world(if_exists="sync")
    world.attempt(run_id="1")
    bad = {"precision": 0.1, "recall": 0.1, "averagePrecision": 0.1}
    world.emulator.train(world.dev, world.source, metrics=bad)
    assert world.attempt(run_id="2")[0].status == "promoted"
    world.inputs["max-regression"] = "0.01"
    assert world.attempt(run_id="3")[0].status == "gated"


@pytest.mark.parametrize(("hours", "adopted"), [(23.95, True), (24.05, False)])
def test_an_import_is_given_up_after_twenty_four_hours(make_world: MakeWorld, hours: float, *, adopted: bool) -> None:
    world = begun(make_world)
    (first,) = world.own()
    world.clock.advance(hours * 3600)
    result, _ = world.attempt(2)
    assert (result.outputs["project-id"] == first.id) is adopted


def test_an_import_of_an_earlier_state_is_made_anew_however_the_clocks_stand(make_world: MakeWorld) -> None:
    world = make_world(wait_minutes="0.01")
    number = world.request("ImportProject")
    first, _ = world.at(number, lambda: world.emulator.describe(world.dev, world.source, "Edited.")).attempt()
    world.inputs.pop("wait-minutes")
    second, _ = world.attempt(2)
    assert second.status == "promoted"
    assert second.outputs["project-id"] != first.outputs["project-id"] != ""
    assert [project.id for project in world.own()] == [second.outputs["project-id"]]


def test_ages_and_dates_are_the_services_own(make_world: MakeWorld) -> None:
    world = make_world(wait_minutes="0.01", if_exists="replace")
    today = world.clock.today
    world.emulator.now = lambda: today() - timedelta(days=7)
    project = world.dev.projects[world.source]
    world.emulator.change(project, world.emulator.now(), last_modified=world.emulator.now())
    old = world.emulator.add_project(world.prod, world.dev.projects[world.source].name)
    first, _ = world.attempt()
    world.inputs.pop("wait-minutes")
    second, _ = world.attempt(2)
    assert second.outputs["project-id"] == first.outputs["project-id"], "it is not a week old"
    assert f"(replaced {world.emulator.now():%Y%m%d}-" in world.prod.projects[old.id].name


@pytest.mark.parametrize("why", ["failed", "published elsewhere", "answers differ"])
def test_an_adopted_import_that_turns_out_broken_is_made_anew(make_world: MakeWorld, why: str) -> None:
    world = make_world(wait_minutes="0.01", smoke_images="sweep.png", **PUBLISHING)
    world.emulator.behaviour.import_outcomes = ["failed" if why == "failed" else "ok"]
    first, _ = world.attempt()
    world.inputs.pop("wait-minutes")
    if why == "published elsewhere":
        world.clock.advance(10)
        world.emulator.settle()
        world.emulator.publish(world.prod, first.outputs["project-id"], "somebody else's")
    if why == "answers differ":
        world.emulator.behaviour.copy_answers_differ = True
        export = world.request("ExportProject", attempt=2)
        world.at(export, lambda: setattr(world.emulator.behaviour, "copy_answers_differ", False))
    second, _ = world.attempt(2)
    assert second.status == "promoted", second.log
    assert [project.id for project in world.own()] == [second.outputs["project-id"]] != [first.outputs["project-id"]]


def test_after_a_lost_answer_four_listings_in_ten_seconds_are_looked_at(make_world: MakeWorld) -> None:
    world = make_world()
    world.emulator.faults.add(Fault("503", operation="ImportProject"))
    before = sum(world.clock.slept)
    world.attempt()
    operations = [logged.operation for logged in world.emulator.log if logged.operation != "GetProject"]
    first = operations.index("ImportProject")
    assert operations[first + 1 : first + 6] == ["GetProjects"] * 4 + ["ExportProject"]
    assert sum(world.clock.slept) - before >= 10.0 + IMPORT_SECONDS


def test_an_import_is_sent_three_times_at_most(make_world: MakeWorld) -> None:
    world = make_world()
    world.emulator.faults.add(Fault("500", operation="ImportProject", times=0))
    world.attempt()
    assert count(world, "ImportProject") == count(world, "ExportProject") == 3


def killed_unlisted(make_world: MakeWorld) -> World:
    """A world whose first attempt was killed after its import, which no listing shows for the next seconds."""
    world = make_world()
    world.at(world.request("ImportProject"), "kill-after").attempt()
    world.emulator.behaviour.listing_lag = 12.0
    world.emulator.log.clear()
    return world


@pytest.mark.parametrize("attempt", [1, 2])
@pytest.mark.parametrize("kind", ["code:BadRequestProjectNameNotUnique", "code:BadRequestProjectDuplicated", "409"])
def test_the_own_name_being_taken_is_always_a_sign(make_world: MakeWorld, kind: str, attempt: int) -> None:
    world = killed_unlisted(make_world)
    world.emulator.faults.add(Fault(kind, operation="ImportProject"))
    result, _ = world.attempt(attempt)
    assert result.status == "promoted"
    assert count(world, "ImportProject") == 1


@pytest.mark.parametrize("code", ["BadRequestInvalidImportToken", "BadRequestExceedProjectLimit"])
def test_other_refusals_are_a_sign_only_after_a_possible_success(make_world: MakeWorld, code: str) -> None:
    world = killed_unlisted(make_world)
    world.emulator.faults.add(Fault(f"code:{code}", operation="ImportProject", times=2))
    assert "looking for its copy" not in world.copy().attempt(1)[0].log
    result, _ = world.attempt(2)
    assert result.status == "promoted"
    assert count(world, "ImportProject") == 1


def test_a_refusal_that_left_nothing_is_told_and_not_sent_again(make_world: MakeWorld) -> None:
    world = make_world()
    world.emulator.faults.add(Fault("code:BadRequestProjectNameNotUnique", operation="ImportProject", times=0))
    result, _ = world.attempt()
    assert "service code BadRequestProjectNameNotUnique" in result.log
    assert count(world, "ImportProject") == 1


def test_a_found_import_that_failed_is_removed_and_made_anew(make_world: MakeWorld) -> None:
    world = make_world()
    world.emulator.behaviour.import_outcomes = ["failed"]
    world.emulator.behaviour.import_seconds = 1.0
    world.emulator.behaviour.listing_lag = 5.0
    world.emulator.faults.add(Fault("503-after", operation="ImportProject"))
    result, _ = world.attempt()
    assert result.status == "promoted"
    assert [project.id for project in world.own()] == [result.outputs["project-id"]]


def test_a_committed_copy_that_turns_up_late_is_named_whatever_the_source_is_by_now(make_world: MakeWorld) -> None:
    world = make_world("refuse")
    world.at(world.request("UpdateProject", 1), "kill-before").attempt()
    (committed,) = world.own()
    world.emulator.train(world.dev, world.source)
    world.emulator.behaviour.listing_lag = 10.0
    result, _ = world.attempt(2)
    assert (result.status, result.outputs["project-id"]) == ("promoted", committed.id)
    assert "::warning title=The source has changed since it was copied" in result.log, "it is not marked anew"
    assert len(world.own()) == 1


@pytest.mark.parametrize("change", ["named", "marked"])
def test_an_import_that_got_a_name_or_a_mark_meanwhile_is_not_removed(make_world: MakeWorld, change: str) -> None:
    world = begun(make_world, min_recall="0.1")
    (copy,) = world.own()
    world.inputs["min-recall"] = "1"
    # The very last look, before it is unpublished and deleted.

    def other() -> None:
        if change == "named":
            world.emulator.rename(world.prod, copy.id, "A person's name for it")
        else:
            work = world.work()
            moment = "2026-11-23T20%3A00%3A00%2B00%3A00"
            mark = f"cvaction copy={copy.id} source={world.source}%2F{moment} work={work.work} run={work.run}"
            world.emulator.describe(world.prod, copy.id, mark)

    result, _ = world.at(world.request("GetIterations", -1, attempt=2) - 1, other).attempt(2)
    assert result.status == "gated"
    assert copy.id in world.prod.projects
    assert "::warning title=A copy was not removed" in result.log

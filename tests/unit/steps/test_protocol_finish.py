"""Clauses of docs/protocol.md, step 8, that no other test holds: what goes in the end, and what stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from emulator import Fault
from tests.support.world import NAME
from tests.unit.steps.test_protocol_naming import OTHER, unnamed

if TYPE_CHECKING:
    from tests.unit.steps.conftest import MakeWorld

PUBLISHING = {"publish_name": "live", "prediction_resource_id": "{prediction}"}


def test_keep_previous_on_the_re_run_of_an_old_run_deletes_nothing_newer(make_world: MakeWorld) -> None:
    world = make_world(if_exists="replace")
    for run in ("1", "2", "3", "4"):
        world.attempt(run_id=run)
        world.clock.advance(60)
    before = set(world.prod.projects)
    world.inputs["keep-previous"] = "1"
    world.attempt(2, run_id="2")
    assert set(world.prod.projects) == before


def test_keep_previous_never_deletes_what_a_rollback_goes_back_to(make_world: MakeWorld) -> None:
    world = make_world(if_exists="replace")
    made = []
    for run in ("1", "2"):
        made.append(world.attempt(run_id=run)[0].outputs["project-id"])
        world.clock.advance(60)
    # A rollback: the older copy has the name again.
    world.emulator.rename(world.prod, made[1], "Rolled back")
    world.emulator.rename(world.prod, made[0], NAME)
    world.inputs["keep-previous"] = "1"
    result, _ = world.attempt()
    assert result.outputs["previous-project-id"] == made[0]
    assert set(made) <= set(world.prod.projects)


def test_keep_previous_does_not_count_what_only_a_lagging_listing_shows(make_world: MakeWorld) -> None:
    world = make_world()
    made = []
    for run in ("1", "2", "3", "4"):
        made.append(world.attempt(run_id=run)[0].outputs["project-id"])
        world.clock.advance(60)
    world.emulator.behaviour.listing_lag = 50.0
    world.emulator.delete(world.prod, made[3])
    world.inputs["keep-previous"] = "2"
    world.attempt()
    assert [project_id in world.prod.projects for project_id in made] == [False, True, True, False]


def test_keep_previous_goes_on_after_one_that_cannot_be_deleted(make_world: MakeWorld) -> None:
    world = make_world()
    made = []
    for run in ("1", "2", "3"):
        made.append(world.attempt(run_id=run)[0].outputs["project-id"])
        world.clock.advance(60)
    world.inputs["keep-previous"] = "1"
    world.emulator.faults.add(Fault("code:BadRequestUnpublishFailed", operation="DeleteProject"))
    world.attempt()
    assert [project_id in world.prod.projects for project_id in made] == [False, True, True]


def test_a_committed_copy_of_another_run_goes_by_keep_previous(make_world: MakeWorld) -> None:
    world = make_world()
    committed = unnamed(world, OTHER)
    world.clock.advance(60)
    world.attempt(run_id="902")
    world.clock.advance(60)
    world.inputs["keep-previous"] = "1"
    world.attempt()
    assert committed.id not in world.prod.projects


@pytest.mark.parametrize("change", ["named", "marked", "gone"])
def test_a_leftover_is_judged_as_it_is_and_not_as_a_lagging_row_shows_it(make_world: MakeWorld, change: str) -> None:
    world = make_world()
    leftover = world.emulator.add_project(world.prod, world.own_name("5"), status="Failed")
    world.clock.advance(60)
    if change == "named":
        world.emulator.rename(world.prod, leftover.id, "A person's name for it")
    elif change == "marked":
        work = world.work("5")
        line = f"cvaction copy={leftover.id} source={world.source}%2F2026-11-23T20%3A00%3A00%2B00%3A00"
        world.emulator.describe(world.prod, leftover.id, f"{line} work={work.work} run={work.run}")
    else:
        world.emulator.delete(world.prod, leftover.id)
    world.emulator.behaviour.listing_lag = 50.0
    result, _ = world.attempt()
    assert result.status == "promoted"
    assert "::warning" not in result.log
    assert (leftover.id in world.prod.projects) is (change != "gone")


def test_leftovers_are_warned_of_with_their_ids_and_whose_they_are(make_world: MakeWorld) -> None:
    world = make_world()
    add = world.emulator.add_project
    failed = add(world.prod, "Theirs [importing 11111111-222222]", status="Failed")
    young = add(world.prod, "Theirs [importing 11111111-333333]", status="Importing")
    marked = add(world.prod, "Theirs [importing 11111111-444444]")
    line = f"cvaction copy={marked.id} source={world.source}%2F2026-11-23T20%3A00%3A00%2B00%3A00"
    world.emulator.describe(world.prod, marked.id, f"{line} work=11111111 run=444444")
    result, _ = world.attempt()
    assert f"({failed.id}) is an unfinished import of another work" in result.log
    assert f"({marked.id}) is a proved copy that was never named of another work" in result.log
    assert young.id not in result.log, "it may well be under way"
    assert {failed.id, young.id, marked.id} <= set(world.prod.projects)


def test_publishing_overwrites_only_within_the_copy(make_world: MakeWorld) -> None:
    world = make_world(**PUBLISHING)
    world.attempt()
    (first,) = [logged for logged in world.emulator.log if logged.operation == "PublishIteration"]
    assert first.query["overwrite"] == "false"


def test_what_is_published_already_is_not_published_again(make_world: MakeWorld) -> None:
    world = make_world(if_exists="sync", **PUBLISHING)
    world.attempt(run_id="1")
    world.emulator.log.clear()
    result, _ = world.attempt()
    assert (result.status, result.outputs["publish-name"]) == ("unchanged", "live")
    assert {logged.method for logged in world.emulator.log} == {"GET"}


# The end of a move.


def test_a_source_that_changed_though_its_content_is_equal_is_kept(make_world: MakeWorld) -> None:
    world = make_world(delete_source="true")
    number = world.request("UpdateProject", 1)
    result, _ = world.at(number, lambda: world.emulator.describe(world.dev, world.source, "Edited.")).attempt()
    assert result.status == "failed"
    assert world.source in world.dev.projects
    assert world.attempt(2)[0].status == "failed", "nor is it deleted by a re-run"
    assert world.source in world.dev.projects


def test_a_source_that_changed_between_export_and_import_is_kept(make_world: MakeWorld) -> None:
    world = make_world(delete_source="true")
    number = world.request("ImportProject")
    result, _ = world.at(number, lambda: world.emulator.describe(world.dev, world.source, "Edited.")).attempt()
    assert "::error title=The copy is finished%2C but the source was kept" in result.log
    assert world.source in world.dev.projects


def test_the_source_goes_after_all_else_is_cleaned_up(make_world: MakeWorld) -> None:
    world = make_world(delete_source="true")
    world.emulator.add_project(world.prod, world.own_name("5"), status="Failed")
    world.attempt()
    deletions = [logged.resource for logged in world.emulator.log if logged.operation == "DeleteProject"]
    assert deletions == ["prod", "dev"]


def test_a_move_by_an_adopted_import_deletes_the_source_as_it_was_before(make_world: MakeWorld) -> None:
    world = make_world(wait_minutes="0.01", delete_source="true")
    world.attempt()
    world.inputs.pop("wait-minutes")
    assert world.attempt(2)[0].status == "promoted"
    assert world.source not in world.dev.projects


def test_a_move_compares_the_copy_as_it_is_at_the_end(make_world: MakeWorld) -> None:
    world = make_world(delete_source="true")
    deleted = world.request("UnpublishIteration")

    def spoil() -> None:
        (copy,) = world.own()
        entry = copy.entry.settings
        world.emulator.change(copy, copy.entry.last_modified, settings=type(entry)(entry.domain_id, "Multilabel"))

    number = [number for number in world.requests("GetProject") if number < deleted][-2]  # the last is of the source
    result, _ = world.at(number, spoil).attempt()
    assert "differ in: classification type" in result.log
    assert world.source in world.dev.projects


def test_a_move_compares_the_metrics_of_the_chosen_iteration_too(make_world: MakeWorld) -> None:
    world = make_world(delete_source="true")
    number = world.request("UpdateProject", 1)
    bad = {"precision": 0.1, "recall": 0.1, "averagePrecision": 0.1}

    def spoil() -> None:
        (copy,) = world.own()
        world.emulator.set_metrics(world.prod, copy.id, bad)

    result, _ = world.at(number, spoil).attempt()
    assert "differ in: metrics of two" in result.log
    assert world.source in world.dev.projects

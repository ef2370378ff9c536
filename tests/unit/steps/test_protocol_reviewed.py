"""Traces through the protocol that a review found: above each test what happened before its rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests

from emulator import Fault
from tests.support.world import NAME

if TYPE_CHECKING:
    from tests.support.world import World
    from tests.unit.steps.conftest import MakeWorld

OTHER = "901"


def imports(world: World) -> int:
    return sum(logged.operation == "ImportProject" and logged.status == 200 for logged in world.emulator.log)


# What is left of a mark that was cut is taken for a mark by the re-run.


@pytest.mark.parametrize("limit", [147, 165, 171, 183])
def test_a_mark_that_was_cut_is_no_mark_for_the_re_run_either(make_world: MakeWorld, limit: int) -> None:
    world = make_world()
    world.emulator.behaviour.cuts_long_description = limit
    assert world.attempt()[0].status == "failed"
    second, _ = world.attempt(2)
    assert second.status == "failed", "the copy is not to be named with half a mark"
    world.attempt(3)
    world.attempt(4)
    copies = [project.name for project in world.prod.projects.values() if project.name.startswith(NAME)]
    assert len(copies) == 1, copies


# A copy that comes late and cannot step back gives the name to its predecessor, though the newer copy has it.


@pytest.mark.parametrize("rule", ["allow", "suffix", "refuse"])
def test_a_name_that_a_newer_copy_has_is_not_given_back(make_world: MakeWorld, rule: str) -> None:
    world = make_world(rule, if_exists="replace")
    old = world.emulator.add_project(world.prod, NAME)
    world.at(world.request("UpdateProject", 1), "kill-before").attempt()
    newer, _ = world.attempt(run_id=OTHER)
    assert newer.outputs["project-name"] == NAME
    dated = world.prod.projects[old.id].name
    world.emulator.faults.add(Fault("code:BadRequestProjectDescription", operation="UpdateProject"))
    assert world.attempt(2)[0].status == "failed"
    assert world.prod.projects[old.id].name == dated
    assert [project.name for project in world.prod.projects.values()].count(NAME) == 1


# A move whose import's answer was lost compares lastModified as a re-run does, not with that before the export.


def test_a_move_whose_answer_was_lost_keeps_a_source_that_changed_after_the_export(make_world: MakeWorld) -> None:
    world = make_world(delete_source="true")
    number = world.request("ImportProject")

    def edit() -> None:
        world.emulator.describe(world.dev, world.source, "Edited after the export.")
        raise requests.exceptions.ProxyError  # not sent: the client sends the same import again

    world.at(number, edit).at(number + 1, "503-after").attempt()
    assert world.source in world.dev.projects


# What the first attempt refuses to delete, its re-run deletes.


def test_a_source_that_was_kept_because_it_changed_is_kept_by_the_re_run_too(make_world: MakeWorld) -> None:
    world = make_world(delete_source="true")
    number = world.request("ImportProject")
    first, _ = world.at(
        number, lambda: world.emulator.describe(world.dev, world.source, "Edited after the export.")
    ).attempt()
    assert "the source was kept" in first.log
    world.attempt(2)
    assert world.source in world.dev.projects


# A look that meets an unusable copy first ends at once, and the import is sent again without the 10 s.


def test_a_look_that_meets_a_failed_import_first_goes_on_looking(make_world: MakeWorld) -> None:
    world = make_world()
    world.emulator.behaviour.import_outcomes = ["failed"]
    world.at(world.request("ImportProject"), "kill-after").attempt()
    world.clock.advance(3.9)
    world.emulator.behaviour.listing_lag = 6.0  # the failed one is listed first by the look after the lost answer
    world.emulator.faults.add(Fault("503-after", operation="ImportProject"))
    world.emulator.log.clear()
    assert world.attempt(2)[0].status == "promoted"
    assert imports(world) == 1


# The project limit after a lost answer, with a dead leftover: no look, a second import.


def test_the_project_limit_after_a_lost_answer_is_looked_into_though_a_leftover_goes(make_world: MakeWorld) -> None:
    world = make_world()
    world.emulator.add_project(world.prod, world.own_name("500"), status="Failed")
    world.clock.advance(60)
    world.emulator.behaviour.listing_lag = 11.0  # the first look finds nothing
    world.emulator.faults.add(Fault("reset-after", operation="ImportProject"))
    world.emulator.faults.add(Fault("code:BadRequestExceedProjectLimit", operation="ImportProject"))
    assert world.attempt()[0].status == "promoted"
    assert imports(world) == 1


# Two holders get the same dated name where the listing lags.


def test_two_holders_get_two_dated_names_though_the_listing_lags(make_world: MakeWorld) -> None:
    world = make_world(if_exists="replace")
    holders = [world.emulator.add_project(world.prod, NAME).id for _ in range(2)]
    world.clock.advance(60)
    world.emulator.behaviour.listing_lag = 6.0
    world.attempt()
    assert len({world.prod.projects[holder].name for holder in holders}) == 2


# The warning of a late copy names a person's project as the newer copy.


def test_a_late_copy_names_the_newer_copy_and_no_stranger(make_world: MakeWorld) -> None:
    world = make_world(if_exists="replace")
    world.emulator.add_project(world.prod, NAME)
    world.at(world.request("UpdateProject", 1), "kill-before").attempt()
    newer, _ = world.attempt(run_id=OTHER)
    stranger = world.emulator.add_project(world.prod, NAME)
    again, _ = world.attempt(2)
    (warning,) = [line for line in again.log.splitlines() if "A newer copy has the name" in line]
    assert newer.outputs["project-id"] in warning
    assert stranger.id not in warning


# The outputs and the report tell the counts and checks of a twin that was discarded.


def test_the_counts_and_checks_are_those_of_the_kept_copy(make_world: MakeWorld) -> None:
    world = make_world()
    world.emulator.behaviour.import_outcomes = ["lose-image"]
    world.emulator.behaviour.listing_lag = 12.0
    world.emulator.faults.add(Fault("503-after", operation="ImportProject"))
    result, _ = world.attempt()
    assert result.status == "promoted"
    assert result.outputs["image-count"] == "14"
    assert all(check["equal"] for check in result.report["checks"])


# A sync that is gated tells the counts of the holder as those of the copy.


def test_a_gated_sync_has_no_counts_of_a_copy(make_world: MakeWorld) -> None:
    world = make_world(if_exists="sync")
    first, _ = world.attempt(run_id="1")
    world.emulator.add_images(world.prod, first.outputs["project-id"])
    world.inputs["min-recall"] = "1"
    result, _ = world.attempt()
    assert (result.status, result.outputs["project-id"], result.outputs["image-count"]) == ("gated", "", "")


# A copy that keep-previous has just deleted is warned of as one that is not touched.


def test_what_keep_previous_deleted_is_not_warned_of(make_world: MakeWorld) -> None:
    world = make_world()
    world.at(world.request("UpdateProject", 1), "kill-before").attempt(run_id=OTHER)
    (committed,) = world.own(OTHER)
    for run in ("902", "903"):
        world.clock.advance(60)
        result, _ = world.attempt(run_id=run)
        world.inputs["keep-previous"] = "1"
    assert committed.id not in world.prod.projects
    assert f"({committed.id}) is a proved copy that was never named" not in result.log


# Killed between unpublishing and deleting an older copy, a re-run with a lagging listing leaves it so.
# The whole sweep has it too.


def test_an_older_copy_that_was_unpublished_is_deleted_though_the_listing_lags(make_world: MakeWorld) -> None:
    world = make_world(if_exists="replace", publish_name="live", prediction_resource_id="{prediction}")
    made = []
    for run in ("1", "2"):
        made.append(world.attempt(run_id=run)[0].outputs["project-id"])
        world.clock.advance(600)
    world.inputs["keep-previous"] = "1"
    world.at(world.request("DeleteProject"), "kill-before").attempt()
    assert world.prod.projects[made[0]].published == []
    world.emulator.behaviour.listing_lag = 6.0
    assert world.attempt(2)[0].status == "promoted"
    assert made[0] not in world.prod.projects

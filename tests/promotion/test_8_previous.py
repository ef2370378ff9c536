"""Step 8: `keep-previous` deletes older copies of the line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from emulator import Fault
from tests.support.promotions import OTHER, promote_times, promoted, unnamed
from tests.support.world import NAME

if TYPE_CHECKING:
    from tests.support.world import MakeWorld

pytestmark = pytest.mark.clause("8.2")


@pytest.mark.parametrize("policy", ["new", "replace"])
def test_keep_previous_keeps_the_newest_earlier_copies(make_world: MakeWorld, policy: str) -> None:
    world = make_world(if_exists=policy, publish_name="live", prediction_resource_id="{prediction}")
    made = promote_times(world, 4)
    world.inputs["keep-previous"] = "2"
    result, _ = world.attempt()
    left = [project_id for project_id in made if project_id in world.prod.projects]
    assert left == made[2:]
    assert result.outputs["previous-project-id"] == made[3]


@pytest.mark.parametrize("order", ["newest", "oldest", "id"])
def test_earlier_copies_go_by_age_whatever_the_listings_order(make_world: MakeWorld, order: str) -> None:
    world = make_world(keep_previous="1")
    world.emulator.behaviour.listing_order = order  # type: ignore[assignment] # one of its choices
    made = []
    for run_id in "1234":
        made.append(world.attempt(run_id=run_id)[0].outputs["project-id"])
        world.clock.advance(60)
    assert [project_id for project_id in made if project_id in world.prod.projects] == made[-2:]


def test_what_keep_previous_cannot_delete_is_a_warning(make_world: MakeWorld) -> None:
    world = make_world()
    promote_times(world, 3)
    world.inputs["keep-previous"] = "1"
    world.emulator.faults.add(Fault("code:BadRequestUnpublishFailed", operation="DeleteProject", times=0))
    result, _ = world.attempt()
    assert result.status == "promoted"
    assert "::warning title=An earlier copy could not be deleted" in result.log


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


def test_keep_previous_of_an_old_run_deletes_nothing_newer(make_world: MakeWorld) -> None:
    world = make_world(if_exists="replace")
    for run in ("1", "2", "3", "4"):
        world.attempt(run_id=run)
        world.clock.advance(60)
    before = set(world.prod.projects)
    world.inputs["keep-previous"] = "1"
    world.attempt(2, run_id="2")
    assert set(world.prod.projects) == before


def test_keep_previous_keeps_what_a_rollback_goes_back_to(make_world: MakeWorld) -> None:
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


def test_keep_previous_never_deletes_the_source_itself(make_world: MakeWorld) -> None:
    world = make_world()
    one = {"target-endpoint": world.inputs["source-endpoint"], "target-key": world.inputs["source-key"]}
    world.inputs |= {**one, "source-project-id": "", "source-project-name": NAME, "target-project-name": "Copy"}
    first, _ = world.attempt(run_id="1")
    world.clock.advance(60)
    world.emulator.delete(world.dev, world.source)
    world.emulator.rename(world.dev, first.outputs["project-id"], NAME)  # the copy becomes the source
    for run in ("2", "3"):
        world.attempt(run_id=run)
        world.clock.advance(60)
    world.inputs["keep-previous"] = "1"
    last, _ = world.attempt(run_id="4")
    assert last.status == "promoted"
    assert first.outputs["project-id"] in world.dev.projects
    assert last.outputs["previous-project-id"] != first.outputs["project-id"]


@pytest.mark.clause("0.11")
def test_keep_previous_does_not_count_what_a_listing_alone_shows(make_world: MakeWorld) -> None:
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


@pytest.mark.clause("0.11")
def test_keep_previous_counts_only_what_is_still_there(make_world: MakeWorld) -> None:
    world = make_world()
    made = []
    for run in ("1", "2", "3"):
        made.append(world.attempt(run_id=run)[0].outputs["project-id"])
        world.clock.advance(600)
    world.inputs["keep-previous"] = "1"
    world.emulator.behaviour.listing_lag = 30.0
    world.emulator.delete(world.prod, made[2])
    world.attempt(run_id="4")
    assert made[1] in world.prod.projects


def test_a_committed_copy_of_another_run_goes_by_keep_previous(make_world: MakeWorld) -> None:
    world = make_world()
    committed = unnamed(world, OTHER)
    world.clock.advance(60)
    world.attempt(run_id="902")
    world.clock.advance(60)
    world.inputs["keep-previous"] = "1"
    world.attempt()
    assert committed.id not in world.prod.projects


@pytest.mark.clause("8.4")
def test_what_keep_previous_deleted_is_not_warned_of(make_world: MakeWorld) -> None:
    """Without the rule: a copy that keep-previous has just deleted is warned of as one that is not touched."""
    world = make_world()
    world.at(world.request("UpdateProject", 1), "kill-before").attempt(run_id=OTHER)
    (committed,) = world.own(OTHER)
    for run in ("902", "903"):
        world.clock.advance(60)
        result, _ = world.attempt(run_id=run)
        world.inputs["keep-previous"] = "1"
    assert committed.id not in world.prod.projects
    assert f"({committed.id}) is a proved copy that has no name yet" not in result.log


@pytest.mark.clause("0.11")
def test_an_older_copy_is_deleted_though_the_listing_lags(make_world: MakeWorld) -> None:
    """Without the rule: an older copy that a killed attempt has unpublished stays, where the re-run's listing lags.
    The whole sweep has it too."""
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


@pytest.mark.parametrize("policy", ["replace", "sync", "new"])
def test_keep_previous_0_keeps_none_and_two_slots_are_enough(make_world: MakeWorld, policy: str) -> None:
    world = make_world(if_exists=policy, keep_previous="0")
    for stranger in list(world.prod.projects):
        world.emulator.delete(world.prod, stranger)
    world.prod.tier = "F0"
    for number in range(4):
        result = promoted(world, str(number))
        assert result["previous-project-id"] == ""
        assert list(world.prod.projects) == [result["project-id"]]


def test_keep_previous_0_keeps_a_strangers_project_and_tells_it(make_world: MakeWorld) -> None:
    world = make_world(if_exists="replace", keep_previous="0")
    holder = world.emulator.add_project(world.prod, NAME)
    world.clock.advance(60)
    assert promoted(world, "1")["previous-project-id"] == holder.id
    assert holder.id in world.prod.projects


def test_keep_previous_0_tells_the_previous_it_could_not_delete(make_world: MakeWorld) -> None:
    world = make_world(if_exists="replace", keep_previous="0")
    first = promoted(world, "1")["project-id"]
    world.emulator.faults.add(Fault("code:BadRequestInvalidIds", operation="DeleteProject", times=0))
    result, _ = world.attempt(run_id="2")
    assert (result.status, result.outputs["previous-project-id"]) == ("promoted", first)
    assert "::warning title=An earlier copy could not be deleted" in result.log


def test_an_undeleted_copy_is_told_to_serve_no_more(make_world: MakeWorld) -> None:
    world = make_world(if_exists="replace", publish_name="live", prediction_resource_id="{prediction}")
    (earlier,) = promote_times(world, 1)
    world.inputs["keep-previous"] = "0"
    world.emulator.faults.add(Fault("code:ForbiddenUserInsufficientCapability", operation="DeleteProject", times=0))
    result, _ = world.attempt()
    assert result.status == "promoted"
    assert f"({earlier}) is not published any more: until now it served as 'live'." in result.log

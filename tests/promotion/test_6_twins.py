"""Step 6: which of several own copies is kept, and that the others go only after it is proved."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from emulator import Fault
from tests.support.promotions import PUBLISHING, imports
from tests.support.world import NAME

if TYPE_CHECKING:
    from tests.support.world import MakeWorld, World


def twins(make_world: MakeWorld, outcome: str = "ok", **inputs: str) -> World:
    """A world whose first import gets no answer and is listed only when twins are looked for."""
    world = make_world(**inputs)
    world.emulator.behaviour.import_outcomes = [outcome]
    world.emulator.behaviour.listing_lag = 12.0
    world.emulator.faults.add(Fault("503-after", operation="ImportProject"))
    return world


def removed(world: World) -> list[str]:
    return [logged.path.rpartition("/")[2] for logged in world.emulator.log if logged.operation == "DeleteProject"]


@pytest.mark.clause("6.1")
def test_a_copy_that_is_listed_late_leaves_no_twin(make_world: MakeWorld) -> None:
    world = make_world()
    world.emulator.behaviour.listing_lag = 12.0
    world.emulator.faults.add(Fault("503-after", operation="ImportProject"))
    result, _ = world.attempt()
    world.emulator.behaviour.listing_lag = 0.0
    assert result.status == "promoted"
    assert imports(world) == 2
    assert len(world.own()) == 1
    assert "another copy of this run is kept" in result.log


@pytest.mark.clause("6.1")
def test_a_later_job_of_the_run_leaves_no_twin_either(make_world: MakeWorld) -> None:
    world = twins(make_world)
    world.at(world.request("ImportProject", 1), "kill-after").attempt()
    world.emulator.behaviour.listing_lag = 0.0
    assert len(world.own()) == 2
    result, _ = world.attempt(1)
    assert [project.id for project in world.own()] == [result.outputs["project-id"]]


@pytest.mark.clause("6.1")
def test_where_only_one_import_was_sent_nobody_waits_for_twins(make_world: MakeWorld) -> None:
    assert "look for twins" not in make_world().attempt()[0].log


@pytest.mark.clause("6.2")
def test_the_oldest_twin_is_kept_and_published(make_world: MakeWorld) -> None:
    world = twins(make_world, **PUBLISHING)
    result, _ = world.attempt()
    assert imports(world) == 2
    (copy,) = world.own()
    (twin,) = [project for _, project in world.prod.deleted]
    assert copy.id == result.outputs["project-id"]
    assert copy.created < twin.created
    assert [iteration.name for iteration in copy.published] == ["two"]


@pytest.mark.clause("6.2", "6.3")
@pytest.mark.parametrize("outcome", ["lose-image", "failed"])
def test_a_twin_that_is_not_whole_is_removed_and_ours_is_kept(make_world: MakeWorld, outcome: str) -> None:
    world = twins(make_world, outcome)
    result, _ = world.attempt()
    assert (result.status, imports(world)) == ("promoted", 2)
    (copy,) = world.own()
    assert copy.id == result.outputs["project-id"]
    assert copy.content.untagged == 2


@pytest.mark.clause("6.2")
@pytest.mark.parametrize("outcome", ["ok", "lose-image"])
def test_the_copy_that_is_kept_is_the_one_that_is_told(make_world: MakeWorld, outcome: str) -> None:
    world = twins(make_world, outcome)
    world.inputs["keep-failed"] = "true"
    world.emulator.behaviour.rejects_long_description = 60
    result, _ = world.attempt()
    assert "::error title=The copy could not be marked" in result.log
    assert [project.id for project in world.own()] == [result.outputs["project-id"]]


@pytest.mark.clause("6.2")
def test_a_twin_that_is_still_importing_is_not_waited_for(make_world: MakeWorld) -> None:
    world = twins(make_world, "never")
    result, _ = world.attempt()
    assert (result.status, imports(world)) == ("promoted", 2)
    assert [project.id for project in world.own()] == [result.outputs["project-id"]]


@pytest.mark.clause("6.2", "4.2")
def test_a_twin_older_than_the_sources_last_change_is_not_kept(make_world: MakeWorld) -> None:
    world = make_world()
    world.at(world.request("ImportProject"), "kill-after").attempt()
    world.emulator.train(world.dev, world.source)
    world.emulator.behaviour.listing_lag = 12.0
    result, _ = world.attempt(2)
    assert "the source has changed since" in result.log
    assert [project.id for project in world.own()] == [result.outputs["project-id"]]


@pytest.mark.clause("6.2")
def test_a_committed_twin_is_kept_and_named(make_world: MakeWorld) -> None:
    world = make_world()
    world.at(world.request("UpdateProject", 1), "kill-before").attempt()
    (committed,) = world.own()
    world.emulator.behaviour.listing_lag = 12.0
    result, _ = world.attempt(2)
    assert imports(world) == 2
    assert (result.status, result.outputs["project-id"]) == ("promoted", committed.id)
    assert [(project.id, project.name) for project in world.own()] == [(committed.id, NAME)]


@pytest.mark.clause("6.2")
@pytest.mark.parametrize("apart", [0.0, 1.0])
def test_copies_are_ranked_by_age_and_equally_old_ones_by_id(make_world: MakeWorld, apart: float) -> None:
    world = make_world()
    own_name, made = world.own_name(), []
    for _ in range(5):
        made.append(world.emulator.add_project(world.prod, own_name, status="Importing").id)
        world.clock.advance(apart)
    result, _ = world.attempt(2)
    told = [line for line in result.log.splitlines() if line.startswith("This run has made")]
    ranked = made if apart else sorted(made)
    assert made != sorted(made)
    assert told == [f"This run has made '{own_name}' ({copy}) already: unfinished." for copy in ranked]


@pytest.mark.clause("6.3")
def test_nobody_is_removed_before_the_kept_one_is_proved(make_world: MakeWorld) -> None:
    world = twins(make_world)
    look = world.request("GetTags", -1)  # of the source, of our copy, of its twin
    result, _ = world.at(look, "401").attempt()
    assert result.status == "failed"
    assert (len(world.own()), removed(world)) == (2, [])


@pytest.mark.clause("6.3")
def test_a_finished_twin_is_only_warned_of(make_world: MakeWorld) -> None:
    world = make_world()
    first, _ = world.attempt()
    copy = world.prod.projects[first.outputs["project-id"]]
    twin = world.emulator.clone(world.prod, copy.id, "Twin")
    world.emulator.describe(world.prod, twin.id, copy.description.replace(copy.id, twin.id))
    second, _ = world.attempt(2)
    assert second.outputs["project-id"] == copy.id
    assert twin.id in world.prod.projects
    assert "::warning title=Another finished copy of this run" in second.log
    assert "::warning title=Another copy of this run" not in second.log, "one warning is enough"


@pytest.mark.clause("6.3", "8.4")
def test_two_jobs_of_one_run_at_the_same_time_are_told(make_world: MakeWorld) -> None:
    world = make_world()
    results = []

    def second_job() -> None:
        results.append(world.attempt()[0])

    result, _ = world.at(9, second_job).attempt()
    assert [one.status for one in (result, *results)] == ["promoted", "promoted"]
    assert len(world.own()) == 2
    told = [warning for warning in result.report["warnings"] if results[0].outputs["project-id"] in warning]
    assert len(told) == 1
    assert "concurrency" in told[0]

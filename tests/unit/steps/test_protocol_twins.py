"""Clauses of docs/protocol.md, steps 5 and 6, that no other test holds: the wait, what condemns a copy, which twin is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from emulator import Fault
from tests.support.world import NAME

if TYPE_CHECKING:
    from tests.support.world import World
    from tests.unit.steps.conftest import MakeWorld

PUBLISHING = {"publish_name": "live", "prediction_resource_id": "{prediction}"}


def imports(world: World) -> int:
    return sum(logged.operation == "ImportProject" and logged.status == 200 for logged in world.emulator.log)


# What condemns a copy, and what leaves it for the next attempt.


@pytest.mark.parametrize(
    ("kind", "operation"),
    [
        ("401", "GetTags"),
        ("code:BadRequestInvalidIds", "GetTags"),
        ("500", "PublishIteration"),
        ("401", "PublishIteration"),
    ],
)
def test_a_failure_that_is_no_verdict_leaves_the_copy(make_world: MakeWorld, kind: str, operation: str) -> None:
    world = make_world(**PUBLISHING)
    world.emulator.faults.add(Fault(kind, operation=operation, resource="prod", times=6))
    first, _ = world.attempt()
    assert first.status == "failed"
    world.emulator.faults.clear()
    second, _ = world.attempt(2)
    assert second.outputs["project-id"] == first.outputs["project-id"] != ""
    assert imports(world) == 1


def test_a_copy_that_somebody_published_is_unpublished_and_removed(make_world: MakeWorld) -> None:
    world = make_world(**PUBLISHING)

    def publish() -> None:
        (copy,) = world.own()
        for iteration in ("one", "two"):
            world.emulator.publish(world.prod, copy.id, f"theirs {iteration}", iteration=iteration)

    assert world.at(world.request("PublishIteration"), publish).attempt()[0].status == "failed"
    assert world.own() == []


def test_the_metrics_are_the_copys_own_and_what_is_not_proved_is_said(make_world: MakeWorld) -> None:
    world = make_world()
    assert "Not compared: the pixels, and the regions one by one." in world.copy().attempt()[0].log
    look = world.request("GetIterationPerformance", 1)
    bad = {"precision": 0.1, "recall": 0.1, "averagePrecision": 0.1}
    result, _ = world.at(
        look, lambda: world.emulator.set_metrics(world.prod, world.own()[0].id, bad, iteration="two")
    ).attempt()
    assert "metrics of two" in result.log
    assert (result.status, world.own()) == ("failed", [])


@pytest.mark.parametrize(
    ("left", "title"), [("uno", "The source project has no such iteration"), ("", "The source project is not trained")]
)
def test_a_copy_whose_iteration_went_from_the_source_is_removed(make_world: MakeWorld, left: str, title: str) -> None:
    world = make_world(iteration="one")
    number = world.request("ExportProject")
    world.emulator.behaviour.import_outcomes = ["lose-image"]

    def rename_or_untrain() -> None:
        iterations = world.dev.projects[world.source].iterations
        iterations[0].name = left
        if not left:
            iterations.clear()

    result, _ = world.at(number, rename_or_untrain).attempt()
    assert f"::error title={title}" in result.log
    assert world.own() == []


def test_an_adopted_import_is_removed_where_the_source_changed_while_it_was_proved(make_world: MakeWorld) -> None:
    world = make_world(wait_minutes="0.01")
    world.emulator.behaviour.import_outcomes = ["lose-image"]
    world.attempt()
    world.inputs.pop("wait-minutes")
    look = world.request("GetTags", 1, attempt=2)
    result, _ = world.at(look, lambda: world.emulator.add_images(world.dev, world.source)).attempt(2)
    assert "::error title=The source project changed while it was copied" in result.log
    assert world.own() == []


def test_a_copy_that_cannot_be_removed_does_not_hide_why_it_fails(make_world: MakeWorld) -> None:
    world = make_world()
    world.emulator.behaviour.import_outcomes = ["lose-image"]
    world.emulator.faults.add(Fault("code:BadRequestUnpublishFailed", operation="DeleteProject"))
    result, _ = world.attempt()
    assert "::error title=The copy is not equal to the source" in result.log


@pytest.mark.parametrize(("images", "minutes"), [(1_000_000, 330), (300_000, 120.25)])
@pytest.mark.parametrize("kind", ["", "503-after"])
def test_a_wait_is_three_times_the_estimate_at_most_five_and_a_half_hours(
    make_world: MakeWorld, images: int, minutes: float, kind: str
) -> None:
    world = make_world()
    world.inputs["source-project-id"] = world.emulator.add_project(world.dev, "Large", tags={"a": images}).id
    world.emulator.behaviour.import_outcomes = ["never"]
    if kind:
        world.emulator.faults.add(Fault(kind, operation="ImportProject"))
    before = world.clock.now()
    assert world.attempt()[0].status == "importing"
    assert minutes * 60 <= world.clock.now() - before < minutes * 60 + 60


def test_an_adopted_import_is_told_though_it_is_not_done(make_world: MakeWorld) -> None:
    world = make_world(wait_minutes="0.01")
    first, _ = world.attempt()
    world.prod.projects[first.outputs["project-id"]].job.done = None  # type: ignore[union-attr] # it never ends
    second, _ = world.attempt(2)
    assert second.status == "importing"
    assert second.outputs["project-id"] == first.outputs["project-id"] != ""


# Twins.


def twins(make_world: MakeWorld, outcome: str = "ok", **inputs: str) -> World:
    """A world whose first import gets no answer and is listed only when twins are looked for."""
    world = make_world(**inputs)
    world.emulator.behaviour.import_outcomes = [outcome]
    world.emulator.behaviour.listing_lag = 12.0
    world.emulator.faults.add(Fault("503-after", operation="ImportProject"))
    return world


def removed(world: World) -> list[str]:
    return [logged.path.rpartition("/")[2] for logged in world.emulator.log if logged.operation == "DeleteProject"]


def test_the_oldest_twin_is_kept_and_published(make_world: MakeWorld) -> None:
    world = twins(make_world, **PUBLISHING)
    result, _ = world.attempt()
    assert imports(world) == 2
    (copy,) = world.own()
    (twin,) = [project for _, project in world.prod.deleted]
    assert copy.id == result.outputs["project-id"]
    assert copy.created < twin.created
    assert [iteration.name for iteration in copy.published] == ["two"]


@pytest.mark.parametrize("outcome", ["lose-image", "failed"])
def test_a_twin_that_is_not_whole_is_removed_and_ours_is_kept(make_world: MakeWorld, outcome: str) -> None:
    world = twins(make_world, outcome)
    result, _ = world.attempt()
    assert (result.status, imports(world)) == ("promoted", 2)
    (copy,) = world.own()
    assert copy.id == result.outputs["project-id"]
    assert copy.content.untagged == 2


@pytest.mark.parametrize("outcome", ["ok", "lose-image"])
def test_the_copy_that_is_kept_is_the_one_that_is_told(make_world: MakeWorld, outcome: str) -> None:
    world = twins(make_world, outcome)
    world.emulator.behaviour.rejects_long_description = 60
    result, _ = world.attempt()
    assert "::error title=The copy could not be marked" in result.log
    assert [project.id for project in world.own()] == [result.outputs["project-id"]]


def test_a_twin_that_is_still_importing_is_not_waited_for(make_world: MakeWorld) -> None:
    world = twins(make_world, "never")
    result, _ = world.attempt()
    assert (result.status, imports(world)) == ("promoted", 2)
    assert [project.id for project in world.own()] == [result.outputs["project-id"]]


def test_nobody_is_removed_before_the_kept_one_is_proved(make_world: MakeWorld) -> None:
    world = twins(make_world)
    look = world.request("GetTags", -1)  # of the source, of our copy, of its twin
    result, _ = world.at(look, "401").attempt()
    assert result.status == "failed"
    assert (len(world.own()), removed(world)) == (2, [])


def test_a_twin_older_than_the_sources_last_change_is_not_kept(make_world: MakeWorld) -> None:
    world = make_world()
    world.at(world.request("ImportProject"), "kill-after").attempt()
    world.emulator.train(world.dev, world.source)
    world.emulator.behaviour.listing_lag = 12.0
    result, _ = world.attempt(2)
    assert "the source has changed since" in result.log
    assert [project.id for project in world.own()] == [result.outputs["project-id"]]


def test_a_committed_twin_is_kept_and_named(make_world: MakeWorld) -> None:
    world = make_world()
    world.at(world.request("UpdateProject", 1), "kill-before").attempt()
    (committed,) = world.own()
    world.emulator.behaviour.listing_lag = 12.0
    result, _ = world.attempt(2)
    assert imports(world) == 2
    assert (result.status, result.outputs["project-id"]) == ("promoted", committed.id)
    assert [(project.id, project.name) for project in world.own()] == [(committed.id, NAME)]


def test_a_later_job_of_the_run_leaves_no_twin_either(make_world: MakeWorld) -> None:
    world = twins(make_world)
    world.at(world.request("ImportProject", 1), "kill-after").attempt()
    world.emulator.behaviour.listing_lag = 0.0
    assert len(world.own()) == 2
    result, _ = world.attempt(1)
    assert [project.id for project in world.own()] == [result.outputs["project-id"]]


def test_where_only_one_import_was_sent_nobody_waits_for_twins(make_world: MakeWorld) -> None:
    assert "look for twins" not in make_world().attempt()[0].log


@pytest.mark.parametrize("apart", [0.0, 1.0])
def test_copies_are_ranked_by_their_age_and_equally_old_ones_by_their_ids(make_world: MakeWorld, apart: float) -> None:
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

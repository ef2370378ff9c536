"""`sync`: nothing is done where the copy in use is the source as it is now; else it behaves as `replace`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.promotions import PUBLISHING, fill
from tests.support.world import NAME

if TYPE_CHECKING:
    from tests.support.world import MakeWorld


def test_sync_finds_nothing_to_do(make_world: MakeWorld) -> None:
    world = make_world(if_exists="sync")
    first, _ = world.attempt(run_id="1")
    world.emulator.log.clear()
    second, _ = world.attempt(run_id="2")
    assert second.status == "unchanged"
    assert second.outputs["project-id"] == first.outputs["project-id"]
    assert second.outputs["iteration-id"]
    assert {logged.method for logged in world.emulator.log} == {"GET"}
    assert "ExportProject" not in [logged.operation for logged in world.emulator.log]


@pytest.mark.clause("8.1")
def test_sync_publishes_what_is_missing(make_world: MakeWorld) -> None:
    world = make_world(if_exists="sync", smoke_images="sweep.png")
    world.attempt(run_id="1")
    world.inputs |= {"publish-name": "live", "prediction-resource-id": world.prod.prediction_resource_id}
    result, _ = world.attempt(run_id="2")
    assert (result.status, result.outputs["publish-name"]) == ("promoted", "live")
    assert result.outputs["prediction-url"]


@pytest.mark.parametrize("why", ["retrained", "differs", "unmarked", "cloned"])
def test_sync_behaves_as_replace_otherwise(make_world: MakeWorld, why: str) -> None:
    world = make_world(if_exists="sync")
    first, _ = world.attempt(run_id="1")
    old = first.outputs["project-id"]
    if why == "retrained":
        world.emulator.train(world.dev, world.source)
    elif why == "differs":
        world.emulator.add_images(world.prod, old)
    elif why == "unmarked":
        world.emulator.describe(world.prod, old, "A person's words.")
    else:
        world.emulator.rename(world.prod, old, "Set aside")
        old = world.emulator.clone(world.prod, old, NAME).id
    second, _ = world.attempt(run_id="2")
    assert second.status == "promoted"
    assert second.outputs["previous-project-id"] == old
    assert "(replaced" in world.prod.projects[old].name


@pytest.mark.clause("7.7")
def test_sync_names_what_a_rollback_goes_back_to(make_world: MakeWorld) -> None:
    world = make_world(if_exists="sync")
    first, _ = world.attempt(run_id="1")
    world.emulator.train(world.dev, world.source)
    world.attempt(run_id="2")
    third, _ = world.attempt(run_id="3")
    assert third.status == "unchanged"
    assert third.outputs["previous-project-id"] == first.outputs["project-id"]


@pytest.mark.clause("0.6")
def test_sync_wants_the_sources_last_change_though_it_is_equal(make_world: MakeWorld) -> None:
    world = make_world(if_exists="sync")
    world.attempt(run_id="1")
    world.emulator.describe(world.dev, world.source, "Edited.")
    assert world.attempt()[0].status == "promoted"


@pytest.mark.clause("0.6")
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


@pytest.mark.clause("4.7")
def test_an_unchanged_copy_needs_no_room(make_world: MakeWorld) -> None:
    world = make_world(if_exists="sync")
    world.attempt(run_id="1")
    fill(world)
    assert world.attempt()[0].status == "unchanged"


@pytest.mark.clause("5.2")
def test_an_unchanged_copy_that_answers_differently_stays(make_world: MakeWorld) -> None:
    world = make_world(if_exists="sync", smoke_images="sweep.png")
    first, _ = world.attempt(run_id="1")
    world.emulator.behaviour.copy_answers_differ = True
    result, _ = world.attempt()
    assert "::error title=The copy answers differently from the source" in result.log
    assert world.prod.projects[first.outputs["project-id"]].name == NAME


@pytest.mark.clause("0.6")
def test_an_unchanged_copy_names_the_predecessor_in_its_mark(make_world: MakeWorld) -> None:
    """Whosever it is."""
    world = make_world(if_exists="sync")
    stranger = world.emulator.add_project(world.prod, NAME)
    world.attempt(run_id="1")
    result, _ = world.attempt()
    assert (result.status, result.outputs["previous-project-id"]) == ("unchanged", stranger.id)


@pytest.mark.clause("0.8")
def test_an_unchanged_copy_without_its_predecessor_names_another(make_world: MakeWorld) -> None:
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


@pytest.mark.clause("8.1")
def test_what_is_published_already_is_not_published_again(make_world: MakeWorld) -> None:
    world = make_world(if_exists="sync", **PUBLISHING)
    world.attempt(run_id="1")
    world.emulator.log.clear()
    result, _ = world.attempt()
    assert (result.status, result.outputs["publish-name"]) == ("unchanged", "live")
    assert {logged.method for logged in world.emulator.log} == {"GET"}

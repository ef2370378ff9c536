from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from emulator import Fault
from tests.support.world import NAME

if TYPE_CHECKING:
    from tests.support.world import World
    from tests.unit.steps.conftest import MakeWorld


def killed_before_naming(make_world: MakeWorld, **inputs: str) -> World:
    """A world in which the first attempt was killed between commit and name."""
    world = make_world(**inputs)
    world.at(world.request("UpdateProject", 1), "kill-before").attempt()
    return world


def test_a_committed_copy_is_named_without_an_import(make_world: MakeWorld) -> None:
    world = killed_before_naming(make_world)
    world.emulator.log.clear()
    result, _ = world.attempt(2)
    assert result.status == "promoted"
    assert result.outputs["project-name"] == NAME
    assert (result.outputs["image-count"], result.outputs["tag-count"]) == ("14", "2")
    assert "ImportProject" not in [logged.operation for logged in world.emulator.log]


def test_a_committed_copy_is_named_whatever_the_gates_say_now(make_world: MakeWorld) -> None:
    world = killed_before_naming(make_world, min_recall="0.1")
    world.inputs["min-recall"] = "1"
    assert world.attempt(2)[0].status == "promoted"


def test_a_source_that_changed_since_is_a_warning_with_its_date(make_world: MakeWorld) -> None:
    world = killed_before_naming(make_world)
    world.emulator.train(world.dev, world.source)
    result, _ = world.attempt(2)
    assert result.status == "promoted"
    assert "::warning title=The source has changed since it was copied" in result.log
    assert "holds the source as of 2026-11-2" in result.log


@pytest.mark.parametrize("name", ["", "Another name"])
def test_a_source_that_is_gone_is_a_warning(make_world: MakeWorld, name: str) -> None:
    world = killed_before_naming(make_world, target_project_name=name)
    world.emulator.delete(world.dev, world.source)
    result, _ = world.attempt(2)
    assert result.status == "promoted"
    assert "::warning title=The source is gone" in result.log
    assert result.outputs["project-name"] == (name or NAME)


def test_a_committed_copy_that_lost_its_iteration_needs_a_new_run_and_no_other_input(make_world: MakeWorld) -> None:
    world = killed_before_naming(make_world, publish_name="live", prediction_resource_id="{prediction}")
    (copy,) = world.own()
    copy.iterations.clear()
    result, _ = world.attempt(2)
    assert result.status == "failed"
    assert "::error title=The copy has lost the chosen iteration" in result.log
    assert "start a new run, not a re-run" in result.log
    assert world.attempt(run_id="2")[0].status == "promoted"


def test_a_source_given_by_name_is_resumed_by_its_id(make_world: MakeWorld) -> None:
    world = make_world(delete_source="true", target_project_name=NAME)
    world.inputs |= {"source-project-id": "", "source-project-name": NAME}
    first, _ = world.attempt()
    another = world.emulator.add_project(world.dev, NAME)
    second, _ = world.attempt(2)
    assert second.outputs["project-id"] == first.outputs["project-id"]
    assert another.id in world.dev.projects, "a new project of the name is not the source"


def test_what_is_left_of_publishing_is_done_on_a_re_run(make_world: MakeWorld) -> None:
    world = make_world(publish_name="live", prediction_resource_id="{prediction}")
    first, _ = world.attempt()
    world.emulator.unpublish(world.prod, first.outputs["project-id"])
    world.emulator.publish(world.prod, first.outputs["project-id"], "live", iteration="one")
    second, _ = world.attempt(2)
    assert second.outputs["publish-name"] == "live"
    published = {i.name: i.publish_name for i in world.prod.projects[first.outputs["project-id"]].iterations}
    assert published == {"one": None, "two": "live"}


def test_outside_a_runner_nothing_is_resumed(make_world: MakeWorld) -> None:
    world = make_world()
    first, _ = world.attempt(run_id="")
    second, _ = world.attempt(run_id="")
    assert first.outputs["project-id"] != second.outputs["project-id"]
    assert second.outputs["project-name"] == f"{NAME} (1)"


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


def test_sync_names_what_a_rollback_goes_back_to(make_world: MakeWorld) -> None:
    world = make_world(if_exists="sync")
    first, _ = world.attempt(run_id="1")
    world.emulator.train(world.dev, world.source)
    world.attempt(run_id="2")
    third, _ = world.attempt(run_id="3")
    assert third.status == "unchanged"
    assert third.outputs["previous-project-id"] == first.outputs["project-id"]


def test_a_gated_sync_of_an_unchanged_copy_is_gated(make_world: MakeWorld) -> None:
    world = make_world(if_exists="sync")
    world.attempt(run_id="1")
    world.inputs["min-recall"] = "1"
    assert world.attempt(run_id="2")[0].status == "gated"


def test_a_gated_sync_tells_nothing_of_a_copy_that_it_would_have_replaced(make_world: MakeWorld) -> None:
    world = make_world(if_exists="sync", min_recall="0.1")
    first, _ = world.attempt(run_id="1")
    world.emulator.add_images(world.prod, first.outputs["project-id"])
    world.inputs["min-recall"] = "1"
    second, _ = world.attempt(run_id="2")
    assert second.status == "gated"
    assert [second.outputs[name] for name in ("project-id", "image-count", "tag-count")] == ["", "", ""]
    assert second.report["checks"] == []


def test_an_early_end_that_cannot_clean_up_still_tells_why_it_ended(make_world: MakeWorld) -> None:
    world = make_world(wait_minutes="0.01")
    world.attempt()
    world.inputs["min-recall"] = "1"
    world.emulator.faults.add(Fault("500", operation="DeleteProject", times=0))
    result, _ = world.attempt(2)
    assert result.status == "gated"


def test_a_long_name_that_went_with_its_source_takes_no_strangers_name(make_world: MakeWorld) -> None:
    long = "A name that is longer than the own name"
    world = make_world(if_exists="replace")
    world.emulator.rename(world.dev, world.source, long)
    world.at(world.request("UpdateProject", 1), "kill-before").attempt()
    (copy,) = world.own()
    beginning = copy.name.partition(" [importing ")[0]
    # As marks of earlier versions are.
    world.emulator.describe(world.prod, copy.id, re.sub(r" (repository|name)=\S*", "", copy.description))
    stranger = world.emulator.add_project(world.prod, beginning)
    world.emulator.delete(world.dev, world.source)
    result, _ = world.attempt(2)
    assert result.status == "promoted"
    assert world.prod.projects[stranger.id].name == beginning
    assert result.outputs["project-name"] == f"{beginning} (1)"
    assert "::warning title=The copy's wanted name is not known any more" in result.log


def test_the_mark_knows_a_long_name_when_its_source_is_gone(make_world: MakeWorld) -> None:
    long = "A name that is longer than the own name"
    world = make_world(if_exists="replace")
    world.emulator.rename(world.dev, world.source, long)
    world.at(world.request("UpdateProject", 1), "kill-before").attempt()
    world.emulator.delete(world.dev, world.source)
    result, _ = world.attempt(2)
    assert (result.status, result.outputs["project-name"]) == ("promoted", long)

"""Step 1: what this run has made already is looked for first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.promotions import fill, killed_before_naming, mark, unnamed
from tests.support.world import NAME

if TYPE_CHECKING:
    from datetime import datetime

    from emulator import Project
    from tests.support.world import MakeWorld, World


def twin(world: World, copy: Project, name: str, created: datetime, *, marked: bool = True) -> Project:
    """Another copy of the run, as if it had been made at that time."""
    clone = world.emulator.clone(world.prod, copy.id, name)
    clone.created = created
    world.emulator.describe(world.prod, clone.id, copy.description.replace(copy.id, clone.id) if marked else "")
    return clone


@pytest.mark.clause("1.1", "1.3", "7.11")
def test_a_committed_copy_is_named_without_an_import(make_world: MakeWorld) -> None:
    world = killed_before_naming(make_world)
    world.emulator.log.clear()
    result, _ = world.attempt(2)
    assert result.status == "promoted"
    assert result.outputs["project-name"] == NAME
    assert (result.outputs["image-count"], result.outputs["tag-count"]) == ("14", "2")
    assert "ImportProject" not in [logged.operation for logged in world.emulator.log]


@pytest.mark.clause("1.1", "1.3", "7.11")
def test_a_committed_copy_is_named_whatever_the_gates_say_now(make_world: MakeWorld) -> None:
    world = killed_before_naming(make_world, min_recall="0.1")
    world.inputs["min-recall"] = "1"
    assert world.attempt(2)[0].status == "promoted"


@pytest.mark.clause("1.1", "6.2")
@pytest.mark.parametrize("marked", [True, False])
def test_a_finished_copy_goes_before_an_older_unfinished_one(make_world: MakeWorld, *, marked: bool) -> None:
    world = make_world()
    first, _ = world.attempt()
    copy = world.prod.projects[first.outputs["project-id"]]
    other = twin(world, copy, world.own_name(), world.prod.projects[copy.id].created.replace(hour=1), marked=marked)
    second, _ = world.attempt(2)
    assert (second.status, second.outputs["project-id"]) == ("promoted", copy.id)
    assert other.id not in world.prod.projects


@pytest.mark.clause("1.1", "6.2")
def test_a_committed_copy_goes_before_an_older_unmarked_one(make_world: MakeWorld) -> None:
    world = make_world()
    copy = unnamed(world)
    other = twin(world, copy, world.own_name(), copy.created.replace(hour=1), marked=False)
    result, _ = world.attempt(2)
    assert (result.status, result.outputs["project-id"]) == ("promoted", copy.id)
    assert other.id not in world.prod.projects


@pytest.mark.clause("1.2", "3.2")
def test_a_copy_another_job_has_finished_meanwhile_is_the_runs(make_world: MakeWorld) -> None:
    world = make_world(wait_minutes="0.01")
    first, _ = world.attempt()
    copy = first.outputs["project-id"]
    world.inputs.pop("wait-minutes")
    finished: list[str] = []

    def other_job() -> None:
        world.inputs.pop("min-recall")  # it has no gate
        result, _ = world.attempt(2)
        finished.append(result.status)

    world.inputs["min-recall"] = "1"
    gate = world.request("GetIterationPerformance", attempt=2)
    second, _ = world.at(gate, other_job).attempt(2)
    assert finished == ["promoted"]
    assert (second.status, second.outputs["project-id"]) == ("promoted", copy)
    assert world.prod.projects[copy].name == NAME


@pytest.mark.clause("1.4", "4.1")
def test_an_own_import_takes_the_last_room_and_needs_no_other(make_world: MakeWorld) -> None:
    world = make_world(wait_minutes="0.01")
    world.attempt()
    world.inputs.pop("wait-minutes")
    fill(world)
    assert world.attempt(2)[0].status == "promoted"


@pytest.mark.clause("1.2", "7.8")
def test_a_finished_copy_that_a_person_renamed_keeps_that_name(make_world: MakeWorld) -> None:
    world = make_world(if_exists="replace")
    copy = world.attempt()[0].outputs["project-id"]
    world.emulator.rename(world.prod, copy, "Production")
    assert world.attempt(2)[0].outputs["project-name"] == "Production"


@pytest.mark.clause("1.2", "8.1")
def test_a_green_run_run_again_leaves_its_publish_name(make_world: MakeWorld) -> None:
    world = make_world(publish_name="live", prediction_resource_id="{prediction}", iteration="one")
    result, _ = world.attempt()
    copy = world.prod.projects[result.outputs["project-id"]]
    published = result.outputs["iteration-id"]
    for iteration in copy.iterations:  # a person's doing: two of one name
        iteration.name = result.outputs["iteration-name"]
    again, _ = world.attempt(2)
    assert (again.status, again.outputs["iteration-id"]) == ("promoted", published)
    assert [iteration.id for iteration in copy.published] == [published]


@pytest.mark.clause("1.2", "8.1")
def test_what_is_left_of_publishing_is_done_on_a_re_run(make_world: MakeWorld) -> None:
    world = make_world(publish_name="live", prediction_resource_id="{prediction}")
    first, _ = world.attempt()
    world.emulator.unpublish(world.prod, first.outputs["project-id"])
    world.emulator.publish(world.prod, first.outputs["project-id"], "live", iteration="one")
    second, _ = world.attempt(2)
    assert second.outputs["publish-name"] == "live"
    published = {i.name: i.publish_name for i in world.prod.projects[first.outputs["project-id"]].iterations}
    assert published == {"one": None, "two": "live"}


@pytest.mark.clause("1.3", "7.11")
def test_a_committed_copy_without_its_iteration_needs_a_new_run(make_world: MakeWorld) -> None:
    """No other input helps, so the text names none."""
    world = killed_before_naming(make_world, publish_name="live", prediction_resource_id="{prediction}")
    (copy,) = world.own()
    copy.iterations.clear()
    result, _ = world.attempt(2)
    assert result.status == "failed"
    assert "::error title=The copy has lost the chosen iteration" in result.log
    assert "start a new run, not a re-run" in result.log
    assert world.attempt(run_id="2")[0].status == "promoted"


@pytest.mark.clause("1.3", "7.11")
def test_a_source_that_changed_since_is_a_warning_with_its_date(make_world: MakeWorld) -> None:
    world = killed_before_naming(make_world)
    world.emulator.train(world.dev, world.source)
    result, _ = world.attempt(2)
    assert result.status == "promoted"
    assert "::warning title=The source has changed since it was copied" in result.log
    assert "holds the source as of 2026-11-2" in result.log


@pytest.mark.clause("1.2", "7.7")
def test_a_re_run_names_the_same_predecessor(make_world: MakeWorld) -> None:
    world = make_world()
    earlier, _ = world.attempt(run_id="1")
    world.clock.advance(60)
    first, _ = world.attempt()
    second, _ = world.attempt(2)
    assert first.outputs["previous-project-id"] == earlier.outputs["project-id"]
    assert second.outputs["previous-project-id"] == earlier.outputs["project-id"]
    assert mark(world, first.outputs["project-id"]).previous == earlier.outputs["project-id"]

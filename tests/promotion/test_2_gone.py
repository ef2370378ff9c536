"""Step 2: a source that is asked for by the id in a mark, and a move that was done before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.promotions import LAG, NFC, NFD, by_name, killed_before_naming
from tests.support.world import NAME

if TYPE_CHECKING:
    from tests.support.world import MakeWorld, World


def moved_by_name(make_world: MakeWorld, **inputs: str) -> World:
    """An earlier run has moved the project of that name; a new project has the name now."""
    world = make_world(if_exists="sync", delete_source="true", source_project_name=NAME, **inputs)
    del world.inputs["source-project-id"]
    earlier, _ = world.attempt(run_id="800")
    assert earlier.status == "promoted"
    assert world.source not in world.dev.projects
    return world


@pytest.mark.clause("2.3", "8.8")
def test_a_source_given_by_name_is_resumed_by_its_id(make_world: MakeWorld) -> None:
    world = make_world(delete_source="true", target_project_name=NAME)
    world.inputs |= {"source-project-id": "", "source-project-name": NAME}
    first, _ = world.attempt()
    another = world.emulator.add_project(world.dev, NAME)
    second, _ = world.attempt(2)
    assert (second.status, second.outputs["project-id"]) == ("promoted", first.outputs["project-id"])
    assert another.id in world.dev.projects, "a new project of the name is not the source"


@pytest.mark.clause("2.3")
@pytest.mark.parametrize("name", ["", "Another name"])
def test_a_source_that_is_gone_is_a_warning(make_world: MakeWorld, name: str) -> None:
    world = killed_before_naming(make_world, target_project_name=name)
    world.emulator.delete(world.dev, world.source)
    result, _ = world.attempt(2)
    assert result.status == "promoted"
    assert "::warning title=The source is gone" in result.log
    assert result.outputs["project-name"] == (name or NAME)


@pytest.mark.clause("2.3")
def test_a_move_whose_source_is_gone_already_is_a_success(make_world: MakeWorld) -> None:
    world = make_world(delete_source="true")
    first, _ = world.attempt()
    second, _ = world.attempt(2)
    assert second.status == "promoted"
    assert second.outputs["project-id"] == first.outputs["project-id"]


@pytest.mark.clause("2.3")
def test_a_source_that_is_gone_is_a_moves_success_and_no_warning(make_world: MakeWorld) -> None:
    world = make_world(delete_source="true")
    world.attempt()
    result, _ = world.attempt(2)
    assert result.status == "promoted"
    assert "::warning" not in result.log


@pytest.mark.clause("2.3", "3.2")
def test_a_move_whose_copy_the_first_listing_hides_is_a_success(
    make_world: MakeWorld,
) -> None:
    world = make_world(delete_source="true")
    world.at(world.request("DeleteProject"), "kill-after").attempt()
    world.emulator.behaviour.listing_lag = LAG
    second, _ = world.attempt(2)
    (copy,) = world.own()
    assert (second.status, second.outputs["project-id"]) == ("promoted", copy.id)


@pytest.mark.clause("2.4")
@pytest.mark.parametrize("by", ["id", "name"])
@pytest.mark.parametrize("killed", [False, True])
def test_a_move_of_an_unchanged_copy_succeeds_when_run_again(make_world: MakeWorld, killed: bool, by: str) -> None:
    world = make_world(if_exists="sync")
    if by == "name":
        world.inputs |= {"source-project-id": "", "source-project-name": NAME}
    first, _ = world.attempt(run_id="1")
    world.inputs["delete-source"] = "true"
    if killed:
        world.at(world.request("DeleteProject"), "kill-after")
    moved, _ = world.attempt(run_id="2")
    assert moved.status == ("" if killed else "unchanged")
    assert world.source not in world.dev.projects
    again, _ = world.attempt(2, run_id="2")
    assert (again.status, again.outputs["project-id"]) == ("unchanged", first.outputs["project-id"])
    assert again.outputs["source-project-id"] == world.source


@pytest.mark.clause("2.4")
@pytest.mark.parametrize("why", ["another run", "no move", "no sync", "another source", "still there"])
def test_a_source_that_is_gone_is_a_success_only_for_a_done_move(make_world: MakeWorld, why: str) -> None:
    world = make_world(if_exists="sync")
    world.attempt(run_id="1")
    world.inputs["delete-source"] = "true"
    world.emulator.delete(world.dev, world.source)
    attempt = 1 if why == "another run" else 2
    if why == "no move":
        world.inputs["delete-source"] = "false"
    if why == "no sync":
        world.inputs["if-exists"] = "replace"
    if why == "another source":
        world.inputs["source-project-id"] = "11111111-2222-4333-8444-555555555555"
    if why == "still there":
        world.inputs |= {"source-project-id": "", "source-project-name": "Nobody"}
    result, _ = world.attempt(attempt, run_id="2")
    assert result.status == "failed"


@pytest.mark.clause("2.4")
def test_a_missed_gate_of_another_source_is_no_move_done_before(make_world: MakeWorld) -> None:
    """Without the rule: a re-run of a `sync` move that is stopped by a decision about a source that IS there ends as
    `unchanged`, exit 0, because an earlier run had moved another source of that name."""
    world = moved_by_name(make_world)
    world.emulator.add_project(world.dev, NAME, tags={"Apple": 5}, iterations=("one",))
    world.clock.advance(60)
    world.inputs["min-precision"] = "1"
    assert world.attempt()[0].status == "gated"
    second, _ = world.attempt(2)
    assert (second.status, second.exit_code) == ("gated", 1)


@pytest.mark.clause("2.4")
def test_two_sources_of_the_name_are_no_move_done_before(make_world: MakeWorld) -> None:
    world = moved_by_name(make_world)
    for _ in range(2):
        world.emulator.add_project(world.dev, NAME, tags={"Apple": 5}, iterations=("one",))
    world.clock.advance(60)
    assert world.attempt()[0].status == "failed"
    assert world.attempt(2)[0].status == "failed"


@pytest.mark.clause("2.4")
def test_a_source_in_another_form_is_no_move_done_before(make_world: MakeWorld) -> None:
    world = by_name(make_world(if_exists="sync", delete_source="true", target_project_name="Copy"), NFC)
    world.emulator.rename(world.dev, world.source, NFC)
    assert world.attempt(run_id="800")[0].status == "promoted"
    world.emulator.add_project(world.dev, NFD, tags={"Apple": 5}, iterations=("one",))
    world.clock.advance(60)
    world.inputs["min-precision"] = "1"
    assert world.attempt()[0].status == "gated"
    assert world.attempt(2)[0].status == "gated"


@pytest.mark.clause("2.4")
def test_a_move_done_before_is_found_in_another_form(make_world: MakeWorld) -> None:
    world = make_world(if_exists="sync", target_project_name=NFC)
    copy = world.attempt(run_id="800")[0].outputs["project-id"]
    world.emulator.rename(world.prod, copy, NFD)
    world.clock.advance(7200)
    world.inputs["delete-source"] = "true"
    world.at(world.request("DeleteProject", -1), "kill-after").attempt()
    assert world.source not in world.dev.projects
    second, _ = world.attempt(2)
    assert (second.status, second.outputs["project-id"]) == ("unchanged", copy)


@pytest.mark.clause("2.4", "8.1")
def test_a_move_done_before_does_not_publish_another_iteration(make_world: MakeWorld) -> None:
    """Without the rule: the re-run of a `sync` move that was killed after the source's deletion publishes the iteration
    of the old run's mark over the one that this run's first attempt has published."""
    world = make_world(if_exists="sync", delete_source="true")
    del world.inputs["delete-source"]
    assert world.attempt(run_id="800")[0].status == "promoted"  # its mark says: two
    world.clock.advance(7200)
    world.inputs |= {
        "delete-source": "true",
        "iteration": "one",
        "publish-name": "live",
        "prediction-resource-id": world.prod.prediction_resource_id,
    }
    world.at(world.request("DeleteProject", -1), "kill-after").attempt()
    assert world.source not in world.dev.projects
    (copy,) = [project for project in world.prod.projects.values() if project.name == NAME]
    assert [iteration.name for iteration in copy.published] == ["one"]
    second, _ = world.attempt(2)
    assert second.status == "unchanged"
    assert [iteration.name for iteration in copy.published] == ["one"]
    assert second.outputs["iteration-name"] == "one"


@pytest.mark.clause("2.4", "0.8")
def test_a_move_done_before_is_found_though_another_work_copied(make_world: MakeWorld) -> None:
    world = make_world(if_exists="sync", target_project_name=NAME, source_project_name=NAME)
    del world.inputs["source-project-id"]
    assert world.attempt(run_id="800")[0].status == "promoted"
    world.clock.advance(7200)
    del world.inputs["source-project-name"]
    world.inputs |= {"source-project-id": world.source, "delete-source": "true"}
    world.at(world.request("DeleteProject", -1), "kill-after").attempt()
    assert world.source not in world.dev.projects
    assert world.attempt(2)[0].status == "unchanged"

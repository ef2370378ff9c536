"""Corners where two rules of the protocol meet: each is a trace that a review found, told above its test."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from cvaction.rules.mark import mark_of
from emulator import Fault
from tests.support.world import NAME, as_seen

if TYPE_CHECKING:
    from tests.support.in_process import Result
    from tests.support.world import World
    from tests.unit.steps.conftest import MakeWorld

PUBLISHING = {"publish_name": "live", "prediction_resource_id": "{prediction}"}


def own_ids(world: World) -> list[str]:
    return [project.id for project in world.own()]


# A re-run of a `sync` move that is stopped by a decision about a source that IS there ends as `unchanged`, exit 0,
# because an earlier run had moved another source of that name.


def moved_by_name(make_world: MakeWorld, **inputs: str) -> World:
    """An earlier run has moved the project of that name; a new project has the name now."""
    world = make_world(if_exists="sync", delete_source="true", source_project_name=NAME, **inputs)
    del world.inputs["source-project-id"]
    earlier, _ = world.attempt(run_id="800")
    assert earlier.status == "promoted"
    assert world.source not in world.dev.projects
    return world


def test_a_missed_gate_of_another_source_is_no_move_that_was_done_before(make_world: MakeWorld) -> None:
    world = moved_by_name(make_world)
    world.emulator.add_project(world.dev, NAME, tags={"Apple": 5}, iterations=("one",))
    world.clock.advance(60)
    world.inputs["min-precision"] = "1"
    assert world.attempt()[0].status == "gated"
    second, _ = world.attempt(2)
    assert (second.status, second.exit_code) == ("gated", 1)


def test_two_sources_of_the_name_are_no_move_that_was_done_before(make_world: MakeWorld) -> None:
    world = moved_by_name(make_world)
    for _ in range(2):
        world.emulator.add_project(world.dev, NAME, tags={"Apple": 5}, iterations=("one",))
    world.clock.advance(60)
    assert world.attempt()[0].status == "failed"
    assert world.attempt(2)[0].status == "failed"


# The re-run of a `sync` move that was killed after the source's deletion publishes the iteration of the old
# run's mark over the one that this run's first attempt has published.


def test_a_move_done_before_does_not_publish_another_iteration(make_world: MakeWorld) -> None:
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


def test_a_move_done_before_is_found_though_another_work_has_made_the_copy(make_world: MakeWorld) -> None:
    world = make_world(if_exists="sync", target_project_name=NAME, source_project_name=NAME)
    del world.inputs["source-project-id"]
    assert world.attempt(run_id="800")[0].status == "promoted"
    world.clock.advance(7200)
    del world.inputs["source-project-name"]
    world.inputs |= {"source-project-id": world.source, "delete-source": "true"}
    world.at(world.request("DeleteProject", -1), "kill-after").attempt()
    assert world.source not in world.dev.projects
    assert world.attempt(2)[0].status == "unchanged"


# What was found out of a copy that is removed is told of the one that is kept, or of none.


def checks(result: Result) -> Any:
    return result.report["checks"]


def test_the_checks_of_a_removed_copy_are_not_told_of_a_marked_twin(make_world: MakeWorld) -> None:
    world = make_world()
    world.at(world.request("UpdateProject", 1), "kill-before").attempt()
    (committed,) = own_ids(world)
    world.emulator.behaviour.listing_lag = 12.0
    result, _ = world.attempt(2)
    assert result.outputs["project-id"] == committed
    assert checks(result) == []  # as after any other resumption: this attempt has proved another copy


def test_the_checks_of_an_existing_copy_are_not_told_of_late_work(make_world: MakeWorld) -> None:
    world = make_world(if_exists="sync")
    world.at(world.request("UpdateProject", 1), "kill-before").attempt()
    (committed,) = own_ids(world)
    world.attempt(run_id="901")  # another run of this work is quicker

    # The first listing of the re-run hides the committed copy, though not the other run's.
    def hide() -> None:
        hidden["project"] = world.prod.projects.pop(committed)

    def show() -> None:
        world.prod.projects[committed] = hidden["project"]

    hidden: dict[str, Any] = {}
    result, _ = world.at(0, hide).at(1, show).attempt(2)
    assert result.outputs["project-id"] == committed
    assert checks(result) == []


def test_the_counts_of_a_broken_import_are_not_told_of_the_one_in_its_place(make_world: MakeWorld) -> None:
    world = make_world()
    world.emulator.behaviour.import_outcomes = ["lose-image", "never"]
    world.at(world.request("ImportProject"), "kill-after").attempt()
    broken = own_ids(world)
    world.inputs["wait-minutes"] = "1"
    result, _ = world.attempt(2)
    assert result.status == "importing"
    assert own_ids(world) == [result.outputs["project-id"]] != broken
    assert (result.outputs["image-count"], result.outputs["tag-count"], checks(result)) == ("", "", [])


def test_a_broken_import_that_was_removed_is_not_output(make_world: MakeWorld) -> None:
    world = make_world()
    world.emulator.behaviour.import_outcomes = ["lose-image"]
    world.at(world.request("ImportProject"), "kill-after").attempt()
    world.emulator.faults.add(Fault("401", operation="ExportProject"))
    result, _ = world.attempt(2)
    assert (result.status, own_ids(world)) == ("failed", [])
    assert (result.outputs["project-id"], result.outputs["image-count"]) == ("", "")


def test_outputs_of_two_twins_are_not_mixed(make_world: MakeWorld) -> None:
    world = make_world(**PUBLISHING)
    world.emulator.behaviour.import_outcomes = ["ok"]
    world.emulator.behaviour.listing_lag = 12.0
    world.emulator.faults.add(Fault("503-after", operation="ImportProject"))
    look = world.request("GetTags", -1)  # of the source, of our copy, of its twin
    result, _ = world.at(look, "401").attempt()
    assert result.status == "failed"
    assert len(own_ids(world)) == 2
    assert result.outputs["prediction-url"]
    assert result.outputs["project-id"] in result.outputs["prediction-url"]


# A mark that is refused takes the valid one away that the copy had: under its numbered name nobody finds it again.


@pytest.mark.parametrize("limit", ["rejects_long_description", "cuts_long_description"])
def test_a_mark_that_cannot_be_written_anew_leaves_the_one_there_was(make_world: MakeWorld, limit: str) -> None:
    world = make_world("suffix", if_exists="replace")
    probe = world.copy()
    probe.attempt()
    (copy,) = probe.own()
    mark = mark_of(as_seen(copy))
    assert mark is not None
    room = len("Made by people.\n" + mark.line(short=True))
    setattr(world.emulator.behaviour, limit, room)
    number = world.request("UpdateProject", 2)  # long mark, short mark, name

    def take() -> None:
        world.emulator.add_project(world.prod, NAME, description="A stranger's.")

    first, _ = world.at(number, take).attempt()
    assert first.status == "failed"
    assert first.outputs["project-name"] == f"{NAME} (1)"
    setattr(world.emulator.behaviour, limit, None)
    for attempt in (2, 3):
        assert world.attempt(attempt)[0].status == "promoted"
    copies = [p.name for p in world.prod.projects.values() if p.entry.description != "A stranger's."]
    assert len([name for name in copies if name.startswith(NAME)]) == 1, copies


# `previous` is the only id of a mark that is not put into lower case.


def test_an_id_in_upper_case_in_a_mark_does_not_stop_a_re_run(make_world: MakeWorld) -> None:
    world = make_world(if_exists="replace")
    old = world.emulator.add_project(world.prod, NAME).id
    world.clock.advance(60)
    first, _ = world.attempt()
    copy = world.prod.projects[first.outputs["project-id"]]
    world.emulator.describe(world.prod, copy.id, copy.entry.description.replace(old, old.upper()))
    second, _ = world.attempt(2)
    assert second.status == "promoted"
    assert second.outputs["previous-project-id"] == old


# A name that is taken by this run's own failed import is refused for good, though the look has just freed it.


def test_an_import_is_sent_again_where_the_look_has_removed_what_held_its_name(make_world: MakeWorld) -> None:
    world = make_world("refuse")
    world.emulator.behaviour.import_outcomes = ["failed"]
    world.at(world.request("ImportProject"), "kill-after").attempt()
    world.clock.advance(10)
    world.emulator.behaviour.listing_lag = 13.0
    result, _ = world.attempt(2)
    assert result.status == "promoted", result.log
    assert own_ids(world) == [result.outputs["project-id"]]


def test_an_import_is_sent_again_where_the_look_has_made_room(make_world: MakeWorld) -> None:
    world = make_world()
    world.emulator.behaviour.import_outcomes = ["failed"]
    world.at(world.request("ImportProject"), "kill-after").attempt()
    world.clock.advance(10)
    world.emulator.behaviour.listing_lag = 13.0
    world.emulator.faults.add(Fault("code:BadRequestExceedProjectLimit", operation="ImportProject"))
    result, _ = world.attempt(2)
    assert result.status == "promoted", result.log
    assert own_ids(world) == [result.outputs["project-id"]]


# A project from which nobody took the name is given it.


def test_the_name_is_given_back_only_to_a_project_that_lost_it_to_this_run(make_world: MakeWorld) -> None:
    world = make_world(if_exists="replace")
    world.attempt(run_id="700")
    world.clock.advance(7200)
    world.attempt(run_id="800")
    world.clock.advance(7200)
    (dated,) = [project for project in world.prod.projects.values() if project.name.startswith(f"{NAME} (replaced")]
    (holder,) = [project for project in world.prod.projects.values() if project.name == NAME]
    world.emulator.delete(world.prod, holder.id)  # a person has put it out of use
    before = dated.name
    result, _ = world.at(world.request("UpdateProject", 1), "code:BadRequestProjectName").attempt()
    assert result.status == "failed"
    assert world.prod.projects[dated.id].name == before


# A plan of a run whose copy is proved and whose source is gone says that it stops.


def test_a_plan_tells_that_a_proved_copy_is_gone_on_with_though_its_source_is_gone(make_world: MakeWorld) -> None:
    world = make_world(delete_source="true", target_project_name=NAME)
    world.at(world.request("DeleteProject", -1), "kill-after").attempt()
    assert world.source not in world.dev.projects
    real, _ = world.copy().attempt(2)
    assert real.status == "promoted"
    world.inputs["dry-run"] = "true"
    result, _ = world.attempt(2)
    assert result.status == "planned", json.dumps(result.report["plan"])

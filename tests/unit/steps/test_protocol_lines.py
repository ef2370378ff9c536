"""What belongs together goes by the mark, not by how the inputs spell it; slots, and what other runs have begun."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from emulator import Fault
from tests.support.world import NAME

if TYPE_CHECKING:
    from tests.support.world import World
    from tests.unit.steps.conftest import MakeWorld

SPELLINGS = ("name given", "by name", "both", "name left out")


def spell(world: World, how: str) -> None:
    """The same promotion in other words."""
    world.inputs.pop("target-project-name", None)
    world.inputs |= {"source-project-id": world.source, "source-project-name": ""}
    if how in {"name given", "both"}:
        world.inputs["target-project-name"] = NAME
    if how in {"by name", "both"}:
        world.inputs |= {"source-project-id": "", "source-project-name": NAME}


def promoted(world: World, run_id: str) -> dict[str, str]:
    result, _ = world.attempt(run_id=run_id)
    assert result.status == "promoted", result.log
    world.clock.advance(3600)
    world.emulator.train(world.dev, world.source)
    return result.outputs


@pytest.mark.parametrize("how", SPELLINGS)
def test_earlier_copies_count_however_the_inputs_are_spelled(make_world: MakeWorld, how: str) -> None:
    world = make_world(keep_previous="1", max_regression="0.9")
    first = promoted(world, "1")["project-id"]
    spell(world, how)
    second = promoted(world, "2")
    assert second["previous-project-id"] == first
    assert "not applied, first copy" not in second["report"]
    spell(world, "both" if how == "name given" else "name given")
    third = promoted(world, "3")
    assert third["previous-project-id"] == second["project-id"]
    assert first not in world.prod.projects


@pytest.mark.parametrize("other", ["target-project-name", "repository", "source"])
def test_copies_of_another_line_do_not_count(make_world: MakeWorld, other: str) -> None:
    world = make_world(keep_previous="1")
    first, second = promoted(world, "1"), promoted(world, "2")
    if other == "target-project-name":
        world.inputs["target-project-name"] = "Another"
    elif other == "source":
        world.inputs["source-project-id"] = world.emulator.clone(world.dev, world.source, "Second").id
    else:
        for copy in list(world.prod.projects.values()):
            text = copy.description.replace("repository=1296269", "repository=7")
            world.emulator.describe(world.prod, copy.id, text)
        world.inputs["target-project-name"] = NAME
    result, _ = world.attempt(run_id="3")
    assert (result.status, result.outputs["previous-project-id"]) == ("promoted", "")
    assert {first["project-id"], second["project-id"]} <= set(world.prod.projects)


def test_a_mark_of_an_earlier_version_counts_by_its_work(make_world: MakeWorld) -> None:
    world = make_world(keep_previous="1")
    first = promoted(world, "1")["project-id"]
    text = world.prod.projects[first].description
    world.emulator.describe(world.prod, first, re.sub(r" (repository|name)=\S*", "", text))
    assert promoted(world, "2")["previous-project-id"] == first
    spell(world, "both")
    world.emulator.behaviour.listing_lag = 0.0
    assert promoted(world, "3")["previous-project-id"] != first


@pytest.mark.parametrize("policy", ["replace", "sync", "new"])
def test_keep_previous_0_keeps_none_and_two_slots_are_enough_for_ever(make_world: MakeWorld, policy: str) -> None:
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


def test_keep_previous_0_tells_the_previous_that_could_not_be_deleted(make_world: MakeWorld) -> None:
    world = make_world(if_exists="replace", keep_previous="0")
    first = promoted(world, "1")["project-id"]
    world.emulator.faults.add(Fault("code:BadRequestInvalidIds", operation="DeleteProject", times=0))
    result, _ = world.attempt(run_id="2")
    assert (result.status, result.outputs["previous-project-id"]) == ("promoted", first)
    assert "::warning title=An earlier copy could not be deleted" in result.log


def test_a_plan_tells_that_keep_previous_0_deletes_the_copy_in_use(make_world: MakeWorld) -> None:
    world = make_world(if_exists="replace", keep_previous="0")
    first = promoted(world, "1")["project-id"]
    world.inputs["dry-run"] = "true"
    result, _ = world.attempt(run_id="2")
    assert any("Delete the older copy" in step and first in step for step in result.report["plan"])


@pytest.mark.parametrize("dry_run", ["false", "true"])
def test_a_young_unfinished_import_of_another_run_is_told_with_id_and_age(make_world: MakeWorld, dry_run: str) -> None:
    world = make_world(dry_run=dry_run)
    young = world.emulator.add_project(world.prod, world.own_name("5"), status="Importing")
    world.clock.advance(2 * 3600)
    result, _ = world.attempt()
    told = [warning for warning in result.report["warnings"] if young.id in warning]
    assert len(told) == 1
    assert "begun 2 h 00 min ago" in told[0]
    assert young.id in world.prod.projects
    assert any(young.id in step and "2 h 00 min" in step for step in result.report["plan"]) is (dry_run == "true")


def test_a_full_target_tells_the_young_import_that_holds_a_slot(make_world: MakeWorld) -> None:
    world = make_world()
    young = world.emulator.add_project(world.prod, world.own_name("5"), status="Importing")
    world.prod.tier = "F0"
    result, _ = world.attempt()
    assert result.status == "failed"
    assert any(young.id in warning for warning in result.report["warnings"])


def test_a_copy_of_a_run_still_at_work_is_not_called_one_of_an_earlier_run(make_world: MakeWorld) -> None:
    world = make_world()
    world.attempt(run_id="5")
    (copy,) = world.own("5")
    world.emulator.rename(world.prod, copy.id, world.own_name("5"))
    result, _ = world.attempt()
    assert any("another run of this work, which may still be running" in w for w in result.report["warnings"])


def test_two_jobs_of_one_run_at_the_same_time_are_told(make_world: MakeWorld) -> None:
    world = make_world()
    results = []

    def second_job(_wire: object) -> None:
        results.append(world.attempt()[0])

    result, _ = world.attempt(plan={9: second_job})
    assert [one.status for one in (result, *results)] == ["promoted", "promoted"]
    assert len(world.own()) == 2
    told = [warning for warning in result.report["warnings"] if results[0].outputs["project-id"] in warning]
    assert len(told) == 1
    assert "concurrency" in told[0]

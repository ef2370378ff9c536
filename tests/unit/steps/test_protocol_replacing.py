"""Clauses of docs/protocol.md, step 7 with `replace`, that no other test holds: predecessors, late copies, giving back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from emulator import Fault
from tests.support.world import NAME
from tests.unit.steps.test_protocol_naming import OTHER, mark, name_of, renames, unnamed

if TYPE_CHECKING:
    from tests.unit.steps.conftest import MakeWorld


def test_replace_renames_the_holders_oldest_first_and_then_the_copy(make_world: MakeWorld) -> None:
    world = make_world(if_exists="replace")
    holders = []
    for _ in range(3):
        holders.append(world.emulator.add_project(world.prod, NAME).id)
        world.clock.advance(5)
    copy = world.attempt()[0].outputs["project-id"]
    assert renames(world) == [copy, *holders, copy]


def test_a_holder_that_came_meanwhile_is_written_into_the_mark_before_anything_is_renamed(
    make_world: MakeWorld,
) -> None:
    world = make_world(if_exists="replace")
    old = world.emulator.add_project(world.prod, NAME)
    number = world.request("UpdateProject")
    came: list[str] = []
    result, _ = world.at(number, lambda: came.append(world.emulator.add_project(world.prod, NAME).id)).attempt()
    copy = result.outputs["project-id"]
    assert renames(world) == [copy, copy, old.id, came[0], copy]
    assert result.outputs["previous-project-id"] == mark(world, copy).previous == came[0]
    assert result.outputs["project-name"] == NAME, "who has no mark is not a newer copy"


@pytest.mark.parametrize("rule", ["allow", "suffix", "refuse"])
def test_replace_ends_as_the_only_holder_though_the_name_is_taken_in_the_last_moment(
    make_world: MakeWorld, rule: str
) -> None:
    world = make_world(rule, if_exists="replace")
    world.emulator.add_project(world.prod, NAME)
    number = world.request("UpdateProject", -1)
    result, _ = world.at(number, lambda: world.emulator.add_project(world.prod, NAME)).attempt()
    assert result.outputs["project-name"] == NAME
    assert [project.id for project in world.prod.projects.values() if project.name == NAME] == [
        result.outputs["project-id"]
    ]


def test_a_copy_that_has_the_name_keeps_its_predecessor(make_world: MakeWorld) -> None:
    world = make_world(if_exists="replace")
    old = world.emulator.add_project(world.prod, NAME)
    copy = world.attempt()[0].outputs["project-id"]
    late = world.emulator.add_project(world.prod, NAME)
    again, _ = world.attempt(2)
    assert (again.outputs["project-name"], again.outputs["previous-project-id"]) == (NAME, old.id)
    assert mark(world, copy).previous == old.id
    assert "(replaced" in name_of(world, late.id)


def test_a_finished_copy_that_a_person_renamed_keeps_that_name(make_world: MakeWorld) -> None:
    world = make_world(if_exists="replace")
    copy = world.attempt()[0].outputs["project-id"]
    world.emulator.rename(world.prod, copy, "Production")
    assert world.attempt(2)[0].outputs["project-name"] == "Production"


def test_a_suffix_that_a_killed_attempt_got_is_settled_by_the_re_run(make_world: MakeWorld) -> None:
    world = make_world("suffix", if_exists="replace")
    number = world.request("UpdateProject", 1)

    # The kill comes right after the answer.
    world.at(number, lambda: world.emulator.add_project(world.prod, NAME)).at(number + 1, "kill-before").attempt()
    (copy,) = world.own()
    assert copy.name == f"{NAME} (1)"
    assert world.attempt(2)[0].outputs["project-name"] == NAME


def test_a_holder_that_is_deleted_meanwhile_is_no_failure(make_world: MakeWorld) -> None:
    world = make_world(if_exists="replace")
    old = world.emulator.add_project(world.prod, NAME)
    result, _ = world.at(world.request("UpdateProject", 1), lambda: world.emulator.delete(world.prod, old.id)).attempt()
    assert (result.status, result.outputs["project-name"]) == ("promoted", NAME)


def test_a_copy_that_comes_late_takes_the_dated_name_and_warns(make_world: MakeWorld) -> None:
    world = make_world(if_exists="replace")
    late = unnamed(world)
    newer = world.attempt(run_id=OTHER)[0].outputs["project-id"]
    result, _ = world.attempt(2)
    assert name_of(world, newer) == NAME
    assert name_of(world, late.id).startswith(f"{NAME} (replaced ")
    assert result.outputs["project-name"] == name_of(world, late.id)
    assert "::warning title=A newer copy has the name" in result.log


def test_the_source_is_never_renamed_though_it_holds_the_name_by_now(make_world: MakeWorld) -> None:
    world = make_world(if_exists="replace", target_project_name="Copy")
    world.inputs |= {"target-endpoint": world.inputs["source-endpoint"], "target-key": world.inputs["source-key"]}
    number = world.request("UpdateProject")
    result, _ = world.at(number, lambda: world.emulator.rename(world.dev, world.source, "Copy")).attempt()
    assert (result.status, result.outputs["project-name"]) == ("promoted", "Copy")
    assert world.dev.projects[world.source].name == "Copy"


def test_when_naming_fails_only_the_newest_holder_gets_the_name_back(make_world: MakeWorld) -> None:
    world = make_world(if_exists="replace")
    older = world.emulator.add_project(world.prod, NAME)
    world.clock.advance(5)
    newest = world.emulator.add_project(world.prod, NAME)
    world.emulator.faults.add(Fault("code:BadRequestProjectName", operation="UpdateProject", skip=3))
    assert world.attempt()[0].status == "failed"
    assert name_of(world, newest.id) == NAME
    assert "(replaced" in name_of(world, older.id)


def test_a_predecessor_that_a_person_renamed_is_not_given_the_name(make_world: MakeWorld) -> None:
    world = make_world(if_exists="replace")
    old = world.emulator.add_project(world.prod, NAME)
    unnamed(world)
    world.emulator.rename(world.prod, old.id, "Set aside")
    world.emulator.faults.add(Fault("code:BadRequestProjectName", operation="UpdateProject"))
    assert world.attempt(2)[0].status == "failed"
    assert name_of(world, old.id) == "Set aside"


def test_a_copy_that_has_the_name_keeps_it_though_the_last_check_breaks(make_world: MakeWorld) -> None:
    world = make_world(if_exists="replace")
    old = world.emulator.add_project(world.prod, NAME)
    result, _ = world.at(world.request("UpdateProject", -1) + 1, "401").attempt()
    assert result.status == "failed"
    assert name_of(world, result.outputs["project-id"]) == NAME
    assert "(replaced" in name_of(world, old.id)


def test_a_holder_that_could_not_be_renamed_keeps_the_name_alone(make_world: MakeWorld) -> None:
    world = make_world(if_exists="replace")
    older = world.emulator.add_project(world.prod, NAME)
    world.clock.advance(5)
    newest = world.emulator.add_project(world.prod, NAME)
    world.emulator.faults.add(Fault("code:BadRequestProjectDescription", operation="UpdateProject", skip=2))
    assert world.attempt()[0].status == "failed"
    assert name_of(world, newest.id) == NAME
    assert "(replaced" in name_of(world, older.id)


def test_a_long_name_that_is_still_known_is_taken_over_by_the_re_run(make_world: MakeWorld) -> None:
    long = "A name that is longer than the own name"
    world = make_world(if_exists="replace", target_project_name=long)
    old = world.emulator.add_project(world.prod, long)
    copy = unnamed(world)
    world.attempt(2)
    assert name_of(world, copy.id) == long
    assert name_of(world, old.id).startswith(f"{long} (replaced ")

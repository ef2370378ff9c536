"""Clauses of docs/protocol.md, step 7, that no other test holds: who has the name in the end, and in which order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cvaction.rules.mark import mark_of
from emulator import Fault
from tests.support.world import NAME, as_seen

if TYPE_CHECKING:
    from cvaction.rules.mark import Mark
    from emulator import Project
    from tests.support.world import World
    from tests.unit.steps.conftest import MakeWorld

OTHER = "901"


def name_of(world: World, project_id: str) -> str:
    return world.prod.projects[project_id].name


def renames(world: World) -> list[str]:
    """Whose projects were changed, in order."""
    return [logged.path.rpartition("/")[2] for logged in world.emulator.log if logged.operation == "UpdateProject"]


def mark(world: World, project_id: str) -> Mark:
    found = mark_of(as_seen(world.prod.projects[project_id]))
    assert found is not None
    return found


def unnamed(world: World, run_id: str = "900") -> Project:
    """Kill a run between commit and name; returns its copy."""
    world.at(world.request("UpdateProject", 1), "kill-before").attempt(run_id=run_id)
    (copy,) = world.own(run_id)
    return copy


@pytest.mark.parametrize("kind", ["code:BadRequestProjectNameNotUnique", "code:BadRequestProjectDuplicated", "409"])
def test_a_name_that_was_refused_once_is_tried_again(make_world: MakeWorld, kind: str) -> None:
    world = make_world()
    world.emulator.faults.add(Fault(kind, operation="UpdateProject", skip=1))
    assert world.attempt()[0].outputs["project-name"] == NAME


def test_new_takes_a_number_without_a_warning(make_world: MakeWorld) -> None:
    world = make_world()
    world.emulator.add_project(world.prod, NAME)
    result, _ = world.attempt()
    assert result.outputs["project-name"] == f"{NAME} (1)"
    assert renames(world) == [result.outputs["project-id"]] * 2, "the mark, and one name"
    assert "::warning" not in result.log


def test_a_name_that_is_refused_though_no_listing_shows_its_holder_is_given_up(make_world: MakeWorld) -> None:
    world = make_world("refuse")
    world.emulator.add_project(world.prod, NAME)
    world.emulator.behaviour.listing_lag = 60.0
    assert world.attempt()[0].outputs["project-name"] == f"{NAME} (1)"


def test_a_suffix_is_believed_though_no_listing_shows_its_reason(make_world: MakeWorld) -> None:
    world = make_world("suffix")
    world.emulator.add_project(world.prod, NAME)
    world.emulator.behaviour.listing_lag = 60.0
    result, _ = world.attempt()
    assert result.outputs["project-name"] == name_of(world, result.outputs["project-id"]) == f"{NAME} (1)"


def test_a_suffix_on_a_number_is_no_numbered_name(make_world: MakeWorld) -> None:
    world = make_world("suffix")
    world.emulator.add_project(world.prod, NAME)
    number = world.request("UpdateProject", 1)
    result, _ = world.at(number, lambda: world.emulator.add_project(world.prod, f"{NAME} (1)")).attempt()
    assert result.outputs["project-name"] == f"{NAME} (2)"


def test_of_two_marked_copies_the_younger_yields_at_once(make_world: MakeWorld) -> None:
    world = make_world()
    older = unnamed(world, OTHER)
    world.clock.advance(60)
    result, _ = world.at(world.request("UpdateProject", 1), lambda: world.attempt(2, run_id=OTHER)).attempt()
    assert (name_of(world, older.id), result.outputs["project-name"]) == (NAME, f"{NAME} (1)")


def test_of_two_marked_copies_the_older_keeps_the_name_and_the_younger_yields_on_its_re_run(
    make_world: MakeWorld,
) -> None:
    world = make_world()
    number = world.request("UpdateProject", 1)
    other: list[str] = []

    def run() -> None:
        other.append(world.attempt(run_id=OTHER)[0].outputs["project-id"])

    result, _ = world.at(number, run).attempt()
    assert result.outputs["project-name"] == name_of(world, other[0]) == NAME
    again, _ = world.attempt(2, run_id=OTHER)
    assert (again.outputs["project-name"], name_of(world, result.outputs["project-id"])) == (f"{NAME} (1)", NAME)


@pytest.mark.parametrize("larger", [True, False])
def test_of_two_equally_old_copies_the_larger_id_yields(make_world: MakeWorld, *, larger: bool) -> None:
    world = make_world()

    def rival() -> None:
        (copy,) = world.own()
        clones = [world.emulator.clone(world.prod, copy.id, f"Clone {n}") for n in range(8)]
        clone = next(one for one in clones if (one.id < copy.id) is larger)
        clone.created = copy.created
        text = copy.description.replace(copy.id, clone.id).replace(f"run={world.work().run}", "run=abcdef")
        world.emulator.describe(world.prod, clone.id, text)
        world.emulator.rename(world.prod, clone.id, NAME)

    result, _ = world.at(world.request("UpdateProject", 1), rival).attempt()
    assert result.outputs["project-name"] == (f"{NAME} (1)" if larger else NAME)


def test_a_re_run_names_the_same_predecessor(make_world: MakeWorld) -> None:
    world = make_world()
    earlier, _ = world.attempt(run_id="1")
    world.clock.advance(60)
    first, _ = world.attempt()
    second, _ = world.attempt(2)
    assert first.outputs["previous-project-id"] == earlier.outputs["project-id"]
    assert second.outputs["previous-project-id"] == earlier.outputs["project-id"]
    assert mark(world, first.outputs["project-id"]).previous == earlier.outputs["project-id"]


@pytest.mark.parametrize("policy", ["new", "replace"])
def test_a_copy_that_the_listing_calls_otherwise_is_asked_itself_and_named_again(
    make_world: MakeWorld, policy: str
) -> None:
    world = make_world(if_exists=policy)

    def rename() -> None:
        world.emulator.rename(world.prod, world.own()[0].id, "A person's name")

    result, _ = world.at(world.request("GetProjects", -1), rename).attempt()
    assert (result.status, result.outputs["project-name"]) == ("promoted", NAME)
    assert world.prod.projects[result.outputs["project-id"]].name == NAME

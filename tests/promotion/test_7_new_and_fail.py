"""Step 7 with `new` and `fail`: the first free name, from a fresh listing, and the last check."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from emulator import Fault
from tests.support.promotions import NFC, NFD, OTHER, name_of, names, renames, unnamed
from tests.support.world import NAME

if TYPE_CHECKING:
    from tests.support.world import MakeWorld


@pytest.mark.clause("7.3")
@pytest.mark.parametrize("rule", ["allow", "suffix", "refuse"])
def test_new_takes_the_first_free_number(make_world: MakeWorld, rule: str) -> None:
    world = make_world(rule)
    for name in (NAME, f"{NAME} (1)", f"{NAME} (3)"):
        world.emulator.add_project(world.prod, name)
    result, _ = world.attempt()
    assert result.outputs["project-name"] == f"{NAME} (2)"


@pytest.mark.clause("7.3")
def test_new_takes_a_number_without_a_warning(make_world: MakeWorld) -> None:
    world = make_world()
    world.emulator.add_project(world.prod, NAME)
    result, _ = world.attempt()
    assert result.outputs["project-name"] == f"{NAME} (1)"
    assert renames(world) == [result.outputs["project-id"]] * 2, "the mark, and one name"
    assert "::warning" not in result.log


@pytest.mark.clause("7.3", "7.4")
def test_new_takes_a_number_beside_a_holder_in_another_form(make_world: MakeWorld) -> None:
    world = make_world(target_project_name=NFC)
    world.emulator.add_project(world.prod, NFD)
    assert world.attempt()[0].outputs["project-name"] == f"{NFC} (1)"


@pytest.mark.clause("7.3")
def test_fail_with_a_name_taken_meanwhile_is_a_warning(make_world: MakeWorld) -> None:
    world = make_world(if_exists="fail")
    result, _ = world.at(world.request("UpdateProject"), lambda: world.emulator.add_project(world.prod, NAME)).attempt()
    assert result.status == "promoted"
    assert result.outputs["project-name"] == f"{NAME} (1)"
    (told,) = result.report["warnings"]
    (other,) = [project for project in world.prod.projects.values() if project.name == NAME]
    assert told.startswith(f"The name was taken meanwhile: The name '{NAME}' was taken by '{NAME}' ({other.id}).")


@pytest.mark.clause("7.3", "7.5")
@pytest.mark.parametrize("rule", ["suffix", "refuse"])
def test_fail_says_so_where_only_the_case_differs(make_world: MakeWorld, rule: str) -> None:
    """Nobody took the name meanwhile: the other project was there all along."""
    world = make_world(rule, if_exists="fail")
    other = world.emulator.add_project(world.prod, NAME.upper())
    world.emulator.behaviour.names_ignore_case = True
    result, _ = world.attempt()
    assert (result.status, result.outputs["project-name"]) == ("promoted", f"{NAME} (1)"), result.log
    (told,) = result.report["warnings"]
    assert told.startswith("The service takes the name for another project's: ")
    assert f"'{NAME.upper()}' ({other.id})" in told
    assert f"The copy is called '{NAME} (1)'" in told
    assert "meanwhile" not in told


@pytest.mark.clause("7.8")
@pytest.mark.parametrize("rule", ["allow", "suffix", "refuse"])
def test_a_name_taken_in_the_last_moment_is_chosen_again(make_world: MakeWorld, rule: str) -> None:
    world = make_world(rule)
    number = world.request("UpdateProject", 1)
    result, _ = world.at(number, lambda: world.emulator.add_project(world.prod, NAME)).attempt()
    assert result.status == "promoted"
    assert result.outputs["project-name"] == f"{NAME} (1)"
    assert names(world).count(NAME) == 1


@pytest.mark.clause("7.5", "7.8")
@pytest.mark.parametrize("kind", ["code:BadRequestProjectNameNotUnique", "code:BadRequestProjectDuplicated", "409"])
def test_a_name_that_was_refused_once_is_tried_again(make_world: MakeWorld, kind: str) -> None:
    world = make_world()
    world.emulator.faults.add(Fault(kind, operation="UpdateProject", skip=1))
    assert world.attempt()[0].outputs["project-name"] == NAME


@pytest.mark.clause("7.5")
def test_a_refused_name_that_no_listing_shows_is_given_up(make_world: MakeWorld) -> None:
    world = make_world("refuse")
    world.emulator.add_project(world.prod, NAME)
    world.emulator.behaviour.listing_lag = 60.0
    assert world.attempt()[0].outputs["project-name"] == f"{NAME} (1)"


@pytest.mark.clause("7.8")
def test_a_suffix_is_believed_though_no_listing_shows_its_reason(make_world: MakeWorld) -> None:
    world = make_world("suffix")
    world.emulator.add_project(world.prod, NAME)
    world.emulator.behaviour.listing_lag = 60.0
    result, _ = world.attempt()
    assert result.outputs["project-name"] == name_of(world, result.outputs["project-id"]) == f"{NAME} (1)"


@pytest.mark.clause("7.8")
def test_a_suffix_on_a_number_is_no_numbered_name(make_world: MakeWorld) -> None:
    world = make_world("suffix")
    world.emulator.add_project(world.prod, NAME)
    number = world.request("UpdateProject", 1)
    result, _ = world.at(number, lambda: world.emulator.add_project(world.prod, f"{NAME} (1)")).attempt()
    assert result.outputs["project-name"] == f"{NAME} (2)"


@pytest.mark.clause("7.9")
def test_of_two_marked_copies_the_younger_yields_at_once(make_world: MakeWorld) -> None:
    world = make_world()
    older = unnamed(world, OTHER)
    world.clock.advance(60)
    result, _ = world.at(world.request("UpdateProject", 1), lambda: world.attempt(2, run_id=OTHER)).attempt()
    assert (name_of(world, older.id), result.outputs["project-name"]) == (NAME, f"{NAME} (1)")


@pytest.mark.clause("7.9")
def test_of_two_marked_copies_the_younger_yields_on_its_re_run(
    make_world: MakeWorld,
) -> None:
    """The older keeps the name."""
    world = make_world()
    number = world.request("UpdateProject", 1)
    other: list[str] = []

    def run() -> None:
        other.append(world.attempt(run_id=OTHER)[0].outputs["project-id"])

    result, _ = world.at(number, run).attempt()
    assert result.outputs["project-name"] == name_of(world, other[0]) == NAME
    again, _ = world.attempt(2, run_id=OTHER)
    assert (again.outputs["project-name"], name_of(world, result.outputs["project-id"])) == (f"{NAME} (1)", NAME)


@pytest.mark.clause("7.9")
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


@pytest.mark.clause("7.8", "0.11")
@pytest.mark.parametrize("policy", ["new", "replace"])
def test_a_copy_that_the_listing_calls_otherwise_is_named_again(make_world: MakeWorld, policy: str) -> None:
    """It is asked for by its id first."""
    world = make_world(if_exists=policy)

    def rename() -> None:
        world.emulator.rename(world.prod, world.own()[0].id, "A person's name")

    result, _ = world.at(world.request("GetProjects", -1), rename).attempt()
    assert (result.status, result.outputs["project-name"]) == ("promoted", NAME)
    assert world.prod.projects[result.outputs["project-id"]].name == NAME


@pytest.mark.clause("7.5")
def test_where_the_service_minds_the_case_nobody_gives_way(make_world: MakeWorld) -> None:
    world = make_world("refuse", if_exists="replace", target_project_name=NAME)
    stranger = world.emulator.add_project(world.prod, "SHELF")
    world.emulator.faults.add(Fault("code:BadRequestProjectNameNotUnique", operation="UpdateProject", skip=1))
    result, _ = world.attempt()
    assert (result.status, result.outputs["project-name"], name_of(world, stranger.id)) == ("promoted", NAME, "SHELF")


@pytest.mark.clause("7.3")
def test_a_number_too_long_for_the_service_is_named(make_world: MakeWorld) -> None:
    """The name itself is accepted: without the number nobody would see why it was refused."""
    long = "N" * 50
    world = make_world(target_project_name=long)
    world.emulator.behaviour.max_name_length = 50
    world.emulator.add_project(world.prod, long)
    result, _ = world.attempt()
    assert result.status == "failed"
    assert f"The name that was refused: '{long} (1)'." in result.log

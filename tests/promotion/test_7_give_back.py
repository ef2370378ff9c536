"""Step 7: where naming fails for good, the old project gets its name back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from emulator import Fault
from tests.support.promotions import NFC, NFD, OTHER, name_of, unnamed
from tests.support.world import NAME

if TYPE_CHECKING:
    from tests.support.world import MakeWorld

pytestmark = pytest.mark.clause("7.10")


@pytest.mark.parametrize("kind", ["code:BadRequestProjectName", "500", "code:BadRequestProjectNameNotUnique"])
def test_when_naming_fails_the_old_one_gets_its_name_back(make_world: MakeWorld, kind: str) -> None:
    world = make_world(if_exists="replace")
    old = world.emulator.add_project(world.prod, NAME)
    # First the mark, then the old one's dated name; from the third on all fail, but the last: the name given back.
    times = 6 if kind == "500" else 8 if kind.endswith("Unique") else 1
    world.emulator.faults.add(Fault(kind, operation="UpdateProject", skip=2, times=times))
    first, _ = world.attempt()
    assert first.status == "failed"
    assert world.prod.projects[old.id].name == NAME
    assert len(world.own()) == 1, "the proved copy stays for the re-run"
    world.emulator.faults.clear()
    second, _ = world.attempt(2)
    assert second.status == "promoted"
    assert second.outputs["project-id"] == first.outputs["project-id"]
    assert second.outputs["previous-project-id"] == old.id


def test_when_naming_fails_only_the_newest_holder_gets_it_back(make_world: MakeWorld) -> None:
    world = make_world(if_exists="replace")
    older = world.emulator.add_project(world.prod, NAME)
    world.clock.advance(5)
    newest = world.emulator.add_project(world.prod, NAME)
    world.emulator.faults.add(Fault("code:BadRequestProjectName", operation="UpdateProject", skip=3))
    assert world.attempt()[0].status == "failed"
    assert name_of(world, newest.id) == NAME
    assert "(replaced" in name_of(world, older.id)


def test_the_old_project_gets_its_name_back_in_the_form_it_had(make_world: MakeWorld) -> None:
    world = make_world(if_exists="replace", target_project_name=NFC)
    old = world.emulator.add_project(world.prod, NFD)
    world.emulator.faults.add(Fault("code:BadRequestProjectName", operation="UpdateProject", skip=2))
    assert world.attempt()[0].status == "failed"
    assert name_of(world, old.id) == NFD


def test_a_name_that_an_earlier_attempt_took_is_given_back_too(make_world: MakeWorld) -> None:
    world = make_world(if_exists="replace")
    old = world.emulator.add_project(world.prod, NAME)
    world.at(world.request("UpdateProject", 1), "kill-after").attempt()
    assert "(replaced" in world.prod.projects[old.id].name
    world.emulator.faults.add(Fault("code:BadRequestProjectName", operation="UpdateProject"))
    second, _ = world.attempt(2)
    assert second.status == "failed"
    assert world.prod.projects[old.id].name == NAME


def test_a_name_that_cannot_be_given_back_is_said(make_world: MakeWorld) -> None:
    world = make_world(if_exists="replace")
    world.emulator.add_project(world.prod, NAME)
    world.emulator.faults.add(Fault("500", operation="UpdateProject", skip=2, times=0))
    result, _ = world.attempt()
    assert result.status == "failed"
    assert "could not be given its name back" in result.log


def test_a_name_whose_giving_back_is_refused_is_said_to_be_lost(make_world: MakeWorld) -> None:
    world = make_world(if_exists="replace")
    old = world.emulator.add_project(world.prod, NAME)
    world.at(world.request("UpdateProject", 1), "kill-after").attempt()
    world.emulator.faults.add(Fault("code:BadRequestProjectName", operation="UpdateProject"))
    world.emulator.faults.add(Fault("code:BadRequestProjectNameNotUnique", operation="UpdateProject"))
    result, _ = world.attempt(2)
    assert result.status == "failed"
    assert "(replaced" in world.prod.projects[old.id].name
    assert f"({old.id}) could not be given its name back. A re-run corrects that." in result.log
    assert "Gave the name back" not in result.log


def test_a_name_back_with_a_number_is_not_said_to_be_given_back(make_world: MakeWorld) -> None:
    world = make_world("suffix", if_exists="replace")
    old = world.emulator.add_project(world.prod, NAME)
    world.at(world.request("UpdateProject", 1), "kill-after").attempt()
    world.emulator.faults.add(Fault("code:BadRequestProjectName", operation="UpdateProject"))
    last = world.request("UpdateProject", -1, attempt=2)
    result, _ = world.at(last, lambda: world.emulator.add_project(world.prod, NAME)).attempt(2)
    assert world.prod.projects[old.id].name == f"{NAME} (1)"
    assert f"({old.id}) could not be given its name back" in result.log
    assert "Gave the name back" not in result.log


def test_the_name_goes_back_only_to_who_lost_it_to_this_run(make_world: MakeWorld) -> None:
    """Without the rule: a project from which nobody took the name is given it."""
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


def test_a_predecessor_a_person_renamed_is_not_given_the_name(make_world: MakeWorld) -> None:
    world = make_world(if_exists="replace")
    old = world.emulator.add_project(world.prod, NAME)
    unnamed(world)
    world.emulator.rename(world.prod, old.id, "Set aside")
    world.emulator.faults.add(Fault("code:BadRequestProjectName", operation="UpdateProject"))
    assert world.attempt(2)[0].status == "failed"
    assert name_of(world, old.id) == "Set aside"


@pytest.mark.clause("7.8")
def test_a_copy_that_has_the_name_keeps_it_if_the_check_breaks(make_world: MakeWorld) -> None:
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


@pytest.mark.clause("7.9")
@pytest.mark.parametrize("rule", ["allow", "suffix", "refuse"])
def test_a_name_that_a_newer_copy_has_is_not_given_back(make_world: MakeWorld, rule: str) -> None:
    """Without the rule: a copy that comes late and cannot step back gives the name to its predecessor, though the newer
    copy has it."""
    world = make_world(rule, if_exists="replace")
    old = world.emulator.add_project(world.prod, NAME)
    world.at(world.request("UpdateProject", 1), "kill-before").attempt()
    newer, _ = world.attempt(run_id=OTHER)
    assert newer.outputs["project-name"] == NAME
    dated = world.prod.projects[old.id].name
    world.emulator.faults.add(Fault("code:BadRequestProjectDescription", operation="UpdateProject"))
    assert world.attempt(2)[0].status == "failed"
    assert world.prod.projects[old.id].name == dated
    assert [project.name for project in world.prod.projects.values()].count(NAME) == 1

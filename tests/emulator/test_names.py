"""Names and descriptions: which are the same for the service, and how long they may be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.emulator.driver import World


@pytest.mark.parametrize(
    ("rule", "status", "name"), [("allow", 200, "A"), ("suffix", 200, "A (1)"), ("refuse", 400, "B")]
)
def test_a_rename_to_a_taken_name(world: World, rule: Any, status: int, name: str) -> None:
    world.behaviour.taken_rename = rule
    world.emulator.add_project(world.source, "A")
    project = world.emulator.add_project(world.source, "B")
    answer = world.patch(world.source, project.id, name="A", description="")
    assert answer.status == status
    if status == 400:
        assert answer.json["code"] == "BadRequestProjectNameNotUnique"
    assert project.name == name


SAME = [("names_ignore_case", "Étagère", "éTAGÈRE"), ("names_ignore_form", "é ﬁ", "e\u0301 fi")]


@pytest.mark.parametrize(("switch", "one", "other"), SAME)
@pytest.mark.parametrize("on", [True, False])
def test_names_that_are_the_same_for_the_service(world: World, switch: str, one: str, other: str, *, on: bool) -> None:
    setattr(world.behaviour, switch, on)
    world.behaviour.taken_rename = world.behaviour.taken_import_name = "refuse"
    world.emulator.add_project(world.source, one)
    project = world.emulator.add_project(world.source, "B")
    token = world.export(project.id)["token"]
    answers = [
        world.patch(world.source, project.id, name=other),
        world.call(world.source, "POST", "projects/import", {"token": token, "name": f"{other} copy"}),
        world.call(world.source, "POST", "projects/import", {"token": token, "name": f"{one} copy"}),
        world.call(world.source, "POST", "projects", {"name": f"{other} made"}),
        world.call(world.source, "POST", "projects", {"name": f"{one} made"}),
    ]
    assert [answer.status for answer in answers] == ([400, 200, 400, 200, 400] if on else [200] * 5)
    world.behaviour.taken_rename = world.behaviour.taken_import_name = "suffix"
    if on:
        assert world.patch(world.source, project.id, name=other).json["name"] == f"{other} (1)"
        assert world.call(world.source, "POST", "projects", {"name": other}).json["name"] == f"{other} (2)"
        assert world.patch(world.source, project.id, name=f"{one} (1)").json["name"] == f"{one} (1)"


@pytest.mark.parametrize("rule", ["allow", "suffix", "refuse"])
def test_a_rename_to_its_own_name(world: World, rule: Any) -> None:
    world.behaviour.taken_rename = rule
    project = world.emulator.add_project(world.source, "A")
    assert world.patch(world.source, project.id, name="A", description="x").json["name"] == "A"


def test_long_descriptions_are_taken_at_first(world: World) -> None:
    project = world.emulator.add_project(world.source, "A")
    assert world.patch(world.source, project.id, name="A", description="x" * 9999).status == 200
    assert len(project.description) == 9999


def test_long_descriptions_refused(world: World) -> None:
    world.behaviour.rejects_long_description = 10
    project = world.emulator.add_project(world.source, "A")
    answer = world.patch(world.source, project.id, name="A", description="x" * 11)
    assert (answer.status, answer.json["code"]) == (400, "BadRequestProjectDescription")
    assert world.patch(world.source, project.id, name="A", description="x" * 10).status == 200


def test_long_descriptions_cut(world: World) -> None:
    world.behaviour.cuts_long_description = 10
    project = world.emulator.add_project(world.source, "A")
    assert world.patch(world.source, project.id, name="A", description="x" * 11).json["description"] == "x" * 10


def test_long_names(world: World) -> None:
    project = world.emulator.add_project(world.source, "A")
    assert world.patch(world.source, project.id, name="n" * 500).status == 200
    world.behaviour.max_name_length = 50
    assert world.patch(world.source, project.id, name="n" * 50).status == 200
    answer = world.patch(world.source, project.id, name="n" * 51)
    assert (answer.status, answer.json["code"]) == (400, "BadRequestProjectName")
    answer = world.import_(world.export(project.id)["token"], "n" * 51)
    assert (answer.status, answer.json["code"]) == (400, "BadRequestProjectName")

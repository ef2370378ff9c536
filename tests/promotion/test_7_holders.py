"""Step 7, who holds the name: exactly, in another Unicode form, or for the service alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.promotions import NFC, NFD, by_name, mark, name_of
from tests.support.world import NAME

if TYPE_CHECKING:
    from tests.support.world import MakeWorld, World

HELD = "::error title=Another project has nearly the same name"


def ignoring(world: World, what: str, rule: str = "refuse") -> World:
    """A service that takes some names for the same; `rule` is what it does with a rename to such a name."""
    behaviour = world.emulator.behaviour
    behaviour.names_ignore_case = what in {"case", "both"}
    behaviour.names_ignore_form = what in {"form", "both"}
    behaviour.taken_rename = rule  # type: ignore[assignment] # one of its choices
    behaviour.taken_import_name = "refuse"
    return world


@pytest.mark.clause("7.4")
@pytest.mark.parametrize("ignored", ["", "form"])
@pytest.mark.parametrize(("stored", "wanted"), [(NFD, NFC), (NFC, NFD)])
def test_replace_retires_a_holder_in_another_form(
    make_world: MakeWorld, ignored: str, stored: str, wanted: str
) -> None:
    world = ignoring(make_world(if_exists="replace", target_project_name=wanted), ignored)
    old = world.emulator.add_project(world.prod, stored)
    result, _ = world.attempt()
    assert (result.outputs["project-name"], result.outputs["previous-project-id"]) == (wanted, old.id)
    assert name_of(world, old.id).startswith(f"{wanted} (replaced ")


@pytest.mark.clause("7.4")
def test_replace_leaves_another_form_beside_the_exact_name(make_world: MakeWorld) -> None:
    world = make_world(if_exists="replace", target_project_name=NFC)
    form = world.emulator.add_project(world.prod, NFD)
    exact = world.emulator.add_project(world.prod, NFC)
    result, _ = world.attempt()
    assert result.outputs["previous-project-id"] == exact.id
    assert name_of(world, form.id) == NFD


@pytest.mark.clause("7.4")
def test_sync_finds_its_copy_in_another_form(make_world: MakeWorld) -> None:
    world = make_world(if_exists="sync", target_project_name=NFC)
    first, _ = world.attempt(run_id="800")
    world.emulator.rename(world.prod, first.outputs["project-id"], NFD)
    second, _ = world.attempt()
    assert (second.status, second.outputs["project-id"]) == ("unchanged", first.outputs["project-id"])


@pytest.mark.clause("7.4", "7.8")
def test_a_copy_that_has_the_name_leaves_another_form_alone(make_world: MakeWorld) -> None:
    world = make_world(if_exists="replace", target_project_name=NFC)
    world.attempt()
    form = world.emulator.add_project(world.prod, NFD)
    exact = world.emulator.add_project(world.prod, NFC)
    # The equal one is seen by the last check and gone when the name is chosen again.
    world.at(world.request("GetProjects", 2, attempt=2), lambda: world.emulator.delete(world.prod, exact.id)).attempt(2)
    assert exact.id not in world.prod.projects
    assert name_of(world, form.id) == NFD


@pytest.mark.clause("7.5")
@pytest.mark.parametrize("rule", ["refuse", "suffix"])
@pytest.mark.parametrize(
    ("ignored", "stored", "wanted"),
    [("case", "SHELF", NAME), ("form", "ﬁle", "file"), ("both", "E\u0301TAGE\u0300RE", NFC)],
)
@pytest.mark.parametrize("policy", ["replace", "sync"])
def test_a_stranger_that_holds_the_name_for_the_service_keeps_it(  # noqa: PLR0917 - a table
    make_world: MakeWorld, rule: str, ignored: str, stored: str, wanted: str, policy: str
) -> None:
    world = ignoring(make_world(if_exists=policy, target_project_name=wanted), ignored, rule)
    stranger = world.emulator.add_project(world.prod, stored)
    began = world.clock.now()
    result, _ = world.attempt()
    assert result.status == "failed"
    assert HELD in result.log
    assert f"'{stored}' ({stranger.id}) has nearly the same name" in result.log
    assert "target-project-name" in result.log
    assert name_of(world, stranger.id) == stored
    assert world.clock.now() - began < 16
    # A person renames it: the re-run goes on with the proved copy.
    world.emulator.rename(world.prod, stranger.id, "Something else")
    again, _ = world.attempt(2)
    assert (again.status, again.outputs["project-name"]) == ("promoted", wanted)
    assert again.outputs["project-id"] == result.outputs["project-id"]


@pytest.mark.clause("7.5")
@pytest.mark.parametrize("rule", ["refuse", "suffix"])
def test_an_earlier_copy_that_holds_the_name_for_it_is_retired(make_world: MakeWorld, rule: str) -> None:
    world = ignoring(make_world(if_exists="replace", target_project_name="shelf"), "case", rule)
    first, _ = world.attempt(run_id="800")
    world.clock.advance(60)
    world.inputs["target-project-name"] = NAME
    second, _ = world.attempt()
    old = first.outputs["project-id"]
    assert (second.status, second.outputs["project-name"]) == ("promoted", NAME), second.log
    assert second.outputs["previous-project-id"] == mark(world, second.outputs["project-id"]).previous == old
    assert name_of(world, old).startswith(f"{NAME} (replaced ")


@pytest.mark.clause("7.5")
def test_a_copy_of_another_source_keeps_the_name_it_holds(make_world: MakeWorld) -> None:
    world = ignoring(make_world(if_exists="replace", target_project_name="shelf"), "case")
    ours = world.inputs["source-project-id"]
    world.inputs["source-project-id"] = world.emulator.add_project(world.dev, "Another").id
    other = world.attempt(run_id="800")[0].outputs["project-id"]
    world.clock.advance(60)
    world.inputs |= {"source-project-id": ours, "target-project-name": NAME}
    assert HELD in world.attempt()[0].log
    assert name_of(world, other) == "shelf"


@pytest.mark.clause("7.5", "7.6")
def test_the_source_never_gives_way_though_it_is_a_copy_itself(make_world: MakeWorld) -> None:
    world = make_world(if_exists="replace", target_project_name="SHELF")
    by_name(world, NAME)
    world.inputs |= {"target-endpoint": world.inputs["source-endpoint"], "target-key": world.inputs["source-key"]}
    first, _ = world.attempt(run_id="800")
    copy = first.outputs["project-id"]
    world.emulator.delete(world.dev, world.source)
    world.emulator.rename(world.dev, copy, NAME)
    ignoring(world, "case")
    world.clock.advance(60)
    second, _ = world.attempt()
    assert second.outputs["source-project-id"] == copy
    assert HELD in second.log
    assert world.dev.projects[copy].name == NAME


@pytest.mark.clause("7.5", "0.4")
def test_who_holds_an_imports_own_name_for_the_service_is_named(make_world: MakeWorld) -> None:
    world = ignoring(make_world(), "case")
    own = world.own_name()
    stranger = world.emulator.add_project(world.prod, own.upper())
    result, _ = world.attempt()
    assert HELD in result.log
    assert stranger.id in result.log
    assert world.own() == []


@pytest.mark.clause("7.5")
@pytest.mark.parametrize("policy", ["new", "fail"])
def test_new_numbers_beside_who_holds_the_name_for_the_service(make_world: MakeWorld, policy: str) -> None:
    world = ignoring(make_world(if_exists=policy), "case")
    stranger = world.emulator.add_project(world.prod, "SHELF")
    for number in range(1, 5):
        world.emulator.add_project(world.prod, f"sHELF ({number})")
    result, _ = world.attempt()
    assert (result.status, result.outputs["project-name"]) == ("promoted", f"{NAME} (5)"), result.log
    assert ("::warning" in result.log) is (policy == "fail")
    assert f"'SHELF' ({stranger.id})" in result.log

"""Names by case and Unicode form: exactly equal first, else equal to the eye; what only the service finds equal is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from emulator import Fault
from tests.support.world import NAME
from tests.unit.steps.test_protocol_clauses import numbers
from tests.unit.steps.test_protocol_naming import mark, name_of

if TYPE_CHECKING:
    from tests.support.world import World
    from tests.unit.steps.conftest import MakeWorld

NFC, NFD = "Étagère", "E\u0301tage\u0300re"
HELD = "::error title=Another project has nearly the same name"


def by_name(world: World, name: str) -> World:
    world.inputs |= {"source-project-id": "", "source-project-name": name}
    return world


def ignoring(world: World, what: str, rule: str = "refuse") -> World:
    """A service that takes some names for the same; `rule` is what it does with a rename to such a name."""
    behaviour = world.emulator.behaviour
    behaviour.names_ignore_case = what in {"case", "both"}
    behaviour.names_ignore_form = what in {"form", "both"}
    behaviour.taken_rename = rule  # type: ignore[assignment] # one of its choices
    behaviour.taken_import_name = "refuse"
    return world


# The source


@pytest.mark.parametrize(("stored", "typed"), [(NFD, NFC), (NFC, NFD), (f" {NFD} ", NFC)])
def test_a_source_is_found_in_another_form(make_world: MakeWorld, stored: str, typed: str) -> None:
    world = by_name(make_world(target_project_name="Copy"), typed)
    source = world.emulator.add_project(world.dev, stored)
    assert world.attempt()[0].outputs["source-project-id"] == source.id


def test_a_source_of_exactly_that_name_goes_before_one_in_another_form(make_world: MakeWorld) -> None:
    world = by_name(make_world(), NFC)
    exact = world.emulator.add_project(world.dev, NFC)
    world.emulator.add_project(world.dev, NFD)
    assert world.attempt()[0].outputs["source-project-id"] == exact.id


def test_several_sources_in_another_form_are_as_ambiguous_as_equal_ones(make_world: MakeWorld) -> None:
    world = by_name(make_world(), NFC)
    ids = [world.emulator.add_project(world.dev, NFD).id for _ in range(2)]
    result, _ = world.attempt()
    assert result.status == "failed"
    assert "2 projects of the source resource are called" in result.log
    assert all(found in result.log for found in ids)


def test_a_source_in_another_case_is_no_source_but_named_first(make_world: MakeWorld) -> None:
    world = by_name(make_world(), NAME.upper())
    for number in range(30):
        world.emulator.add_project(world.dev, f"Newer {number}")
    result, _ = world.attempt()
    assert result.status == "failed"
    assert f"Projects of nearly the same name:%0A- '{NAME}' ({world.source})" in result.log


# A listing that lags


def test_a_source_that_no_listing_shows_yet_is_looked_for_again(make_world: MakeWorld) -> None:
    world = by_name(make_world(target_project_name="Copy"), "New one")
    world.emulator.behaviour.listing_lag = 9.0
    source = world.emulator.add_project(world.dev, "New one")
    result, _ = world.attempt()
    assert (result.status, result.outputs["source-project-id"]) == ("promoted", source.id), result.log


@pytest.mark.parametrize("change", ["deleted", "renamed"])
def test_a_row_that_lags_behind_its_project_is_not_taken(make_world: MakeWorld, change: str) -> None:
    world = by_name(make_world(target_project_name="Copy"), "New one")
    old = world.emulator.add_project(world.dev, "New one")
    world.clock.advance(60)
    world.emulator.behaviour.listing_lag = 9.0
    if change == "deleted":
        world.emulator.delete(world.dev, old.id)
    else:
        world.emulator.rename(world.dev, old.id, "Old one")
    new = world.emulator.add_project(world.dev, "New one")
    assert world.attempt()[0].outputs["source-project-id"] == new.id


def test_a_name_that_nobody_has_is_looked_for_in_four_listings_during_ten_seconds(make_world: MakeWorld) -> None:
    world = by_name(make_world(), "Nobody")
    began = world.clock.now()
    result, _ = world.attempt()
    assert result.status == "failed"
    listings = [
        logged for logged in world.emulator.log if (logged.operation, logged.resource) == ("GetProjects", "dev")
    ]
    assert len(listings) == 4
    assert world.clock.now() - began >= 10


def test_a_name_that_is_found_at_once_takes_one_listing(make_world: MakeWorld) -> None:
    world = by_name(make_world(), NAME)
    world.attempt()
    asked = [logged for logged in world.emulator.log if (logged.operation, logged.resource) == ("GetProjects", "dev")]
    assert len(asked) == 1


# Holders of the wanted name in another form


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


def test_replace_leaves_a_holder_in_another_form_alone_where_one_has_exactly_the_name(make_world: MakeWorld) -> None:
    world = make_world(if_exists="replace", target_project_name=NFC)
    form = world.emulator.add_project(world.prod, NFD)
    exact = world.emulator.add_project(world.prod, NFC)
    result, _ = world.attempt()
    assert result.outputs["previous-project-id"] == exact.id
    assert name_of(world, form.id) == NFD


def test_sync_finds_its_copy_in_another_form(make_world: MakeWorld) -> None:
    world = make_world(if_exists="sync", target_project_name=NFC)
    first, _ = world.attempt(run_id="800")
    world.emulator.rename(world.prod, first.outputs["project-id"], NFD)
    second, _ = world.attempt()
    assert (second.status, second.outputs["project-id"]) == ("unchanged", first.outputs["project-id"])


def test_fail_stops_at_a_holder_in_another_form(make_world: MakeWorld) -> None:
    world = make_world(if_exists="fail", target_project_name=NFC)
    world.emulator.add_project(world.prod, NFD)
    assert "::error title=The target already has a project of that name" in world.attempt()[0].log


def test_new_takes_a_number_beside_a_holder_in_another_form(make_world: MakeWorld) -> None:
    world = make_world(target_project_name=NFC)
    world.emulator.add_project(world.prod, NFD)
    assert world.attempt()[0].outputs["project-name"] == f"{NFC} (1)"


@pytest.mark.parametrize("policy", ["replace", "sync"])
def test_the_sources_own_name_in_another_form_is_refused_on_one_resource(make_world: MakeWorld, policy: str) -> None:
    world = make_world(if_exists=policy, target_project_name=NFC)
    source = world.emulator.add_project(world.prod, NFD)
    world.inputs |= {name.replace("target", "source"): value for name, value in world.inputs.items() if "key" in name}
    world.inputs |= {"source-endpoint": world.inputs["target-endpoint"], "source-project-id": source.id}
    result, _ = world.attempt()
    assert "::error title=Source and target are the same project" in result.log


def test_the_old_project_gets_its_name_back_in_the_form_it_had(make_world: MakeWorld) -> None:
    world = make_world(if_exists="replace", target_project_name=NFC)
    old = world.emulator.add_project(world.prod, NFD)
    world.emulator.faults.add(Fault("code:BadRequestProjectName", operation="UpdateProject", skip=2))
    assert world.attempt()[0].status == "failed"
    assert name_of(world, old.id) == NFD


# A service that finds more names equal than a listing shows


@pytest.mark.parametrize("rule", ["refuse", "suffix"])
@pytest.mark.parametrize(
    ("ignored", "stored", "wanted"),
    [("case", "SHELF", NAME), ("form", "ﬁle", "file"), ("both", "E\u0301TAGE\u0300RE", NFC)],
)
@pytest.mark.parametrize("policy", ["replace", "sync"])
def test_a_stranger_that_holds_the_name_for_the_service_is_named_and_keeps_its_name(  # noqa: PLR0917 - a table
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


@pytest.mark.parametrize("rule", ["refuse", "suffix"])
def test_an_earlier_copy_that_holds_the_name_for_the_service_is_retired(make_world: MakeWorld, rule: str) -> None:
    world = ignoring(make_world(if_exists="replace", target_project_name="shelf"), "case", rule)
    first, _ = world.attempt(run_id="800")
    world.clock.advance(60)
    world.inputs["target-project-name"] = NAME
    second, _ = world.attempt()
    old = first.outputs["project-id"]
    assert (second.status, second.outputs["project-name"]) == ("promoted", NAME), second.log
    assert second.outputs["previous-project-id"] == mark(world, second.outputs["project-id"]).previous == old
    assert name_of(world, old).startswith(f"{NAME} (replaced ")


def test_a_copy_of_another_source_that_holds_the_name_for_the_service_keeps_it(make_world: MakeWorld) -> None:
    world = ignoring(make_world(if_exists="replace", target_project_name="shelf"), "case")
    ours = world.inputs["source-project-id"]
    world.inputs["source-project-id"] = world.emulator.add_project(world.dev, "Another").id
    other = world.attempt(run_id="800")[0].outputs["project-id"]
    world.clock.advance(60)
    world.inputs |= {"source-project-id": ours, "target-project-name": NAME}
    assert HELD in world.attempt()[0].log
    assert name_of(world, other) == "shelf"


def test_where_the_service_minds_the_case_nobody_gives_way(make_world: MakeWorld) -> None:
    world = make_world("refuse", if_exists="replace", target_project_name=NAME)
    stranger = world.emulator.add_project(world.prod, "SHELF")
    world.emulator.faults.add(Fault("code:BadRequestProjectNameNotUnique", operation="UpdateProject", skip=1))
    result, _ = world.attempt()
    assert (result.status, result.outputs["project-name"], name_of(world, stranger.id)) == ("promoted", NAME, "SHELF")


@pytest.mark.parametrize("policy", ["new", "fail"])
def test_new_takes_a_number_beside_who_holds_the_name_for_the_service(make_world: MakeWorld, policy: str) -> None:
    world = ignoring(make_world(if_exists=policy), "case")
    stranger = world.emulator.add_project(world.prod, "SHELF")
    for number in range(1, 5):
        world.emulator.add_project(world.prod, f"sHELF ({number})")
    result, _ = world.attempt()
    assert (result.status, result.outputs["project-name"]) == ("promoted", f"{NAME} (5)"), result.log
    assert ("::warning" in result.log) is (policy == "fail")
    assert f"'SHELF' ({stranger.id})" in result.log


def test_who_holds_the_own_name_of_an_import_for_the_service_is_named(make_world: MakeWorld) -> None:
    world = ignoring(make_world(), "case")
    own = world.own_name()
    stranger = world.emulator.add_project(world.prod, own.upper())
    result, _ = world.attempt()
    assert HELD in result.log
    assert stranger.id in result.log
    assert world.own() == []


# Corners where these rules meet others


def test_the_source_never_gives_way_though_it_is_a_copy_of_this_work_itself(make_world: MakeWorld) -> None:
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


def test_a_copy_that_has_the_name_leaves_a_holder_in_another_form_alone(make_world: MakeWorld) -> None:
    world = make_world(if_exists="replace", target_project_name=NFC)
    world.attempt()
    form = world.emulator.add_project(world.prod, NFD)
    exact = world.emulator.add_project(world.prod, NFC)
    # The equal one is seen by the last check and gone when the name is chosen again.
    number = numbers(world, "GetProjects", 2)[2]
    world.attempt(2, plan={number: lambda _wire: world.emulator.delete(world.prod, exact.id)})
    assert exact.id not in world.prod.projects
    assert name_of(world, form.id) == NFD


def test_a_source_in_another_form_is_no_move_that_was_done_before(make_world: MakeWorld) -> None:
    world = by_name(make_world(if_exists="sync", delete_source="true", target_project_name="Copy"), NFC)
    world.emulator.rename(world.dev, world.source, NFC)
    assert world.attempt(run_id="800")[0].status == "promoted"
    world.emulator.add_project(world.dev, NFD, tags={"Apple": 5}, iterations=("one",))
    world.clock.advance(60)
    world.inputs["min-precision"] = "1"
    assert world.attempt()[0].status == "gated"
    assert world.attempt(2)[0].status == "gated"


def test_a_move_done_before_is_found_in_another_form(make_world: MakeWorld) -> None:
    world = make_world(if_exists="sync", target_project_name=NFC)
    copy = world.attempt(run_id="800")[0].outputs["project-id"]
    world.emulator.rename(world.prod, copy, NFD)
    world.clock.advance(7200)
    world.inputs["delete-source"] = "true"
    number = numbers(world, "DeleteProject")[-1]
    world.attempt(plan={number: "kill-after"})
    assert world.source not in world.dev.projects
    second, _ = world.attempt(2)
    assert (second.status, second.outputs["project-id"]) == ("unchanged", copy)


def test_fail_stops_at_the_source_itself_in_another_form(make_world: MakeWorld) -> None:
    world = make_world(if_exists="fail", target_project_name=NFC)
    world.emulator.rename(world.dev, world.source, NFD)
    world.inputs |= {"target-endpoint": world.inputs["source-endpoint"], "target-key": world.inputs["source-key"]}
    assert "::error title=The target already has a project of that name" in world.attempt()[0].log

"""Step 2, the source: found by id or name, in any Unicode form, and ready."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.promotions import NFC, NFD, by_name
from tests.support.world import NAME

if TYPE_CHECKING:
    from tests.support.world import MakeWorld

pytestmark = pytest.mark.clause("2.1")


def test_the_source_is_found_by_its_exact_name(make_world: MakeWorld) -> None:
    world = make_world()
    world.inputs |= {"source-project-id": "", "source-project-name": NAME}
    result, _ = world.attempt()
    assert result.outputs["source-project-id"] == world.source


@pytest.mark.parametrize("name", ["shelf", "Nothing of the kind"])
def test_an_unknown_name_lists_what_there_is(make_world: MakeWorld, name: str) -> None:
    world = make_world()
    world.inputs |= {"source-project-id": "", "source-project-name": name}
    result, _ = world.attempt()
    assert result.status == "failed"
    assert f"'{NAME}' ({world.source})" in result.log
    assert "'Bystander'" in result.log


def test_a_name_that_several_have_lists_their_ids(make_world: MakeWorld) -> None:
    world = make_world()
    second = world.emulator.add_project(world.dev, NAME)
    world.inputs |= {"source-project-id": "", "source-project-name": NAME}
    result, _ = world.attempt()
    assert world.source in result.log
    assert second.id in result.log
    assert "Bystander" not in result.log


def test_an_unknown_id_lists_what_there_is(make_world: MakeWorld) -> None:
    world = make_world()
    world.inputs["source-project-id"] = "00000000-0000-4000-8000-000000000000"
    result, _ = world.attempt()
    assert "::error title=The source project does not exist" in result.log
    assert f"'{NAME}'" in result.log


@pytest.mark.parametrize("status", ["Importing", "Failed"])
def test_a_source_that_is_not_ready_is_refused(make_world: MakeWorld, status: str) -> None:
    world = make_world()
    world.inputs["source-project-id"] = world.emulator.add_project(world.dev, "Not ready", status=status).id
    result, _ = world.attempt()
    assert "::error title=The source project is not ready" in result.log


def test_a_source_in_training_is_refused_before_an_export(make_world: MakeWorld) -> None:
    world = make_world()
    world.emulator.train(world.dev, world.source, name="three", status="Training")
    result, _ = world.attempt()
    assert "::error title=The source project is being trained" in result.log
    assert "ExportProject" not in [logged.operation for logged in world.emulator.log]


@pytest.mark.parametrize(("stored", "typed"), [(NFD, NFC), (NFC, NFD), (f" {NFD} ", NFC)])
def test_a_source_is_found_in_another_form(make_world: MakeWorld, stored: str, typed: str) -> None:
    world = by_name(make_world(target_project_name="Copy"), typed)
    source = world.emulator.add_project(world.dev, stored)
    assert world.attempt()[0].outputs["source-project-id"] == source.id


def test_a_source_of_exactly_the_name_goes_before_another_form(make_world: MakeWorld) -> None:
    world = by_name(make_world(), NFC)
    exact = world.emulator.add_project(world.dev, NFC)
    world.emulator.add_project(world.dev, NFD)
    assert world.attempt()[0].outputs["source-project-id"] == exact.id


def test_several_sources_in_another_form_are_ambiguous(make_world: MakeWorld) -> None:
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


def test_a_source_is_found_though_its_name_ends_with_blanks(make_world: MakeWorld) -> None:
    """An input loses the blanks at its ends on its way."""
    world = make_world(source_project_name="Trailing", target_project_name="Copy")
    del world.inputs["source-project-id"]
    other = world.emulator.add_project(world.dev, "Trailing ", tags={"Apple": 1})
    result, _ = world.attempt()
    assert (result.status, result.outputs["source-project-id"]) == ("promoted", other.id)
    exact = world.emulator.add_project(world.dev, "Trailing", tags={"Apple": 1})
    result, _ = world.attempt(run_id="2")
    assert result.outputs["source-project-id"] == exact.id


def test_a_source_that_no_listing_shows_yet_is_looked_for_again(make_world: MakeWorld) -> None:
    world = by_name(make_world(target_project_name="Copy"), "New one")
    world.emulator.behaviour.listing_lag = 9.0
    source = world.emulator.add_project(world.dev, "New one")
    result, _ = world.attempt()
    assert (result.status, result.outputs["source-project-id"]) == ("promoted", source.id), result.log


def test_a_name_nobody_has_takes_four_listings_in_ten_seconds(make_world: MakeWorld) -> None:
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

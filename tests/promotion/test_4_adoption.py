"""Step 4: which own unfinished import is gone on with, and which is made anew."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.support.promotions import PUBLISHING, begun, imports

if TYPE_CHECKING:
    from tests.support.world import MakeWorld


@pytest.mark.clause("4.1")
def test_an_import_of_an_earlier_attempt_is_adopted(make_world: MakeWorld) -> None:
    world = make_world(wait_minutes="0.01")
    first, _ = world.attempt()
    assert first.status == "importing"
    world.inputs.pop("wait-minutes")
    second, _ = world.attempt(2)
    assert second.status == "promoted"
    assert second.outputs["project-id"] == first.outputs["project-id"]
    assert imports(world) == 1


@pytest.mark.clause("4.1")
def test_an_adopted_import_is_told_though_it_is_not_done(make_world: MakeWorld) -> None:
    world = make_world(wait_minutes="0.01")
    first, _ = world.attempt()
    world.prod.projects[first.outputs["project-id"]].job.done = None  # type: ignore[union-attr] # it never ends
    second, _ = world.attempt(2)
    assert second.status == "importing"
    assert second.outputs["project-id"] == first.outputs["project-id"] != ""


@pytest.mark.clause("4.2")
@pytest.mark.parametrize(
    ("reason", "log"),
    [
        ("failed", "its import failed"),
        ("old", "its import is older than 24 h"),
        ("retrained", "the source has changed since"),
        ("incomplete", "it cannot be used"),
        ("vanished", "disappeared"),
    ],
)
def test_an_unusable_import_is_removed_and_made_anew(make_world: MakeWorld, reason: str, log: str) -> None:
    world = make_world(wait_minutes="0.01", keep_failed="true")
    outcomes = {"failed": "failed", "incomplete": "lose-image", "old": "never", "vanished": "never"}
    world.emulator.behaviour.import_outcomes = [outcomes.get(reason, "ok")]
    first, _ = world.attempt()
    world.inputs.pop("wait-minutes")
    world.clock.advance(25 * 3600 if reason == "old" else 60)
    if reason == "retrained":
        world.emulator.train(world.dev, world.source)
    if reason == "vanished":
        world.at(11, lambda: world.emulator.delete(world.prod, first.outputs["project-id"]))
    second, _ = world.attempt(2)
    assert second.status == "promoted", second.log
    assert log in second.log or reason == "vanished"
    assert second.outputs["project-id"] != first.outputs["project-id"]
    assert len(world.own()) == 1


@pytest.mark.clause("4.2")
@pytest.mark.parametrize(("hours", "adopted"), [(23.95, True), (24.05, False)])
def test_an_import_is_given_up_after_twenty_four_hours(make_world: MakeWorld, hours: float, *, adopted: bool) -> None:
    world = begun(make_world)
    (first,) = world.own()
    world.clock.advance(hours * 3600)
    result, _ = world.attempt(2)
    assert (result.outputs["project-id"] == first.id) is adopted


@pytest.mark.clause("4.2")
def test_an_import_of_an_earlier_state_is_made_anew(make_world: MakeWorld) -> None:
    """However the clocks stand."""
    world = make_world(wait_minutes="0.01")
    number = world.request("ImportProject")
    first, _ = world.at(number, lambda: world.emulator.describe(world.dev, world.source, "Edited.")).attempt()
    world.inputs.pop("wait-minutes")
    second, _ = world.attempt(2)
    assert second.status == "promoted"
    assert second.outputs["project-id"] != first.outputs["project-id"] != ""
    assert [project.id for project in world.own()] == [second.outputs["project-id"]]


@pytest.mark.clause("4.2", "7.6")
def test_ages_and_dates_are_the_services_own(make_world: MakeWorld) -> None:
    world = make_world(wait_minutes="0.01", if_exists="replace")
    today = world.clock.today
    world.emulator.now = lambda: today() - timedelta(days=7)
    project = world.dev.projects[world.source]
    world.emulator.change(project, world.emulator.now(), last_modified=world.emulator.now())
    old = world.emulator.add_project(world.prod, world.dev.projects[world.source].name)
    first, _ = world.attempt()
    world.inputs.pop("wait-minutes")
    second, _ = world.attempt(2)
    assert second.outputs["project-id"] == first.outputs["project-id"], "it is not a week old"
    assert f"(replaced {world.emulator.now():%Y%m%d}-" in world.prod.projects[old.id].name


@pytest.mark.clause("4.2")
@pytest.mark.parametrize("why", ["failed", "published elsewhere", "answers differ"])
def test_an_adopted_import_that_turns_out_broken_is_made_anew(make_world: MakeWorld, why: str) -> None:
    world = make_world(wait_minutes="0.01", smoke_images="sweep.png", **PUBLISHING)
    world.emulator.behaviour.import_outcomes = ["failed" if why == "failed" else "ok"]
    first, _ = world.attempt()
    world.inputs.pop("wait-minutes")
    if why == "published elsewhere":
        world.clock.advance(10)
        world.emulator.settle()
        world.emulator.publish(world.prod, first.outputs["project-id"], "somebody else's")
    if why == "answers differ":
        world.emulator.behaviour.copy_answers_differ = True
        export = world.request("ExportProject", attempt=2)
        world.at(export, lambda: setattr(world.emulator.behaviour, "copy_answers_differ", False))
    second, _ = world.attempt(2)
    assert second.status == "promoted", second.log
    assert [project.id for project in world.own()] == [second.outputs["project-id"]] != [first.outputs["project-id"]]


@pytest.mark.clause("4.3")
def test_an_adopted_import_that_breaks_is_made_anew_only_once(make_world: MakeWorld) -> None:
    world = make_world(wait_minutes="0.01")
    world.emulator.behaviour.import_outcomes = ["lose-image", "lose-tag", "ok"]
    world.attempt()
    world.inputs.pop("wait-minutes")
    second, _ = world.attempt(2)
    assert second.status == "failed"
    assert "The copy is not equal to the source" in second.log
    assert imports(world) == 2
    assert world.own() == []


@pytest.mark.clause("4.2", "5.4")
def test_an_adopted_import_is_removed_if_the_source_changes(make_world: MakeWorld) -> None:
    world = make_world(wait_minutes="0.01")
    world.emulator.behaviour.import_outcomes = ["lose-image"]
    world.attempt()
    world.inputs.pop("wait-minutes")
    look = world.request("GetTags", 1, attempt=2)
    result, _ = world.at(look, lambda: world.emulator.add_images(world.dev, world.source)).attempt(2)
    assert "::error title=The source project changed while it was copied" in result.log
    assert world.own() == []


@pytest.mark.clause("4.2", "5.5")
def test_keep_failed_keeps_a_failed_import_to_the_next_attempt(make_world: MakeWorld) -> None:
    world = make_world(keep_failed="true")
    world.emulator.behaviour.import_outcomes = ["failed"]
    first, _ = world.attempt()
    assert [project.id for project in world.own()] == [first.outputs["project-id"]]
    second, _ = world.attempt(2)
    assert second.status == "promoted"
    assert [project.id for project in world.own()] == [second.outputs["project-id"]] != [first.outputs["project-id"]]

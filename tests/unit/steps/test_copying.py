from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from emulator import Fault

if TYPE_CHECKING:
    from tests.support.world import World
    from tests.unit.steps.conftest import MakeWorld

AFTER_THE_WORK = ("503-after", "reset-after", "hang-after", "drip", "half-json", "truncated")
BEFORE_THE_WORK = ("503", "500", "reset-before", "hang", "502-html", "html-200")


def imports(world: World) -> int:
    return sum(logged.operation == "ImportProject" and logged.status == 200 for logged in world.emulator.log)


@pytest.mark.parametrize("kind", AFTER_THE_WORK)
def test_an_unanswered_import_is_found_and_gone_on_with(make_world: MakeWorld, kind: str) -> None:
    world = make_world()
    world.emulator.faults.add(Fault(kind, operation="ImportProject"))
    result, _ = world.attempt()
    assert result.status == "promoted"
    assert imports(world) == 1
    assert len(world.own()) == 1


@pytest.mark.parametrize("kind", BEFORE_THE_WORK)
def test_an_import_that_was_not_done_is_sent_again_with_a_fresh_export(make_world: MakeWorld, kind: str) -> None:
    world = make_world()
    world.emulator.faults.add(Fault(kind, operation="ImportProject"))
    result, _ = world.attempt()
    assert result.status == "promoted"
    assert [logged.operation for logged in world.emulator.log].count("ExportProject") == 2
    assert len(world.own()) == 1


def test_after_a_503_that_says_when_to_come_again_nothing_is_sent_before(make_world: MakeWorld) -> None:
    world = make_world()
    world.emulator.faults.add(Fault("429-retry-after", operation="ImportProject", status=503, seconds=60))
    result, _ = world.attempt()
    assert result.status == "promoted"
    assert 60.0 in world.clock.slept


@pytest.mark.parametrize("kind", ["429", "429-retry-after"])
def test_a_throttled_import_is_sent_again_without_a_look(make_world: MakeWorld, kind: str) -> None:
    world = make_world()
    world.emulator.faults.add(Fault(kind, operation="ImportProject"))
    result, _ = world.attempt()
    assert result.status == "promoted"
    assert "looking for its copy" not in result.log


def test_an_import_that_is_never_answered_ends_with_one_clear_error(make_world: MakeWorld) -> None:
    world = make_world()
    world.emulator.faults.add(Fault("500", operation="ImportProject", times=0))
    result, _ = world.attempt()
    assert result.status == "failed"
    assert "::error title=The service did not answer the import" in result.log


def test_a_copy_that_is_listed_late_leaves_no_twin(make_world: MakeWorld) -> None:
    world = make_world()
    world.emulator.behaviour.listing_lag = 12.0
    world.emulator.faults.add(Fault("503-after", operation="ImportProject"))
    result, _ = world.attempt()
    world.emulator.behaviour.listing_lag = 0.0
    assert result.status == "promoted"
    assert imports(world) == 2
    assert len(world.own()) == 1
    assert "another copy of this run is kept" in result.log


def test_the_own_name_being_taken_is_itself_a_sign_of_success(make_world: MakeWorld) -> None:
    world = make_world("refuse")
    world.emulator.behaviour.listing_lag = 11.0
    world.emulator.faults.add(Fault("reset-after", operation="ImportProject"))
    result, _ = world.attempt()
    assert result.status == "promoted"
    assert imports(world) == 1


@pytest.mark.parametrize("code", ["BadRequestInvalidImportToken", "BadRequestExceedProjectLimit"])
def test_a_refusal_after_a_lost_answer_is_looked_into(make_world: MakeWorld, code: str) -> None:
    world = make_world()
    world.emulator.behaviour.listing_lag = 11.0  # the first look finds nothing
    world.emulator.faults.add(Fault("reset-after", operation="ImportProject"))
    world.emulator.faults.add(Fault(f"code:{code}", operation="ImportProject"))
    result, _ = world.attempt()
    assert result.status == "promoted"
    assert imports(world) == 1


@pytest.mark.parametrize(
    ("code", "title"),
    [
        ("BadRequestInvalidImportToken", "The export token is not accepted"),
        ("BadRequestExceedProjectLimit", "The target resource has no room for another project"),
        ("BadRequestExceededQuota", "The target resource's quota is used up"),
    ],
)
def test_a_plain_refusal_is_told_with_its_code(make_world: MakeWorld, code: str, title: str) -> None:
    world = make_world()
    world.emulator.faults.add(Fault(f"code:{code}", operation="ImportProject", times=0))
    result, _ = world.attempt()
    assert f"::error title={title}" in result.log
    assert f"service code {code}" in result.log
    assert "request id" in result.log


def test_at_the_project_limit_this_works_own_dead_leftovers_go_first(make_world: MakeWorld) -> None:
    world = make_world()
    leftover = world.own_name("500")
    world.emulator.add_project(world.prod, leftover, status="Failed")
    world.emulator.faults.add(Fault("code:BadRequestExceedProjectLimit", operation="ImportProject"))
    result, _ = world.attempt()
    assert result.status == "promoted"
    assert leftover not in {project.name for project in world.prod.projects.values()}


def test_an_import_of_an_earlier_attempt_is_adopted(make_world: MakeWorld) -> None:
    world = make_world(wait_minutes="0.01")
    first, _ = world.attempt()
    assert first.status == "importing"
    world.inputs.pop("wait-minutes")
    second, _ = world.attempt(2)
    assert second.status == "promoted"
    assert second.outputs["project-id"] == first.outputs["project-id"]
    assert imports(world) == 1


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
    plan = {}
    if reason == "retrained":
        world.emulator.train(world.dev, world.source)
    if reason == "vanished":
        plan = {11: lambda _wire: world.emulator.delete(world.prod, first.outputs["project-id"])}
    second, _ = world.attempt(2, plan)
    assert second.status == "promoted", second.log
    assert log in second.log or reason == "vanished"
    assert second.outputs["project-id"] != first.outputs["project-id"]
    assert len(world.own()) == 1


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

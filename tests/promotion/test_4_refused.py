"""Step 4: a refusal can be a sign of an earlier success, and a full target is made room on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from emulator import Fault
from tests.support.promotions import count, fill, imports, own_ids

if TYPE_CHECKING:
    from tests.support.world import MakeWorld, World


def killed_unlisted(make_world: MakeWorld) -> World:
    """A world whose first attempt was killed after its import, which no listing shows for the next seconds."""
    world = make_world()
    world.at(world.request("ImportProject"), "kill-after").attempt()
    world.emulator.behaviour.listing_lag = 12.0
    world.emulator.log.clear()
    return world


@pytest.mark.clause("4.6")
def test_the_own_name_being_taken_is_itself_a_sign_of_success(make_world: MakeWorld) -> None:
    world = make_world("refuse")
    world.emulator.behaviour.listing_lag = 11.0
    world.emulator.faults.add(Fault("reset-after", operation="ImportProject"))
    result, _ = world.attempt()
    assert result.status == "promoted"
    assert imports(world) == 1


@pytest.mark.clause("4.6")
@pytest.mark.parametrize("attempt", [1, 2])
@pytest.mark.parametrize("kind", ["code:BadRequestProjectNameNotUnique", "code:BadRequestProjectDuplicated", "409"])
def test_the_own_name_being_taken_is_always_a_sign(make_world: MakeWorld, kind: str, attempt: int) -> None:
    world = killed_unlisted(make_world)
    world.emulator.faults.add(Fault(kind, operation="ImportProject"))
    result, _ = world.attempt(attempt)
    assert result.status == "promoted"
    assert count(world, "ImportProject") == 1


@pytest.mark.clause("4.6")
@pytest.mark.parametrize("code", ["BadRequestInvalidImportToken", "BadRequestExceedProjectLimit"])
def test_other_refusals_are_a_sign_only_after_a_possible_success(make_world: MakeWorld, code: str) -> None:
    world = killed_unlisted(make_world)
    world.emulator.faults.add(Fault(f"code:{code}", operation="ImportProject", times=2))
    assert "looking for its copy" not in world.copy().attempt(1)[0].log
    result, _ = world.attempt(2)
    assert result.status == "promoted"
    assert count(world, "ImportProject") == 1


@pytest.mark.clause("4.6")
@pytest.mark.parametrize("code", ["BadRequestInvalidImportToken", "BadRequestExceedProjectLimit"])
def test_a_refusal_after_a_lost_answer_is_looked_into(make_world: MakeWorld, code: str) -> None:
    world = make_world()
    world.emulator.behaviour.listing_lag = 11.0  # the first look finds nothing
    world.emulator.faults.add(Fault("reset-after", operation="ImportProject"))
    world.emulator.faults.add(Fault(f"code:{code}", operation="ImportProject"))
    result, _ = world.attempt()
    assert result.status == "promoted"
    assert imports(world) == 1


@pytest.mark.clause("4.6")
def test_a_refusal_that_left_nothing_is_told_and_not_sent_again(make_world: MakeWorld) -> None:
    world = make_world()
    world.emulator.faults.add(Fault("code:BadRequestProjectNameNotUnique", operation="ImportProject", times=0))
    result, _ = world.attempt()
    assert "service code BadRequestProjectNameNotUnique" in result.log
    assert count(world, "ImportProject") == 1


@pytest.mark.clause("4.6")
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


@pytest.mark.clause("4.6", "0.11")
def test_an_import_is_sent_again_where_its_name_was_freed(make_world: MakeWorld) -> None:
    """Without the rule: a name that is taken by this run's own failed import is refused for good, though the look has
    just freed it."""
    world = make_world("refuse")
    world.emulator.behaviour.import_outcomes = ["failed"]
    world.at(world.request("ImportProject"), "kill-after").attempt()
    world.clock.advance(10)
    world.emulator.behaviour.listing_lag = 13.0
    result, _ = world.attempt(2)
    assert result.status == "promoted", result.log
    assert own_ids(world) == [result.outputs["project-id"]]


@pytest.mark.clause("4.6", "4.7")
def test_an_import_is_sent_again_where_room_was_made(make_world: MakeWorld) -> None:
    world = make_world()
    world.emulator.behaviour.import_outcomes = ["failed"]
    world.at(world.request("ImportProject"), "kill-after").attempt()
    world.clock.advance(10)
    world.emulator.behaviour.listing_lag = 13.0
    world.emulator.faults.add(Fault("code:BadRequestExceedProjectLimit", operation="ImportProject"))
    result, _ = world.attempt(2)
    assert result.status == "promoted", result.log
    assert own_ids(world) == [result.outputs["project-id"]]


@pytest.mark.clause("4.6", "4.7")
def test_the_limit_after_a_lost_answer_is_looked_into_anyway(make_world: MakeWorld) -> None:
    """Without the rule: a dead leftover makes room, nobody looks for the copy, and a second import is sent."""
    world = make_world()
    world.emulator.add_project(world.prod, world.own_name("500"), status="Failed")
    world.clock.advance(60)
    world.emulator.behaviour.listing_lag = 11.0  # the first look finds nothing
    world.emulator.faults.add(Fault("reset-after", operation="ImportProject"))
    world.emulator.faults.add(Fault("code:BadRequestExceedProjectLimit", operation="ImportProject"))
    assert world.attempt()[0].status == "promoted"
    assert imports(world) == 1


@pytest.mark.clause("4.7")
def test_at_the_project_limit_the_works_dead_leftovers_go_first(make_world: MakeWorld) -> None:
    world = make_world()
    leftover = world.own_name("500")
    world.emulator.add_project(world.prod, leftover, status="Failed")
    world.emulator.faults.add(Fault("code:BadRequestExceedProjectLimit", operation="ImportProject"))
    result, _ = world.attempt()
    assert result.status == "promoted"
    assert leftover not in {project.name for project in world.prod.projects.values()}


@pytest.mark.clause("4.7")
@pytest.mark.parametrize(("rooms", "status"), [(0, "failed"), (1, "promoted")])
def test_whether_a_hundred_projects_are_all_the_service_tells(make_world: MakeWorld, rooms: int, status: str) -> None:
    world = make_world()
    fill(world, rooms)
    result, _ = world.attempt()
    assert result.status == status
    assert ("service code BadRequestExceedProjectLimit" in result.log) is not bool(rooms)

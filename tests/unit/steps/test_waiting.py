from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvaction.steps.waiting import pause
from emulator import Fault

if TYPE_CHECKING:
    from tests.unit.steps.conftest import MakeWorld


@given(st.floats(0.0, 20_000.0))
@settings(max_examples=200)
def test_the_end_is_noticed_within_a_second_or_a_tenth_and_never_later_than_half_a_minute(length: float) -> None:
    elapsed = 0.0
    while elapsed < length:
        elapsed += pause(elapsed)
    assert elapsed - length <= min(30.0, max(1.0, 0.1 * length))


@pytest.mark.parametrize(("length", "polls"), [(1, 5), (60, 45), (3600, 200)])
def test_a_long_wait_costs_few_requests(length: float, polls: int) -> None:
    elapsed, count = 0.0, 0
    while elapsed < length:
        elapsed, count = elapsed + pause(elapsed), count + 1
    assert count <= polls


def test_a_wait_that_is_over_says_so_and_leaves_the_import(make_world: MakeWorld) -> None:
    world = make_world(wait_minutes="0.5")
    world.emulator.behaviour.import_outcomes = ["never"]
    result, _ = world.attempt()
    assert (result.status, result.exit_code) == ("importing", 75)
    assert result.outputs["project-id"] in world.prod.projects
    assert result.log.count("::error title=The import is still running") == 1


def test_no_time_to_wait_is_a_wrong_input(make_world: MakeWorld) -> None:
    result, wire = make_world(wait_minutes="0.0").attempt()
    assert "- wait-minutes: must be a number of minutes above 0" in result.log.replace("%0A", "\n")
    assert wire.count == 0


def test_without_wait_minutes_an_hour_is_waited(make_world: MakeWorld) -> None:
    world = make_world()
    world.emulator.behaviour.import_outcomes = ["never"]
    before = world.clock.now()
    result, _ = world.attempt()
    assert result.status == "importing"
    assert 3600 <= world.clock.now() - before < 3700


def test_a_failed_import_is_removed_and_told(make_world: MakeWorld) -> None:
    world = make_world()
    world.emulator.behaviour.import_outcomes = ["failed"]
    result, _ = world.attempt()
    assert (result.status, result.exit_code) == ("failed", 1)
    assert "could not finish the import" in result.log
    assert result.outputs["project-id"] == result.outputs["project-name"] == ""
    assert "was removed from the target." in result.log
    assert world.own() == []


def test_keep_failed_keeps_a_failed_import_until_the_next_attempt(make_world: MakeWorld) -> None:
    world = make_world(keep_failed="true")
    world.emulator.behaviour.import_outcomes = ["failed"]
    first, _ = world.attempt()
    assert [project.id for project in world.own()] == [first.outputs["project-id"]]
    second, _ = world.attempt(2)
    assert second.status == "promoted"
    assert [project.id for project in world.own()] == [second.outputs["project-id"]] != [first.outputs["project-id"]]


def test_a_copy_that_vanishes_has_its_own_text(make_world: MakeWorld) -> None:
    world = make_world()
    world.emulator.behaviour.import_outcomes = ["never"]

    def vanish(_wire: object) -> None:
        for project in world.own():
            world.emulator.delete(world.prod, project.id)

    number = _number(make_world, "ImportProject")
    result, _ = world.attempt(plan={number + 2: vanish})
    assert result.status == "failed"
    assert "disappeared while it was imported" in result.log


def test_one_answer_that_the_copy_is_not_there_does_not_end_the_wait(make_world: MakeWorld) -> None:
    number = _number(make_world, "ImportProject")
    world = make_world()
    result, _ = world.attempt(plan={number + 1: "code:NotFoundProject"})
    assert result.status == "promoted"


def test_an_outage_of_a_minute_does_not_end_a_wait(make_world: MakeWorld) -> None:
    world = make_world()
    world.emulator.behaviour.import_seconds = 300.0
    world.emulator.faults.add(Fault("503", operation="GetProject", resource="prod", times=15))
    result, _ = world.attempt()
    assert result.status == "promoted"
    assert "still waiting" in result.log


@pytest.mark.parametrize(("asked", "least", "most"), [(90, 90, 100), (7200, 120, 130)])
def test_a_poll_that_is_throttled_waits_as_long_as_it_is_told_within_reason(
    make_world: MakeWorld, asked: int, least: int, most: int
) -> None:
    world = make_world()
    began = world.clock.now()
    world.emulator.faults.add(Fault("429-retry-after", operation="GetProject", resource="prod", seconds=asked))
    result, _ = world.attempt()
    assert result.status == "promoted"
    assert least < world.clock.now() - began < most + 20


def test_an_outage_without_end_does(make_world: MakeWorld) -> None:
    world = make_world()
    world.emulator.faults.add(Fault("503", operation="GetProject", resource="prod", times=0))
    result, _ = world.attempt()
    assert result.status == "failed"
    assert "The target resource is in trouble" in result.log


def test_a_refused_key_ends_a_wait_at_once(make_world: MakeWorld) -> None:
    world = make_world()
    world.emulator.faults.add(Fault("401", operation="GetProject", resource="prod", times=0))
    result, _ = world.attempt()
    assert "target key is not accepted" in result.log
    assert len(world.own()) == 1, "the import stays for the next attempt"


def test_lines_come_at_growing_intervals_with_the_share_of_the_estimate(make_world: MakeWorld) -> None:
    world = make_world()
    world.emulator.behaviour.import_seconds = 2000.0
    result, _ = world.attempt()
    lines = [line for line in result.log.splitlines() if line.startswith("Still importing after")]
    assert 8 <= len(lines) <= 16
    assert all("% of the estimated" in line for line in lines)


def _number(make_world: MakeWorld, operation: str) -> int:
    """The number of the first such request in an undisturbed run."""
    world = make_world()
    world.attempt()
    return [logged.operation for logged in world.emulator.log].index(operation)

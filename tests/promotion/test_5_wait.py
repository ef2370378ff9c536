"""Step 5: the wait for the end of an import."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvaction.steps.waiting import OUTAGE_SECONDS, pause
from emulator import Fault

if TYPE_CHECKING:
    from tests.support.world import MakeWorld, World


def polls(world: World) -> list[int]:
    """The looks at the import, but for the last."""
    first, last = world.request("ImportProject"), world.request("GetTaggedImageCount", 1)
    return [number for number in world.requests("GetProject") if first < number < last][:-1]


@pytest.mark.clause("5.1")
@given(st.floats(0.0, 20_000.0))
@settings(max_examples=200)
def test_the_end_is_noticed_within_a_tenth_and_half_a_minute(length: float) -> None:
    """Within a second, too, where a tenth is less."""
    elapsed = 0.0
    while elapsed < length:
        elapsed += pause(elapsed)
    assert elapsed - length <= min(30.0, max(1.0, 0.1 * length))


@pytest.mark.clause("5.1")
@pytest.mark.parametrize(("length", "polls"), [(1, 5), (60, 45), (3600, 200)])
def test_a_long_wait_costs_few_requests(length: float, polls: int) -> None:
    elapsed, count = 0.0, 0
    while elapsed < length:
        elapsed, count = elapsed + pause(elapsed), count + 1
    assert count <= polls


@pytest.mark.clause("5.1")
def test_a_wait_that_is_over_says_so_and_leaves_the_import(make_world: MakeWorld) -> None:
    world = make_world(wait_minutes="0.5")
    world.emulator.behaviour.import_outcomes = ["never"]
    result, _ = world.attempt()
    assert (result.status, result.exit_code) == ("importing", 75)
    assert result.outputs["project-id"] in world.prod.projects
    assert result.log.count("::error title=The import is still running") == 1


@pytest.mark.clause("5.1")
def test_no_time_to_wait_is_a_wrong_input(make_world: MakeWorld) -> None:
    result, wire = make_world(wait_minutes="0.0").attempt()
    assert "- wait-minutes: must be a number of minutes above 0" in result.log.replace("%0A", "\n")
    assert wire.count == 0


@pytest.mark.clause("5.1")
def test_without_wait_minutes_an_hour_is_waited(make_world: MakeWorld) -> None:
    world = make_world()
    world.emulator.behaviour.import_outcomes = ["never"]
    before = world.clock.now()
    result, _ = world.attempt()
    assert result.status == "importing"
    assert 3600 <= world.clock.now() - before < 3700


@pytest.mark.clause("5.1")
@pytest.mark.parametrize(("images", "minutes"), [(1_000_000, 330), (300_000, 120.25)])
@pytest.mark.parametrize("kind", ["", "503-after"])
def test_a_wait_is_three_times_the_estimate_and_5_5_h_at_most(
    make_world: MakeWorld, images: int, minutes: float, kind: str
) -> None:
    world = make_world()
    world.inputs["source-project-id"] = world.emulator.add_project(world.dev, "Large", tags={"a": images}).id
    world.emulator.behaviour.import_outcomes = ["never"]
    if kind:
        world.emulator.faults.add(Fault(kind, operation="ImportProject"))
    before = world.clock.now()
    assert world.attempt()[0].status == "importing"
    assert minutes * 60 <= world.clock.now() - before < minutes * 60 + 60


@pytest.mark.clause("5.5")
def test_a_failed_import_is_removed_and_told(make_world: MakeWorld) -> None:
    world = make_world()
    world.emulator.behaviour.import_outcomes = ["failed"]
    result, _ = world.attempt()
    assert (result.status, result.exit_code) == ("failed", 1)
    assert "could not finish the import" in result.log
    assert result.outputs["project-id"] == result.outputs["project-name"] == ""
    assert "was removed from the target." in result.log
    assert world.own() == []


@pytest.mark.clause("5.1")
def test_a_copy_that_vanishes_has_its_own_text(make_world: MakeWorld) -> None:
    world = make_world()
    number = world.request("ImportProject")
    world.emulator.behaviour.import_outcomes = ["never"]

    def vanish() -> None:
        for project in world.own():
            world.emulator.delete(world.prod, project.id)

    result, _ = world.at(number + 2, vanish).attempt()
    assert result.status == "failed"
    assert "disappeared while it was imported" in result.log


@pytest.mark.clause("5.1")
def test_one_answer_that_the_copy_is_gone_does_not_end_the_wait(make_world: MakeWorld) -> None:
    world = make_world()
    result, _ = world.at(world.request("ImportProject") + 1, "code:NotFoundProject").attempt()
    assert result.status == "promoted"


@pytest.mark.clause("5.1")
def test_a_good_answer_between_two_misses_keeps_the_copy(make_world: MakeWorld) -> None:
    world = make_world()
    first, second, third, *_ = polls(world)
    missing = Fault("code:NotFoundProject")
    result, _ = world.at(first, missing).at(third, missing).attempt()
    assert (result.status, second) == ("promoted", first + 1)


@pytest.mark.clause("5.1")
def test_two_misses_in_a_row_are_a_copy_that_is_gone(make_world: MakeWorld) -> None:
    world = make_world()
    first, second, *_ = polls(world)
    missing = Fault("code:NotFoundProject")
    result, _ = world.at(first, missing).at(second, missing).attempt()
    assert "::error title=The copy disappeared while it was imported" in result.log


@pytest.mark.clause("5.1")
def test_an_outage_of_a_minute_does_not_end_a_wait(make_world: MakeWorld) -> None:
    world = make_world()
    world.emulator.behaviour.import_seconds = 300.0
    world.emulator.faults.add(Fault("503", operation="GetProject", resource="prod", times=15))
    result, _ = world.attempt()
    assert result.status == "promoted"
    assert "still waiting" in result.log


@pytest.mark.clause("5.1")
def test_each_good_answer_renews_the_patience_of_the_wait(make_world: MakeWorld) -> None:
    world = make_world()
    world.emulator.behaviour.import_seconds = 3 * OUTAGE_SECONDS
    late = polls(world)[-3]
    result, _ = world.at(late, "503").at(late + 1, "reset-before").attempt()
    assert result.status == "promoted"
    assert result.log.count("still waiting") == 2


@pytest.mark.clause("5.1")
def test_an_outage_longer_than_the_patience_ends_the_wait(make_world: MakeWorld) -> None:
    world = make_world()
    world.emulator.behaviour.import_seconds = 3 * OUTAGE_SECONDS
    result, _ = world.attempt(plan=dict.fromkeys(polls(world)[5:], "503"))
    assert result.status == "failed"


@pytest.mark.clause("5.1")
def test_an_outage_without_end_ends_a_wait(make_world: MakeWorld) -> None:
    world = make_world()
    world.emulator.faults.add(Fault("503", operation="GetProject", resource="prod", times=0))
    result, _ = world.attempt()
    assert result.status == "failed"
    assert "The target resource is in trouble" in result.log


@pytest.mark.clause("5.1")
@pytest.mark.parametrize(("asked", "least", "most"), [(90, 90, 100), (7200, 120, 130)])
def test_a_throttled_poll_waits_as_long_as_told_within_reason(
    make_world: MakeWorld, asked: int, least: int, most: int
) -> None:
    world = make_world()
    began = world.clock.now()
    world.emulator.faults.add(Fault("429-retry-after", operation="GetProject", resource="prod", seconds=asked))
    result, _ = world.attempt()
    assert result.status == "promoted"
    assert least < world.clock.now() - began < most + 20


@pytest.mark.clause("5.1")
def test_a_poll_heeds_the_waits_own_limit(make_world: MakeWorld) -> None:
    world = make_world(wait_minutes="0.1")
    world.emulator.behaviour.import_outcomes = ["never"]
    world.emulator.faults.add(Fault("429-retry-after", operation="GetProject", resource="prod", times=0, seconds=100))
    before = world.clock.now()
    result, _ = world.attempt()
    assert result.status == "importing"
    assert world.clock.now() - before < 60


@pytest.mark.clause("3.3", "5.1")
def test_a_refused_key_ends_a_wait_at_once(make_world: MakeWorld) -> None:
    world = make_world()
    world.emulator.faults.add(Fault("401", operation="GetProject", resource="prod", times=0))
    result, _ = world.attempt()
    assert "target key is not accepted" in result.log
    assert len(world.own()) == 1, "the import stays for the next attempt"


@pytest.mark.clause("5.1")
def test_lines_come_at_growing_intervals_with_their_share(make_world: MakeWorld) -> None:
    world = make_world()
    world.emulator.behaviour.import_seconds = 2000.0
    result, _ = world.attempt()
    lines = [line for line in result.log.splitlines() if line.startswith("Still importing after")]
    assert 8 <= len(lines) <= 16
    assert all("% of the estimated" in line for line in lines)

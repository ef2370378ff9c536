"""Step 4: an import that was not answered is looked for, not sent again blindly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from emulator import Fault
from tests.support.promotions import count, imports

if TYPE_CHECKING:
    from tests.support.world import MakeWorld

pytestmark = pytest.mark.clause("4.4")

AFTER_THE_WORK = ("503-after", "reset-after", "hang-after", "drip", "half-json", "truncated")
BEFORE_THE_WORK = ("503", "500", "reset-before", "hang", "502-html", "html-200")
IMPORT_SECONDS = 4.0  # as the emulator of the sweep has it


@pytest.mark.parametrize("kind", AFTER_THE_WORK)
def test_an_unanswered_import_is_found_and_gone_on_with(make_world: MakeWorld, kind: str) -> None:
    world = make_world()
    world.emulator.faults.add(Fault(kind, operation="ImportProject"))
    result, _ = world.attempt()
    assert result.status == "promoted"
    assert imports(world) == 1
    assert len(world.own()) == 1


@pytest.mark.parametrize("kind", BEFORE_THE_WORK)
def test_an_import_that_was_not_done_is_sent_with_a_fresh_export(make_world: MakeWorld, kind: str) -> None:
    world = make_world()
    world.emulator.faults.add(Fault(kind, operation="ImportProject"))
    result, _ = world.attempt()
    assert result.status == "promoted"
    assert [logged.operation for logged in world.emulator.log].count("ExportProject") == 2
    assert len(world.own()) == 1


def test_after_a_503_with_a_time_nothing_is_sent_before(make_world: MakeWorld) -> None:
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


def test_an_import_never_answered_ends_with_one_clear_error(make_world: MakeWorld) -> None:
    world = make_world()
    world.emulator.faults.add(Fault("500", operation="ImportProject", times=0))
    result, _ = world.attempt()
    assert result.status == "failed"
    assert "::error title=The service did not answer the import" in result.log


def test_after_a_lost_answer_four_listings_are_looked_at_in_10_s(make_world: MakeWorld) -> None:
    world = make_world()
    world.emulator.faults.add(Fault("503", operation="ImportProject"))
    before = sum(world.clock.slept)
    world.attempt()
    operations = [logged.operation for logged in world.emulator.log if logged.operation != "GetProject"]
    first = operations.index("ImportProject")
    assert operations[first + 1 : first + 6] == ["GetProjects"] * 4 + ["ExportProject"]
    assert sum(world.clock.slept) - before >= 10.0 + IMPORT_SECONDS


def test_an_import_is_sent_three_times_at_most(make_world: MakeWorld) -> None:
    world = make_world()
    world.emulator.faults.add(Fault("500", operation="ImportProject", times=0))
    world.attempt()
    assert count(world, "ImportProject") == count(world, "ExportProject") == 3


@pytest.mark.clause("0.11")
def test_a_look_that_meets_a_failed_import_first_goes_on_looking(make_world: MakeWorld) -> None:
    """Without the rule: a look that meets an unusable copy first ends at once, and the import is sent again without the
    10 s."""
    world = make_world()
    world.emulator.behaviour.import_outcomes = ["failed"]
    world.at(world.request("ImportProject"), "kill-after").attempt()
    world.clock.advance(3.9)
    world.emulator.behaviour.listing_lag = 6.0  # the failed one is listed first by the look after the lost answer
    world.emulator.faults.add(Fault("503-after", operation="ImportProject"))
    world.emulator.log.clear()
    assert world.attempt(2)[0].status == "promoted"
    assert imports(world) == 1


@pytest.mark.clause("4.2")
def test_a_found_import_that_failed_is_removed_and_made_anew(make_world: MakeWorld) -> None:
    world = make_world()
    world.emulator.behaviour.import_outcomes = ["failed"]
    world.emulator.behaviour.import_seconds = 1.0
    world.emulator.behaviour.listing_lag = 5.0
    world.emulator.faults.add(Fault("503-after", operation="ImportProject"))
    result, _ = world.attempt()
    assert result.status == "promoted"
    assert [project.id for project in world.own()] == [result.outputs["project-id"]]


@pytest.mark.clause("7.11")
def test_a_committed_copy_that_turns_up_late_is_named_as_it_is(make_world: MakeWorld) -> None:
    """Whatever the source is by now."""
    world = make_world("refuse")
    world.at(world.request("UpdateProject", 1), "kill-before").attempt()
    (committed,) = world.own()
    world.emulator.train(world.dev, world.source)
    world.emulator.behaviour.listing_lag = 10.0
    result, _ = world.attempt(2)
    assert (result.status, result.outputs["project-id"]) == ("promoted", committed.id)
    assert "::warning title=The source has changed since it was copied" in result.log, "it is not marked anew"
    assert len(world.own()) == 1

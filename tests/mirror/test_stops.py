"""What ends a mirror before its end: a cancel, the time, a refused key, a full target; and what a re-run does then."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from emulator import Fault
from tests.support.mirrors import MirrorWorld, Seen, new_mirror

if TYPE_CHECKING:
    from pathlib import Path

NAMES = tuple(f"P{number}" for number in range(8))


@pytest.fixture
def world(tmp_path: Path) -> MirrorWorld:
    return new_mirror(tmp_path, *NAMES)


def statuses(result: Any) -> list[str]:
    return [row["status"] for row in json.loads(result.outputs["projects"])]


@pytest.mark.clause("9.3")
@pytest.mark.parametrize("after", [0.01, 0.3, 1.0, 3.0, 6.0, 7.5])
def test_a_cancel_ends_all_and_a_rerun_does_the_rest(world: MirrorWorld, after: float) -> None:
    began = world.clock.now()
    world.clock.cancel_at = began + after
    result = world.run()
    assert (result.status, result.exit_code) == ("cancelled", 143), result.log
    assert world.clock.now() - began < after + 5
    assert result.report["error"]["title"] == "The mirror was cancelled"
    imports = [entry for entry in world.emulator.log if entry.operation == "ImportProject"]
    assert statuses(result).count("copied") + statuses(result).count("importing") == len(imports)
    sent = len(world.emulator.log)

    again = world.run(number=2)
    assert (again.status, again.outputs["copied"]) == ("mirrored", "8"), again.log
    assert sorted(world.copies()) == sorted(NAMES)
    assert world.unfinished() == []
    done = [e for e in world.emulator.log if e.operation == "ImportProject"]
    assert len(done) == 8
    assert len(world.emulator.log) > sent


def test_nobody_is_begun_when_the_time_is_over(world: MirrorWorld) -> None:
    world.emulator.behaviour.import_seconds = 50
    result = world.run(total_minutes="1", parallel="2")
    assert (result.status, result.exit_code) == ("importing", 75), result.log
    assert statuses(result).count("copied") == 2
    assert statuses(result).count("not-started") >= 4
    assert result.outputs["failed"] == "0"
    assert "`total-minutes` had passed" in result.log
    again = world.run(number=2, parallel="8")
    assert again.status == "mirrored", again.log
    assert sorted(world.copies()) == sorted(NAMES)


@pytest.mark.clause("9.8")
@pytest.mark.parametrize("resource", ["dev", "prod"])
def test_a_refused_key_is_confirmed_and_ends_what_has_not_begun(world: MirrorWorld, resource: str) -> None:
    seen: list[str] = []

    def refuse(request: Seen) -> Any:
        if request.operation == "ImportProject":
            seen.append(request.operation)
        return "401" if len(seen) >= 3 and request.resource == resource else None

    world.hooks.append(refuse)
    result = world.run(parallel="2")
    assert (result.status, result.exit_code) == ("incomplete", 1), result.log
    assert statuses(result).count("failed") == 1, statuses(result)
    assert statuses(result).count("not-started") >= 2
    listings = [
        entry for entry in world.emulator.log if entry.operation == "GetProjects" and entry.resource == resource
    ]
    assert [entry.status for entry in listings].count(401) == 1
    world.hooks.clear()
    again = world.run(number=2)
    assert again.status == "mirrored", again.log
    assert sorted(world.copies()) == sorted(NAMES)


@pytest.mark.clause("9.8")
def test_an_import_that_is_refused_with_a_key_is_none(world: MirrorWorld) -> None:
    seen: list[str] = []

    def refuse(request: Seen) -> Any:
        if request.resource != "prod" or not (seen or request.operation == "ImportProject"):
            return None
        seen.append(request.operation)
        return "401"

    world.hooks.append(refuse)
    result = world.run(parallel="4")
    assert world.unfinished() == []
    assert (result.outputs["importing"], result.outputs["failed"]) == ("0", "1"), statuses(result)
    assert "The mirror was cancelled" not in result.log + result.summary


@pytest.mark.clause("9.8")
def test_a_single_401_costs_one_project(world: MirrorWorld) -> None:
    world.emulator.faults.add(Fault("401", operation="ExportProject"))
    result = world.run()
    assert (result.outputs["failed"], result.outputs["copied"]) == ("1", "7"), result.log


def test_the_service_says_that_the_target_is_full(world: MirrorWorld) -> None:
    world.run(projects="P0\nP1")
    world.prod.tier = "F0"  # two projects: it holds three already
    result = world.run(run_id="901")
    assert result.status == "incomplete", result.log
    assert statuses(result).count("up-to-date") == 2
    assert statuses(result).count("failed") >= 1
    assert statuses(result).count("copied") == 0
    assert "project limit" in result.log.lower()


def test_a_slot_that_becomes_free_is_used(world: MirrorWorld) -> None:
    for run_id in ("800", "801", "802"):
        for project in list(world.dev.projects.values())[:2]:
            world.emulator.train(world.dev, project.id)
        world.run(run_id=run_id, projects="P0\nP1", keep_previous="3")
    assert len(world.prod.projects) == 7
    # A quota that nobody can see: 8 projects, so that one of two that come at the same time is refused.
    sent: list[str] = []

    def full(request: Seen) -> Any:
        if request.operation != "ImportProject":
            return None
        sent.append(request.operation)
        return Fault("code:BadRequestExceedProjectLimit") if len(sent) == 2 else None

    for project in list(world.dev.projects.values())[:2]:
        world.emulator.train(world.dev, project.id)
    world.hooks.append(full)
    result = world.run(run_id="902", projects="P0\nP1", keep_previous="0", parallel="2")
    assert len(sent) == 3
    assert (result.status, result.outputs["copied"]) == ("mirrored", "2"), result.log


@pytest.mark.parametrize("training", [False, True])
def test_a_rerun_finds_what_the_first_listing_hides(world: MirrorWorld, training: bool) -> None:
    killed: list[str] = []

    def kill(request: Seen) -> Any:
        if request.operation == "ImportProject" and request.query["name"].startswith("P0 "):
            killed.append(request.operation)
            return "kill-after" if len(killed) == 1 else None
        return None

    world.hooks.append(kill)
    world.run(projects="P0")
    assert world.unfinished() != []
    if training:
        world.emulator.train(world.dev, next(iter(world.dev.projects)), status="Training")
    world.emulator.behaviour.listing_lag = 9.0
    again = world.run(number=2, projects="P0")
    world.emulator.behaviour.listing_lag = 0.0
    assert statuses(again) == (["not-started"] if training else ["copied"]), again.log
    assert world.unfinished() == []
    assert len(killed) == 1  # no second import

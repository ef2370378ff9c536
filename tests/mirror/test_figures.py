"""The figures of a mirror on a clock that moves when all wait; `make bench` measures them on the machine's own time."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from cvaction.customvision.pace import REQUESTS_PER_SECOND
from tests.support.mirrors import MirrorWorld, new_mirror

if TYPE_CHECKING:
    from pathlib import Path

PROJECTS, PARALLEL, IMPORT_SECONDS = 100, 16, 30.0
PROMOTION = 2.6  # seconds of one promotion beside its import, as `make bench` measures it


@pytest.fixture
def world(tmp_path: Path) -> MirrorWorld:
    world = new_mirror(tmp_path, *(f"P{number:02}" for number in range(PROJECTS)))
    world.emulator.delete(world.prod, next(iter(world.prod.projects)))
    world.emulator.behaviour.import_seconds = IMPORT_SECONDS
    return world


def timed(world: MirrorWorld, run_id: str) -> tuple[float, Counter[str]]:
    """Seconds of a run, and its requests by side."""
    world.emulator.log.clear()
    began = world.clock.now()
    result = world.run(run_id=run_id, parallel=str(PARALLEL))
    assert result.exit_code == 0, result.log[-2000:]
    return world.clock.now() - began - 2.0, Counter(entry.resource for entry in world.emulator.log)


def test_no_second_has_more_requests_than_the_service_takes(world: MirrorWorld) -> None:
    sent: dict[str, list[float]] = {"dev": [], "prod": []}
    world.hooks.append(lambda seen: sent[seen.resource].append(world.clock.now()))
    world.run(parallel=str(PARALLEL), projects="P0*\nP1*")
    for moments in sent.values():
        assert len(moments) > 100
        assert min(later - one for one, later in zip(moments, moments[REQUESTS_PER_SECOND:], strict=False)) >= 0.999


@pytest.mark.clause("9.2")
def test_a_hundred_projects_are_as_quick_as_the_pace_allows(world: MirrorWorld) -> None:
    seconds, requests = timed(world, "900")
    waves = math.ceil(PROJECTS / PARALLEL) * IMPORT_SECONDS
    floor = max(max(requests.values()) / REQUESTS_PER_SECOND, waves + PROMOTION)
    assert seconds <= 1.1 * floor

    seconds, requests = timed(world, "901")
    listings = Counter(entry.operation for entry in world.emulator.log)["GetProjects"]
    assert listings == 2
    assert requests.total() - listings <= 15 * PROJECTS
    assert max(requests.values()) / REQUESTS_PER_SECOND / seconds >= 0.9

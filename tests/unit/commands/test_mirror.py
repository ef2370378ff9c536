"""Whole runs of the mirror action in this process."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from cvaction.commands.mirror import COMMAND
from tests.support.in_process import Result, attempt, environment
from tests.support.world import DEV, PROD, World, new_world

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def world(tmp_path: Path) -> World:
    return new_world("allow", {}, tmp_path)


def run(
    world: World, plan: dict[int, Any] | None = None, /, run_id: str = "900", number: int = 1, **inputs: str
) -> Result:
    given = {
        "source-endpoint": DEV,
        "source-key": world.dev.training_key,
        "target-endpoint": PROD,
        "target-key": world.prod.training_key,
        "trusted-endpoints": "",
        **{name.replace("_", "-"): value for name, value in inputs.items()},
    }
    result = attempt(world.wire(plan), environment(given, run_id=run_id, attempt_number=number), COMMAND)
    assert set(result.outputs) == set(COMMAND.outputs), result.log
    return result


def test_two_projects_are_mirrored(world: World) -> None:
    result = run(world)

    print(result.log, result.summary, json.dumps(result.report, indent=1))
    assert result.status == "mirrored"
    assert {p.name for p in world.prod.projects.values()} >= {"Bystander", "Shelf"}
    again = run(world, run_id="901")
    print(again.log)
    assert again.status == "unchanged"

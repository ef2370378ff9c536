"""Whole runs of the rollback action in this process, after two promotions."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import jsonschema

from cvaction.commands.rollback import COMMAND
from cvaction.rules.mark import mark_of
from cvaction.status import Status
from runner_double.double import REPOSITORY
from tests.support.in_process import Result, attempt, environment
from tests.support.world import NAME, PROD, World, as_seen, new_world

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["PNG", "copies", "is_done", "run", "two_promotions"]

SCHEMA: dict[str, Any] = json.loads((REPOSITORY / "docs" / "rollback-report.schema.json").read_text(encoding="utf-8"))
LIVE = {"publish-name": "live", "prediction-resource-id": "{prediction}"}
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


def two_promotions(folder: Path) -> World:
    """Two promotions under one name, the second of them in use. `folder` is the workspace, with one image."""
    (folder / "sweep.png").write_bytes(PNG)
    world = new_world("allow", {"if-exists": "replace", **LIVE}, folder)
    for run_id in ("1", "2"):
        result, _ = world.attempt(run_id=run_id)
        assert result.status == "promoted", result.log
        world.clock.advance(3600)
        world.emulator.train(world.dev, world.source)
    world.emulator.log.clear()
    return world


def copies(world: World) -> tuple[Any, Any]:
    """The first copy and the second."""
    made = [p for p in world.prod.projects.values() if mark_of(as_seen(p))]
    first, second = sorted(made, key=lambda project: project.created)[:2]
    return first, second


def run(
    world: World, plan: dict[int, Any] | None = None, number: int = 1, run_id: str = "900", **inputs: str
) -> Result:
    """One attempt of the rollback action, by the name of the two copies unless the inputs say otherwise."""
    given = {
        "target-endpoint": PROD,
        "target-key": world.prod.training_key,
        **{name.replace("_", "-"): value for name, value in {"project_name": NAME, **inputs}.items()},
    }
    environ = environment(given, run_id=run_id, attempt_number=number) | {"GITHUB_WORKSPACE": world.workspace}
    result = attempt(world.wire(plan), environ, COMMAND)
    world.clock.advance(2.0)
    if result.exit_code is not None:
        assert set(result.outputs) == set(COMMAND.outputs), result.log
        assert (result.exit_code == 0) == Status(result.status).succeeds == (result.report["error"] is None)
        assert "A fault in this action" not in result.log
        jsonschema.validate(result.report, SCHEMA, jsonschema.Draft202012Validator)
    return result


def is_done(world: World, first: Any, second: Any) -> None:
    """The first copy has the name again, and both marks tell it."""
    assert first.name == NAME
    assert re.fullmatch(rf"{NAME} \(rolled back \d{{8}}-\d{{6}}\)", second.name)
    assert [iteration.publish_name for iteration in first.published] == ["live"]
    marks = [mark_of(as_seen(project)) for project in (first, second)]
    told = [(bool(mark.restored), bool(mark.rolledback)) for mark in marks if mark]
    assert told == [(True, False), (False, True)]

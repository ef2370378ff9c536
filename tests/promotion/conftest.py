"""Whole promotions in milliseconds: the real code, a fake clock, the emulator in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.rows import Rows
from tests.support.world import World, new_world
from tests.sweep.__main__ import IMAGE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.world import MakeWorld


@pytest.fixture
def make_world(tmp_path: Path) -> MakeWorld:
    """Make a world with the given inputs; `rule` is what the service does with a taken name."""
    (tmp_path / "sweep.png").write_bytes(IMAGE)

    def make(rule: str = "allow", **inputs: str) -> World:
        given = {name.replace("_", "-"): value for name, value in inputs.items()}
        return new_world(rule, given, tmp_path)

    return make


@pytest.fixture
def rows(monkeypatch: pytest.MonkeyPatch) -> Rows:
    """Change what the emulator tells of a project, a tag or an iteration."""
    return Rows(monkeypatch)

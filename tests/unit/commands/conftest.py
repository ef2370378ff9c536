"""What the tests of the backup and restore actions share."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.support.backups import Stage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """A resource and a workspace. Nothing is synced: that would take most of the time."""
    monkeypatch.setattr(os, "fsync", lambda _: None)
    stage = Stage(tmp_path)
    with stage.clock:
        yield stage


@pytest.fixture
def no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is synced: that would take most of the time."""
    monkeypatch.setattr(os, "fsync", lambda _descriptor: None)

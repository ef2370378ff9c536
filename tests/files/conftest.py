from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A workspace, and beside it what no link may lead to; no descriptor is left open. The disk is not waited for."""
    monkeypatch.setattr(os, "fsync", lambda _descriptor: None)
    before = set(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else set()  # noqa: PTH112, PTH208
    folder = tmp_path / "workspace"
    folder.mkdir()
    yield folder
    if before:
        assert len(os.listdir("/proc/self/fd")) <= len(before)  # noqa: PTH208

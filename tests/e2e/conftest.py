from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.entrypoints import WITHOUT_PACE, prepared
from tests.e2e.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with Stage(tmp_path) as stage:
        yield stage


@pytest.fixture
def unpaced(stage: Stage, tmp_path: Path) -> None:
    """For modules of many promotions that are not about the pace: without it each takes a third of the time."""
    stage.runner.entrypoint = prepared(tmp_path / "unpaced", WITHOUT_PACE)

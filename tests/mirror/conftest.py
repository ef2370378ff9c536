from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.mirrors import MirrorWorld, new_mirror

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def world(tmp_path: Path) -> MirrorWorld:
    """A source with three projects."""
    return new_mirror(tmp_path, "Apple", "Banana", "Cherry")

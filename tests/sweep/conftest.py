from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def repository() -> Callable[[str], str]:
    """Read a file of this repository."""
    return lambda name: (ROOT / name).read_text(encoding="utf-8")

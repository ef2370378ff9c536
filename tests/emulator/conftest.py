from __future__ import annotations

import pytest

from tests.emulator.driver import World


@pytest.fixture
def world() -> World:
    return World()

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.support.release_rehearsal import UP_TO_TRY, Rehearsal, missing, passes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LACKING = ", ".join(missing())


def new_rehearsal(folder: Path) -> Rehearsal:
    if LACKING:
        pytest.skip(f"the scripts of the release need {LACKING}")
    rehearsal = Rehearsal(folder)
    rehearsal.context |= {"steps.promote.outputs.status": "promoted", "steps.promote.outputs.project-id": "an id"}
    return rehearsal


@pytest.fixture
def rehearsal(tmp_path: Path) -> Iterator[Rehearsal]:
    """Whatever a test does: nothing that is there is pushed over, moved or deleted."""
    rehearsal = new_rehearsal(tmp_path)
    yield rehearsal
    world = rehearsal.world
    assert world["overwritten"] == []
    for call in world["calls"]:
        assert not re.search(r"PATCH|PUT|DELETE|--force|--clobber|release delete|imagetools rm| -f ", call), call


@pytest.fixture(scope="session")
def up_to_try(tmp_path_factory: pytest.TempPathFactory) -> Rehearsal:
    """All that comes before the approval, done once."""
    earlier = new_rehearsal(tmp_path_factory.mktemp("earlier"))
    passes(earlier, *UP_TO_TRY)
    return earlier


@pytest.fixture(scope="session")
def up_to_the_end(tmp_path_factory: pytest.TempPathFactory, up_to_try: Rehearsal) -> Rehearsal:
    earlier = new_rehearsal(tmp_path_factory.mktemp("earlier"))
    earlier.resume(up_to_try)
    passes(earlier, "publish")
    return earlier


@pytest.fixture
def tried(rehearsal: Rehearsal, up_to_try: Rehearsal) -> Rehearsal:
    """A rehearsal that waits for the approval."""
    rehearsal.resume(up_to_try)
    return rehearsal


@pytest.fixture
def released(rehearsal: Rehearsal, up_to_the_end: Rehearsal) -> Rehearsal:
    """A rehearsal that has released."""
    rehearsal.resume(up_to_the_end)
    return rehearsal

"""A fixed share of the sweep in every test run; `make sweep` plays all of it."""

from __future__ import annotations

import pytest

from tests.sweep.__main__ import play
from tests.sweep.cases import groups

SHARE = 6
GROUPS = groups()


@pytest.mark.parametrize("group", range(len(GROUPS)), ids=[f"{scenario.name}-{rule}" for scenario, rule in GROUPS])
def test_a_disturbed_run_and_its_rerun_end_with_one_whole_copy_and_nothing_else(group: int) -> None:
    tally = play(group, SHARE)
    assert tally.played > 0
    assert tally.broken == ()

"""A fixed share of the sweep in every test run; `make sweep` plays all of it."""

from __future__ import annotations

import pytest

from tests.sweep import edits, mirrors, nights, refusals, rollbacks
from tests.sweep.__main__ import play, play_edits, play_mirror, play_nights, play_refusals, play_rollbacks
from tests.sweep.cases import groups

SHARE = 6
REFUSALS_SHARE = 21  # four runs in each case; no divisor in common with the 16 events of a request
MIRROR_SHARE = 30  # a mirror plays five projects in each case
NIGHTS_SHARE = 60  # three runs of many projects
GROUPS = groups()
ROLLBACKS = rollbacks.groups()


@pytest.mark.parametrize("group", range(len(GROUPS)), ids=[f"{scenario.name}-{rule}" for scenario, rule in GROUPS])
def test_a_disturbed_run_and_its_rerun_end_with_one_whole_copy_and_nothing_else(group: int) -> None:
    tally = play(group, SHARE)
    assert tally.played > 0
    assert tally.broken == ()


@pytest.mark.parametrize("name", edits.NAMES)
def test_an_edit_of_the_source_is_in_what_replaces_it_whenever_it_came(name: str) -> None:
    tally = play_edits(name, SHARE)
    assert tally.played > 0
    assert tally.broken == ()


@pytest.mark.parametrize("kind", refusals.KINDS)
def test_a_disturbed_run_that_the_target_refuses_leaves_what_a_rerun_needs(kind: str) -> None:
    tally = play_refusals(kind, REFUSALS_SHARE)
    assert tally.played > 0
    assert tally.broken == ()


@pytest.mark.parametrize("seed", mirrors.SEEDS)
def test_a_disturbed_mirror_and_its_rerun_leave_one_copy_of_each(seed: int) -> None:
    tally = play_mirror(seed, MIRROR_SHARE)
    assert tally.played > 0
    assert tally.broken == ()


@pytest.mark.parametrize("kind", nights.KINDS)
def test_a_disturbed_mirror_in_trouble_loses_and_doubles_nothing(kind: str) -> None:
    tally = play_nights(kind, NIGHTS_SHARE)
    assert tally.played > 0
    assert tally.broken == ()


@pytest.mark.parametrize(
    "group", range(len(ROLLBACKS)), ids=[f"{scenario.name}-{rule}" for scenario, rule in ROLLBACKS]
)
def test_a_disturbed_rollback_and_its_rerun_end_as_one(group: int) -> None:
    tally = play_rollbacks(group, SHARE)
    assert tally.played > 0
    assert tally.broken == ()

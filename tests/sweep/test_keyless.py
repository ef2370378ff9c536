"""A share of the sweep once more with tokens, so short that each run renews them, the two calls among the disturbed."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from emulator.state.identity import TARGET_ROLE
from tests.support.keyless import KeylessWorld, keyless
from tests.sweep.__main__ import IMAGE
from tests.sweep.cases import cases, groups
from tests.sweep.judge import judge

SHARE = 90
TOKEN_SECONDS = 10.0  # a fifth of it is the margin: a promotion of six seconds and its re-run renew several times
GROUPS = groups()


@pytest.mark.parametrize("group", range(len(GROUPS)), ids=[f"{scenario.name}-{rule}" for scenario, rule in GROUPS])
def test_a_disturbed_run_with_tokens_and_its_rerun_end_with_one_whole_copy(group: int) -> None:
    scenario, rule = GROUPS[group]
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "sweep.png").write_bytes(IMAGE)
        prepared = keyless(scenario.build(rule, Path(folder)), token_seconds=TOKEN_SECONDS, source_role=TARGET_ROLE)
        undisturbed = prepared.copy()
        result, wire = undisturbed.attempt()
        assert result.status == scenario.expected, result.log
        all_cases = list(cases(scenario, rule, wire.count))
        chosen = all_cases[group % SHARE :: SHARE]
        # Whatever the share leaves out, each fault meets the two calls.
        chosen += [case for case in all_cases if case.number < 2 and not case.change and not case.lag]
        broken = [f"{case}: {'; '.join(found)}" for case in chosen if (found := judge(case, prepared))]
    assert broken == []


def test_no_run_of_it_sends_a_token_that_has_ended(tmp_path: Path) -> None:
    (tmp_path / "sweep.png").write_bytes(IMAGE)
    for scenario, rule in GROUPS:
        prepared = keyless(scenario.build(rule, tmp_path), token_seconds=TOKEN_SECONDS, source_role=TARGET_ROLE)
        world = prepared.copy()
        assert isinstance(world, KeylessWorld)
        world.attempt()
        assert not [entry for entry in world.emulator.log if entry.status == 401], scenario.name

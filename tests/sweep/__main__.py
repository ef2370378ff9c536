"""`python -m tests.sweep`: play the sweep, or a share of it, and print how many cases held.

`--share 8` plays every eighth case; `--write README.md` puts the figures of a whole sweep between its markers.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support.revision import revision
from tests.sweep import edits, mirrors, night_judge, nights, refusal_judge, refusals, rollbacks
from tests.sweep.cases import FAULTS, KILLS, cases, groups, length
from tests.sweep.figures import Story, Tally, told
from tests.sweep.judge import judge
from tests.sweep.rollback_judge import judge as judge_rollback

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.sweep.cases import Case
    from tests.sweep.rollbacks import RollbackCase

IMAGE = b"\x89PNG\r\n\x1a\n" + bytes(64)
SHOWN = 10


def play(group: int, share: int, offset: int = 0) -> Tally:
    """Play every `share`-th case of a group, beginning with the `offset`-th."""
    scenario, rule = groups()[group]
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder)
        (workspace / "sweep.png").write_bytes(IMAGE)
        requests = length(scenario, rule, workspace)
        prepared = scenario.build(rule, workspace)
        chosen = list(cases(scenario, rule, requests))[(offset + group) % share :: share]
        broken = [f"{case}: {'; '.join(problems)}" for case in chosen if (problems := judge(case, prepared))]
    return _tally(Story.PROMOTION, f"{scenario.name}/{rule}", requests, chosen, broken)


def play_edits(name: str, share: int) -> Tally:
    """Play every `share`-th case of a scenario's sweep of edits."""
    (scenario,) = (one for one in edits.scenarios() if one.name == name)
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder)
        (workspace / "sweep.png").write_bytes(IMAGE)
        requests = length(scenario, "allow", workspace)
        prepared = edits.prepare(scenario, workspace)
        chosen = list(edits.cases(scenario, requests))[::share]
        broken = [f"{case}: {'; '.join(problems)}" for case in chosen if (problems := edits.judge(case, prepared))]
    killed = sum(case.kill is not None for case in chosen)
    return Tally(Story.EDIT, f"{name}, edited", requests, len(chosen), 0, killed, 0, tuple(broken))


def play_mirror(seed: int, share: int) -> Tally:
    """Play every `share`-th case of the sweep of a mirror, in one order of its threads."""
    requests, chosen, broken = mirrors.play(seed, share)
    killed = sum(case.kind in KILLS for case in chosen)
    return Tally(
        Story.MIRROR, f"{mirrors.NAME}/{seed}", requests, len(chosen), len(chosen) - killed, killed, 0, tuple(broken)
    )


def play_nights(kind: str, share: int) -> Tally:
    """Play every `share`-th case of a mirror in trouble."""
    requests, chosen, broken = night_judge.play(kind, share)
    killed = sum(case.kind in KILLS for case in chosen)
    return Tally(
        Story.NIGHTS, f"{nights.NAME}/{kind}", requests, len(chosen), len(chosen) - killed, killed, 0, tuple(broken)
    )


def play_refusals(kind: str, share: int) -> Tally:
    """Play every `share`-th case of a promotion that the target refuses."""
    requests, chosen, broken = refusal_judge.play(kind, share)
    killed = sum(case.event in KILLS for case in chosen)
    return Tally(
        Story.REFUSAL, f"{refusals.GROUP}/{kind}", requests, len(chosen), len(chosen) - killed, killed, 0, tuple(broken)
    )


def play_rollbacks(group: int, share: int) -> Tally:
    """Play every `share`-th case of a rollback under a rule."""
    scenario, rule = rollbacks.groups()[group]
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder)
        (workspace / "sweep.png").write_bytes(IMAGE)
        prepared = scenario.build(rule, workspace)
        requests = rollbacks.length(prepared)
        chosen = list(rollbacks.cases(scenario, rule, requests))[group % share :: share]
        broken = [f"{case}: {'; '.join(problems)}" for case in chosen if (problems := judge_rollback(case, prepared))]
    return _tally(Story.ROLLBACK, f"{scenario.name}/{rule}", requests, chosen, broken)


def _tally(
    story: Story, group: str, requests: int, chosen: Sequence[Case | RollbackCase], broken: Sequence[str]
) -> Tally:
    """The tally of cases that may change the world."""
    faults, kills = (sum(case.kind in kinds for case in chosen) for kinds in (FAULTS, KILLS))
    changes = sum(bool(case.change) for case in chosen)
    return Tally(story, group, requests, len(chosen), faults, kills, changes, tuple(broken))


def main() -> int:
    """Play, print, and tell by the exit code whether every case held."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--share", type=int, default=1, metavar="N", help="play every N-th case (default: all)")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the sentence between FILE's sweep markers")
    options = parser.parse_args()
    tallies: list[Tally] = []
    commit = revision()  # now: somebody may commit while the sweep runs
    with ProcessPoolExecutor(options.workers) as pool:
        for tally in chain(
            *(pool.map(play_one, groups_, [options.share] * len(groups_)) for play_one, groups_ in PLAYS)
        ):
            tallies.append(tally)
            print(
                f"{tally.group}: {tally.requests} requests, {tally.played} cases, {len(tally.broken)} broken",
                flush=True,
            )
            for line in tally.broken[:SHOWN]:
                print(f"  {json.dumps(line)[:2000]}")
    block = told(tallies, options.share, commit, _rules())
    print(block)
    if options.write:
        text = options.write.read_text(encoding="utf-8")
        filled = f"<!-- sweep -->\n{block}\n<!-- /sweep -->"
        options.write.write_text(
            re.sub(r"<!-- sweep -->.*?<!-- /sweep -->", lambda _: filled, text, flags=re.DOTALL), "utf-8"
        )
    broken = sum(len(tally.broken) for tally in tallies)
    print(f"{sum(tally.played for tally in tallies) - broken} passed, {broken} failed")
    return 1 if broken else 0


def _rules() -> Iterator[tuple[str, int]]:
    """The stories that no sweep plays, and how many of their rules are taken out."""
    from tests.sweep import test_backup_rules, test_restore_rules  # noqa: PLC0415 - only a sweep tells of them

    yield "a backup's", len(test_backup_rules.RULES)
    yield "a restore's", len(test_restore_rules.RULES)


PLAYS: tuple[tuple[Callable[..., Tally], Sequence[Any]], ...] = (
    (play, range(len(groups()))),
    (play_edits, edits.NAMES),
    (play_refusals, refusals.KINDS),
    (play_rollbacks, range(len(rollbacks.groups()))),
    (play_mirror, mirrors.SEEDS),
    (play_nights, nights.KINDS),
)
"""Each way to play, and what it plays: one worker does one of them in one go."""


if __name__ == "__main__":
    sys.exit(main())

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
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from tests.support.revision import revision
from tests.support.world import NAME_RULES, SCENARIOS
from tests.sweep import edits, mirrors, night_judge, nights, rollbacks
from tests.sweep.cases import BETWEEN, DURING, FAULTS, KILLS, cases, groups, length
from tests.sweep.judge import judge
from tests.sweep.rollback_judge import judge as judge_rollback

IMAGE = b"\x89PNG\r\n\x1a\n" + bytes(64)
SHOWN = 10


@dataclass(frozen=True)
class Tally:
    """What a group of cases came to. `broken` has a line for each case that did not hold."""

    group: str
    requests: int
    played: int
    faults: int
    kills: int
    changes: int
    broken: tuple[str, ...]
    edits: int = 0
    rollbacks: int = 0


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
    return Tally(
        f"{scenario.name}/{rule}",
        requests,
        len(chosen),
        sum(case.kind in FAULTS for case in chosen),
        sum(case.kind in KILLS for case in chosen),
        sum(bool(case.change) for case in chosen),
        tuple(broken),
    )


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
    return Tally(f"{name}, edited", requests, len(chosen), 0, killed, 0, tuple(broken), len(chosen))


def play_mirror(seed: int, share: int) -> Tally:
    """Play every `share`-th case of the sweep of a mirror, in one order of its threads."""
    requests, chosen, broken = mirrors.play(seed, share)
    killed = sum(case.kind in KILLS for case in chosen)
    return Tally(f"mirror/{seed}", requests, len(chosen), len(chosen) - killed, killed, 0, tuple(broken))


def play_nights(kind: str, share: int) -> Tally:
    """Play every `share`-th case of a mirror in trouble."""
    requests, chosen, broken = night_judge.play(kind, share)
    killed = sum(case.kind in KILLS for case in chosen)
    return Tally(f"{nights.NAME}/{kind}", requests, len(chosen), len(chosen) - killed, killed, 0, tuple(broken))


def nights_sentence(tallies: list[Tally], share: int) -> str:
    """What is said of the mirrors in trouble behind that."""
    played, broken = sum(t.played for t in tallies), sum(len(t.broken) for t in tallies)
    what = f"A share of 1 in {share} of them" if share > 1 else "They"
    return (
        f"{what} played {played:,} cases more at every {nights.STEP}th request of {len(tallies)} mirrors in trouble: copies "
        "that cannot be named, and people and the promote action who use the target. Each case is three runs: "
        f"{played - broken:,} held."
    )


def mirror_sentence(tallies: list[Tally], share: int) -> str:
    """What is said of the mirror behind that: its requests are a sample."""
    played, broken = sum(t.played for t in tallies), sum(len(t.broken) for t in tallies)
    what = f"A share of 1 in {share} of the mirror's" if share > 1 else "The mirror's"
    return (
        f"{what} played {played:,} cases at every {mirrors.STEP}rd request of a mirror of {len(mirrors.NAMES)} projects, in "
        f"{len(tallies)} orders of its threads: {played - broken:,} held. The other projects ended as if nothing was, and "
        "the re-run left exactly one copy of each."
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
    return Tally(
        f"{scenario.name}/{rule}",
        requests,
        len(chosen),
        sum(case.kind in FAULTS for case in chosen),
        sum(case.kind in KILLS for case in chosen),
        sum(bool(case.change) for case in chosen),
        tuple(broken),
        rollbacks=len(chosen),
    )


def sentence(tallies: list[Tally], share: int, commit: str) -> str:
    """The sentence of the README's reliability section."""
    played, broken = sum(t.played for t in tallies), sum(len(t.broken) for t in tallies)
    kinds = ("faults", "kills", "changes", "edits", "rollbacks")
    faults, kills, changes, edited, rolled = (sum(getattr(t, name) for t in tallies) for name in kinds)
    what = f"A share of 1 in {share} of the sweep" if share > 1 else "The whole sweep"
    where = f", on commit {commit}," if commit else ""
    return (
        f"{what}{where} played {played:,} cases, each followed by a re-run: {played - broken:,} held, with {broken} "
        f"duplicates or losses. {faults:,} had a fault, {kills:,} a kill, and {changes:,} a change of the world: "
        f"{len(FAULTS)} faults, {len(KILLS)} kills, {len(BETWEEN)} changes between the attempts and {len(DURING)} "
        f"during the first, at every request of {len(SCENARIOS)} scenarios, under {len(NAME_RULES)} rules for taken "
        f"names. In {edited:,} the source was edited at every request, with a kill at every later one, of "
        f"{' and '.join(edits.NAMES)}. {rolled:,} were rollbacks, of {len(rollbacks.SCENARIOS)} more scenarios, with "
        f"{len(rollbacks.CHANGES)} changes of their own, and a promotion behind each. "
        "That is against this repository's emulator, not against Azure."
    )


def main() -> int:
    """Play, print, and tell by the exit code whether every case held."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--share", type=int, default=1, metavar="N", help="play every N-th case (default: all)")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the sentence between FILE's sweep markers")
    options = parser.parse_args()
    tallies: list[Tally] = []
    mirrored: list[Tally] = []
    troubled: list[Tally] = []
    commit = revision()  # now: somebody may commit while the sweep runs
    with ProcessPoolExecutor(options.workers) as pool:
        played = pool.map(play, range(len(groups())), [options.share] * len(groups()))
        edited = pool.map(play_edits, edits.NAMES, [options.share] * len(edits.NAMES))
        many = pool.map(play_mirror, mirrors.SEEDS, [options.share] * len(mirrors.SEEDS))
        rolled = pool.map(play_rollbacks, range(len(rollbacks.groups())), [options.share] * len(rollbacks.groups()))
        in_trouble = pool.map(play_nights, nights.KINDS, [options.share] * len(nights.KINDS))
        for tally in chain(played, edited, rolled, many, in_trouble):
            kept = {mirrors.NAME: mirrored, nights.NAME: troubled}.get(tally.group.partition("/")[0], tallies)
            kept.append(tally)
            print(
                f"{tally.group}: {tally.requests} requests, {tally.played} cases, {len(tally.broken)} broken",
                flush=True,
            )
            for line in tally.broken[:SHOWN]:
                print(f"  {json.dumps(line)[:2000]}")
    of_mirrors = f"{mirror_sentence(mirrored, options.share)} {nights_sentence(troubled, options.share)}"
    told = f"{sentence(tallies, options.share, commit)}\n\n{of_mirrors}"
    print(told)
    if options.write:
        text = options.write.read_text(encoding="utf-8")
        block = f"<!-- sweep -->\n{told}\n<!-- /sweep -->"
        options.write.write_text(
            re.sub(r"<!-- sweep -->.*?<!-- /sweep -->", lambda _: block, text, flags=re.DOTALL), "utf-8"
        )
    every = (*tallies, *mirrored, *troubled)
    broken = sum(len(tally.broken) for tally in every)
    print(f"{sum(tally.played for tally in every) - broken} passed, {broken} failed")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())

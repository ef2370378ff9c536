"""A probe that is disturbed: a fault at a request, or a kill and another probe.

`python -m tests.sweep.probing` disturbs every request of a probe in three worlds, each in some of the 16 ways in turn;
`--share 1` plays every way at every request.

What must hold: a fault ends in the right answer or in `not-tried`, never in another one; nothing is left, nothing of a
stranger's is touched; after a kill the next probe deletes what the first one has made, with its journal or two hours
later without it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.facts import FACTS, uploads
from conformance.probe.engine import FAULT
from tests.support.probing import ALL, ProbeWorld
from tests.sweep.cases import FAULTS, KILLS

if TYPE_CHECKING:
    from collections.abc import Iterator

WORLDS = ("keys", "one resource", "keyless")
CHEAP = ("--only", "wrong-project")
"""What the next probe tries: it cleans up before."""
SHARE = 7
"""Of all cases: each request is disturbed in two or three ways, and each way comes at every seventh request."""
TWO_HOURS = 2 * 3600 + 60.0
_SHOWN = 20


def new_world(kind: str, folder: Path) -> ProbeWorld:
    """A world of that kind, with an import that takes a while."""
    return ProbeWorld(
        folder, {"import_seconds": 3.0, "relative_uris": 0.0}, single=kind == "one resource", keyless=kind == "keyless"
    )


def options_of(kind: str) -> tuple[str, ...]:
    """All that can be tried there; a burst says nothing more of a fault."""
    return () if kind == "one resource" else ALL[:1]


def length(kind: str) -> int:
    """How many requests an undisturbed probe makes."""
    with tempfile.TemporaryDirectory() as folder:
        world = new_world(kind, Path(folder))
        wire = world.wire()
        assert world.probe(*options_of(kind), wire=wire) == 0, world.log
        return wire.count


def answers(kind: str) -> dict[str, object]:
    """What an undisturbed probe sees."""
    with tempfile.TemporaryDirectory() as folder:
        world = new_world(kind, Path(folder))
        world.probe(*options_of(kind))
        return {finding.id: finding.value for finding in world.record.findings if finding.state == "seen"}


def faulty(kind: str, number: int, fault: str, truth: dict[str, object]) -> list[str]:
    """What does not hold after a fault at a request."""
    with tempfile.TemporaryDirectory() as folder:
        world = new_world(kind, Path(folder))
        code = world.probe(*options_of(kind), wire=world.wire({number: fault}))
        problems = world.left()
        if code == 1 and number < FIRST:  # the resources could not be asked at all
            return problems
        if code not in {0, 3}:
            return [*problems, f"exit code {code}: {world.log[-300:]}"]
        for finding in world.record.findings:
            if finding.state == "new":
                problems.append(f"{finding.id} is new: {dict(finding.about)}")
            if str(finding.about.get("reason", "")).startswith(FAULT):
                problems.append(f"{finding.id}: {finding.about['reason']}")
            if finding.state == "seen" and not same(finding.id, finding.value, truth.get(finding.id)):
                problems.append(f"{finding.id} is {finding.value}, and not {truth.get(finding.id)}")
        return problems


FIRST = 4
"""The requests before anything is tried: the listings."""


def same(fact: str, seen: object, truth: object) -> bool:
    """Whether two probes saw the same: numbers are the same where they mean the same and lie close together."""
    if isinstance(seen, float) and isinstance(truth, float):
        return FACTS[fact].answers.meaning(seen) == FACTS[fact].answers.meaning(truth) and abs(seen - truth) < 4.0
    return seen == truth


def killed(kind: str, number: int, kill: str, *, journal: bool) -> list[str]:
    """What the next probe leaves of one that was killed at a request."""
    with tempfile.TemporaryDirectory() as folder:
        world = new_world(kind, Path(folder))
        wire = world.wire({number: kill})
        world.probe(*options_of(kind), wire=wire)
        problems = ["a request was sent after the kill"] if wire.after_death else []
        world.clock.advance(5.0)
        if not journal:
            (Path(folder) / "journal").unlink(missing_ok=True)
            world.clock.advance(TWO_HOURS)
        code = world.probe(*CHEAP)
        problems += [] if code == 0 else [f"exit code {code} of the next probe: {world.log[-300:]}"]
        return problems + world.left()


def cases(kind: str, share: int = 1) -> Iterator[tuple[str, int, str]]:
    """Every request with every kill and fault, or every `share`-th of them."""
    every = ((kind, number, what) for number in range(length(kind)) for what in (*KILLS, *FAULTS))
    return islice(every, 0, None, share)


def judge(case: tuple[str, int, str], truth: dict[str, object]) -> list[str]:
    """What does not hold in a case."""
    uploads.MEGABYTE = 10_000  # type: ignore[misc] # nothing here is about how long a large body takes
    kind, number, what = case
    if what in KILLS:
        return killed(kind, number, what, journal=number % 2 == 0)
    return faulty(kind, number, what, truth)


def play(kind: str, share: int) -> tuple[int, list[str]]:
    """Play a share of the cases of a world; how many, and what did not hold."""
    uploads.MEGABYTE = 10_000  # type: ignore[misc] # as above
    truth, chosen = answers(kind), list(cases(kind, share))
    found = [f"{case}: {'; '.join(problems)}" for case in chosen if (problems := judge(case, truth))]
    return len(chosen), found


def main() -> int:
    """Play it, and tell by the exit code whether every case held."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--share", type=int, default=SHARE, metavar="N", help="play every N-th case")
    options = parser.parse_args()
    played, broken = 0, []
    with ProcessPoolExecutor(2) as pool:
        for number, found in pool.map(play, WORLDS, [options.share] * len(WORLDS)):
            played += number
            broken += found
    for line in broken[:_SHOWN]:
        sys.stdout.write(f"  {line[:2000]}\n")
    sys.stdout.write(f"{played - len(broken)} passed, {len(broken)} failed\n")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())

"""`python -m tools.bench [quick] [PART ...]`: all parts, or some; the others stay as they were measured."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runner_double.double import REPOSITORY
from tests.support.revision import revision
from tools.bench import backups, experiments, mirrors, table
from tools.bench.contestants import Contestants
from tools.bench.pythons import action_python, base_python, sdk_python

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

STORED = REPOSITORY / "bench" / "result.json"
README = REPOSITORY / "README.md"
PARTS = ("start", "promotions", "notice", "scale", "mirror", "backup", "image")


def main() -> int:
    """Measure, compare with the stored result, and store the new one. `quick` only checks that the measuring works."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    known = ("quick", *PARTS)
    parser.add_argument("words", nargs="*", metavar="|".join(known))
    words = set(parser.parse_args().words)
    if unknown := words.difference(known):  # argparse's `choices` refuse an empty list before Python 3.12
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    quick = "quick" in words
    before = json.loads(STORED.read_text(encoding="utf-8")) if STORED.exists() else {}
    result = measure([part for part in PARTS if part in words] or PARTS, quick=quick)
    print(f"\n{table.markdown(result)}")
    for line in table.comparison(before, result):
        print(line)
    if not quick:
        result = merged(before, result)
        STORED.parent.mkdir(exist_ok=True)
        STORED.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
        if not table.write(README, result):
            print("README.md has no place for the table.")
            return 1
    return 0


def measure(parts: Sequence[str], *, quick: bool) -> dict[str, Any]:
    """Some parts, each with what it was measured on."""
    extent = experiments.QUICK if quick else experiments.FULL
    with tempfile.TemporaryDirectory(prefix="cvaction-bench-") as name:
        folder = Path(name)
        pythons = action_python(folder / "action"), sdk_python(folder / "sdk")
        contestants = Contestants(folder, *pythons, REPOSITORY / "entrypoint.py")
        steps: dict[str, Callable[[], dict[str, Any]]] = {
            "start": lambda: experiments.start(extent, contestants),
            "promotions": lambda: experiments.promotions(extent, contestants),
            "notice": lambda: experiments.notice(extent),
            "scale": lambda: experiments.scale(extent, contestants),
            "mirror": lambda: mirrors.mirrors(mirrors.QUICK if quick else mirrors.FULL, contestants),
            "backup": lambda: backups.backups(backups.QUICK if quick else backups.FULL, contestants),
            "image": experiments.image,
        }
        on = {"commit": revision(), "python": base_python()[1]}
        result: dict[str, Any] = {"measured": {}}
        for part in parts:
            print(f"Measuring: {part} …", flush=True)
            if found := steps[part]():
                result[part] = found
                result["measured"][part] = on
        return result


def merged(before: dict[str, Any], now: dict[str, Any]) -> dict[str, Any]:
    """The stored parts with the new ones in their places."""
    old = before.get("measured")
    if old is None:  # stored when all parts were measured together
        on = {"commit": before.get("commit", ""), "python": before.get("python", "")}
        old = {part: on for part in PARTS if before.get(part)}
    parts = {part: now.get(part) or before[part] for part in PARTS if now.get(part) or before.get(part)}
    return {"measured": {**old, **now["measured"]}, **parts}


if __name__ == "__main__":
    sys.exit(main())

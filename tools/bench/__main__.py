"""`python -m tools.bench [quick]`."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runner_double.double import REPOSITORY
from tests.support.revision import revision
from tools.bench import experiments, mirrors, table
from tools.bench.contestants import Contestants
from tools.bench.pythons import action_python, base_python, sdk_python

if TYPE_CHECKING:
    from collections.abc import Callable

STORED = REPOSITORY / "bench" / "result.json"
README = REPOSITORY / "README.md"


def main() -> int:
    """Measure, compare with the stored result, and store the new one. `quick` only checks that the measuring works."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("extent", nargs="?", choices=("full", "quick"), default="full")
    quick = parser.parse_args().extent == "quick"
    before = json.loads(STORED.read_text(encoding="utf-8")) if STORED.exists() else {}
    result = measure(experiments.QUICK if quick else experiments.FULL, mirrors.QUICK if quick else mirrors.FULL)
    result["image"] = result["image"] or before.get("image", {})
    print(f"\n{table.markdown(result)}")
    for line in table.comparison(before, result):
        print(line)
    if not quick:
        STORED.parent.mkdir(exist_ok=True)
        STORED.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
        if not table.write(README, result):
            print("README.md has no place for the table.")
            return 1
    return 0


def measure(extent: experiments.Extent, many: mirrors.Extent) -> dict[str, Any]:
    """All that is measured."""
    with tempfile.TemporaryDirectory(prefix="cvaction-bench-") as name:
        folder = Path(name)
        pythons = action_python(folder / "action"), sdk_python(folder / "sdk")
        contestants = Contestants(folder, *pythons, REPOSITORY / "entrypoint.py")
        result: dict[str, Any] = {"python": base_python()[1], "commit": revision()}
        steps: dict[str, Callable[[], dict[str, Any]]] = {
            "start": lambda: experiments.start(extent, contestants),
            "promotions": lambda: experiments.promotions(extent, contestants),
            "notice": lambda: experiments.notice(extent),
            "scale": lambda: experiments.scale(extent, contestants),
            "mirror": lambda: mirrors.mirrors(many, contestants),
            "image": experiments.image,
        }
        for title, step in steps.items():
            print(f"Measuring: {title} …", flush=True)
            result[title] = step()
    return result


if __name__ == "__main__":
    sys.exit(main())

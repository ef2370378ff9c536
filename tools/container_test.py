"""`make container-test`: build the Dockerfile as it is, and promote in the container as the runner would."""

from __future__ import annotations

import json
import sys
import tempfile
import time
import traceback
from pathlib import Path

from tests.support.runner_double import REPOSITORY
from tools.container.checks import CHECKS, LARGEST_MB, Ground
from tools.container.engine import EngineError, find_engine
from tools.container.image import build

MEASURED = REPOSITORY / "build" / "container.json"  # read by `make bench`


def main() -> int:
    """0 if the image could be built and every check passed."""
    try:
        engine = find_engine()
        print(f"Building the Dockerfile with {engine.name} …", flush=True)
        began = time.monotonic()
        image = build(engine)
    except EngineError as error:
        print(f"The container could not be built: {error}\n0 passed, 1 failed")
        return 1
    try:
        print(f"Built in {time.monotonic() - began:.0f} s. It adds {image.megabytes:.2f} MB to its base", end="")
        print(f" ({len(image.added)} files; the limit is {LARGEST_MB:g} MB).", flush=True)
        MEASURED.parent.mkdir(exist_ok=True)
        MEASURED.write_text(json.dumps({"added_mb": round(image.megabytes, 2)}) + "\n", encoding="utf-8")
        failed = 0
        for check in CHECKS:
            began = time.monotonic()
            with tempfile.TemporaryDirectory(prefix="cvaction-container-") as folder:
                try:
                    check(Ground(engine, image, Path(folder)))
                except Exception:  # noqa: BLE001 - whatever a check raises, the others are to run
                    failed += 1
                    verdict = "FAILED"
                    traceback.print_exc(file=sys.stdout)
                else:
                    verdict = "ok"
            print(f"{verdict:6} {check.__name__.replace('_', ' ')} ({time.monotonic() - began:.1f} s)", flush=True)
    finally:
        engine.remove(image.name)
    print(f"{len(CHECKS) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

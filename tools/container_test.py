"""`make container-test`: build the Dockerfile as it is, and promote in the container as the runner would."""

from __future__ import annotations

import json
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from runner_double.double import REPOSITORY
from tools.container.checks import CHECKS, LARGEST_MB, Ground
from tools.container.engine import EngineError, find_engine, output_of
from tools.container.image import build

if TYPE_CHECKING:
    from tools.container.engine import Engine
    from tools.container.image import Image

ROUNDS = 50
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
        failed = 0
        for check in CHECKS:
            began = time.monotonic()
            with tempfile.TemporaryDirectory(prefix="cvaction-container-") as folder:
                try:
                    check(Ground(engine, image, Path(folder)))
                except Exception:  # noqa: BLE001 - whatever a check raises, the others must run
                    failed += 1
                    verdict = "FAILED"
                    traceback.print_exc(file=sys.stdout)
                else:
                    verdict = "ok"
            print(f"{verdict:6} {check.__name__.replace('_', ' ')} ({time.monotonic() - began:.1f} s)", flush=True)
        measure(engine, image)
    finally:
        engine.remove(image.name)
    print(f"{len(CHECKS) - failed} passed, {failed} failed")
    return 1 if failed else 0


def measure(engine: Engine, image: Image) -> None:
    """Measure what `make bench` quotes of the image. Not a check, because times depend on the machine."""
    # A new container has nothing of an earlier start, and one that cannot be written to keeps nothing.
    arguments = ["--read-only", "--tmpfs", "/tmp", "--volume", f"{REPOSITORY / 'tools'}:/probe/tools:ro"]  # noqa: S108
    code = f"import sys; sys.path.insert(0, '/probe'); from tools.bench.in_image import main; main({ROUNDS})"
    command = engine.run(*arguments, "--entrypoint", "/usr/local/bin/python3", image.name, "-Ic", code)
    try:
        start = json.loads(output_of(command))
        base, action = (float(start[name]["seconds"]) for name in ("import-requests", "action"))
    except (EngineError, KeyError, TypeError, ValueError) as error:
        print(f"The start in the image could not be measured: {type(error).__name__}: {error}")
        return
    print(
        f"In the image, the first request is sent {action * 1000:.0f} ms after the start; "
        f"a whole `import requests` takes {base * 1000:.0f} ms."
    )
    MEASURED.parent.mkdir(exist_ok=True)
    measured = {"added_mb": round(image.megabytes, 2), "start": start}
    MEASURED.write_text(json.dumps(measured) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())

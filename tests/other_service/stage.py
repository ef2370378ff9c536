"""The actions as their containers start them, on the other service."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING
from urllib.parse import quote

from runner_double.double import ENTRYPOINT, RunnerDouble
from tests.other_service.service import Service

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Self

    from runner_double.step_result import StepResult
    from tests.other_service.model import Project
    from tests.other_service.ways import Ways

# The client's own pace of ten requests a second would be most of a run's time here, and so would the ten seconds in
# which own work is looked for, because listings lag: these do not.
_UNPACED = f"""
import runpy
from cvaction.customvision import pace
from cvaction.steps import listing
pace.REQUESTS_PER_SECOND = 1000
listing.LOOK_SECONDS = 1.0
runpy.run_path({str(ENTRYPOINT)!r}, run_name="__main__")
"""


class Stage:
    """A service, and a runner. Every run is held against what is promised of each, whatever its end."""

    def __init__(self, folder: Path, ways: Ways | None = None, ways_of_two: Ways | None = None) -> None:
        self.service = Service(ways, ways_of_two)
        self.one, self.two = self.service.one, self.service.two
        self.runner = RunnerDouble(folder, entrypoint=_unpaced(folder / "unpaced"))

    paced = ENTRYPOINT
    """The entry point as it is, with its own pace."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.service.__exit__(*exception)

    def pair(self, **inputs: str) -> dict[str, str]:
        """From resource one to resource two."""
        given = {name.replace("_", "-"): value for name, value in inputs.items()}
        return {
            "source-endpoint": self.one.origin,
            "source-key": self.one.key,
            "target-endpoint": self.two.origin,
            "target-key": self.two.key,
            **given,
        }

    def publishing(self, name: str = "prod") -> dict[str, str]:
        return {"publish_name": name, "prediction_resource_id": self.two.prediction_id}

    def promote(self, source: Project, **inputs: str) -> StepResult:
        return self.run("", self.pair(source_project_id=source.id, **inputs))

    def run(self, action: str, inputs: Mapping[str, str]) -> StepResult:
        """Run an action (empty: promote) to its end, and check what is promised of any run."""
        self.runner.action, self.runner.args = action or ".", (action,) if action else ()
        result = self.runner.run(inputs)
        assert b"Traceback" not in result.written, result.log
        assert (result.unexpected_commands, result.runner_errors) == ([], []), result.log
        self.check_secrets(result)
        assert self.service.store.blobs.keys_seen == 0
        errors = [note for note in result.annotations if note.level == "error"]
        assert bool(errors) == bool(result.exit_code), result.log
        return result

    def check_secrets(self, result: StepResult) -> None:
        lines = re.split(rb"[\r\n]", result.written)
        shown = b"\n".join(line for line in lines if not line.startswith(b"::add-mask::")).decode(errors="replace")
        for secret in (self.one.key, self.two.key, *self.service.store.tokens):
            assert secret not in shown
            assert quote(secret, safe="") not in shown
        assert "sig=" not in shown

    def next_run(self) -> None:
        self.runner.run_id, self.runner.attempt = str(int(self.runner.run_id) + 1), 1


def _unpaced(folder: Path) -> Path:
    for manifest in (*ENTRYPOINT.parent.glob("*/action.yml"), ENTRYPOINT.parent / "action.yml"):
        place = folder / manifest.parent.relative_to(ENTRYPOINT.parent)
        place.mkdir(parents=True, exist_ok=True)
        shutil.copy(manifest, place)
    path = folder / "entrypoint.py"
    path.write_text(_UNPACED, encoding="utf-8")
    return path

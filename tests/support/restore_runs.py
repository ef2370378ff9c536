"""What every run of the restore action promises, and the samples that several files of tests restore."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema

from cvaction.commands.restore import COMMAND
from cvaction.status import Status
from runner_double.double import REPOSITORY
from tests.support.archives import Sample, detected

if TYPE_CHECKING:
    from tests.support.in_process import Result
    from tests.support.restoring import Target

SCHEMA: dict[str, Any] = json.loads((REPOSITORY / "docs" / "restore-report.schema.json").read_text(encoding="utf-8"))


def check(result: Result) -> None:
    """What every run promises."""
    assert set(result.outputs) == set(COMMAND.outputs), result.log
    assert "A fault in this action" not in result.log
    assert (result.exit_code == 0) == Status(result.status).succeeds == (result.report["error"] is None)
    assert result.summary.startswith("## ")
    jsonschema.validate(result.report, SCHEMA, jsonschema.Draft202012Validator)


def run(target: Target, plan: dict[int, Any] | None = None, **inputs: Any) -> Result:
    """One run, with what every run promises."""
    result, _ = target.run(plan, **inputs)
    check(result)
    return result


def many_tags(**fields: Any) -> Sample:
    """25 tags an image, metadata, and names that are hard to send."""
    sample = Sample("multilabel", name='Tags "&" #1 \u202e', **fields)
    tags = [sample.tag(f"tag {number:02} & ? #", description="What it is." if number else None) for number in range(25)]
    for number in range(8):
        sample.image(tags, metadata={"file": f"{number % 3}.jpg", "größe": "10 €"})
    sample.image(tags[:1])
    sample.image()
    return sample


def boxed(**fields: Any) -> Sample:
    """A detector's project without the boxes that no service would give: outside of 0 to 1."""
    sample = detected(**fields)
    for wire in sample.images:
        for region in wire.get("regions", []):
            region["left"], region["top"] = abs(region["left"]) % 1, abs(region["top"]) % 1
    return sample


def position(target: Target, operation: str, **inputs: Any) -> int:
    """The number of the request with which a run first asks for an operation."""
    result, _ = target.run(**inputs)
    assert result.exit_code == 0, result.log
    return [entry.operation for entry in target.emulator.log].index(operation)

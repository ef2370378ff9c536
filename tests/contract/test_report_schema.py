"""The `report` output and docs/report.schema.json say the same, on every ending."""

from __future__ import annotations

import ast
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from cvaction.commands.promote import COMMAND, OUTPUT_NAMES
from cvaction.commands.promote.summary import HEADLINES
from cvaction.customvision.models import Iteration, Metrics, Project
from cvaction.failures.explanations import catalogue
from cvaction.outcome.ledger import CopyFacts, Facts, Stage
from cvaction.outcome.report import REPORT_VERSION, Ending, outputs
from cvaction.rules.agreement import SmokeResult
from cvaction.rules.bounds import METRICS, Gate, GateReport
from cvaction.rules.comparison import Check, Proof
from cvaction.status import Status
from runner_double.double import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEMA: dict[str, Any] = json.loads((REPOSITORY / "docs" / "report.schema.json").read_text(encoding="utf-8"))
STATUSES = ("promoted", "unchanged", "planned", "importing", "gated", "failed", "cancelled")
SUCCESSES = {"promoted", "unchanged", "planned"}
ID = "64b822c5-8082-4b36-a426-27225f4aa18c"
NOW = datetime(2026, 11, 23, 20, 13, 7, tzinfo=UTC)

PASSED = Gate("min-recall", "recall", 0.9, 0.8, passed=True, worst=(("tea \u202e\udc80", 0.7), ("coffee", 0.8)))
MISSED = Gate("min-precision", "precision", 0.7, 0.8, passed=False)
NOT_APPLIED = Gate("max-regression", "", None, None, passed=True, note="not applied, first copy")


def empty() -> Facts:
    """A run that ended before it found out anything."""
    return Facts()


def full(status: str) -> Facts:
    """A run that found out all there is."""
    facts = Facts(
        copy=CopyFacts(
            project_id=ID,
            project_name='Shelf "1"\n::set-output',
            iteration=Iteration(ID, "Iteration 2", "Completed", NOW, "shelf"),
            publish_name="shelf",
            prediction_url=f"https://westeurope.api.cognitive.microsoft.com/customvision/v3.1/prediction/{ID}",
            image_count=107,
            tag_count=4,
            proof=Proof((Check("images", "107", "107"), Check("tag tea", "Regular, 3 images", "none")), ("advice",)),
            smoke=(SmokeResult("a.jpg", 2, ()), SmokeResult("b.jpg", 0, ("'tea' 0.9 on the source only",))),
        ),
        source_project_id=ID,
        source_project=Project(ID, "Shelf", "", {}, NOW, NOW, "Succeeded"),
        previous_project_id=ID,
        gates=GateReport((MISSED if status == "gated" else PASSED, NOT_APPLIED), Metrics(0.7, 0.9, None)),
        plan=("Export it.",) if status == "planned" else (),
        warnings=["A leftover on the target: one"],
    )
    facts.stages += [Stage(name, 0.5, 1.23456) for name in stage_names()]
    return facts


def ending(status: str) -> Ending:
    if status in SUCCESSES:
        return Ending(Status(status), 0)
    return Ending(Status(status), 1, "The model missed a gate", "text", code="BadRequestInvalidIds", request_id=ID)


def report(facts: Facts, end: Ending) -> dict[str, Any]:
    line = outputs(facts, end, requests=42)["report"]
    assert "\n" not in line
    parsed: dict[str, Any] = json.loads(line)
    return parsed


def valid(data: object) -> bool:
    return bool(jsonschema.Draft202012Validator(SCHEMA).is_valid(data))


def example(status: str = "promoted") -> dict[str, Any]:
    return report(full(status), ending(status))


def stage_names() -> list[str]:
    """Every name that the code gives a stage of a promotion; a restore has its own schema."""
    found: dict[str, None] = {}
    restore = REPOSITORY / "cvaction" / "commands" / "restore"
    for path in sorted(path for path in (REPOSITORY / "cvaction").rglob("*.py") if path.parent != restore):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "stage":
                name = node.args[0]
                assert isinstance(name, ast.Constant), f"{path.name}: a stage's name is computed"
                found[str(name.value)] = None
    return list(found)


def objects(schema: Any, place: str = "#") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object that the schema describes, outside its conditions."""
    if isinstance(schema, dict):
        if schema.get("type") == "object" and "properties" in schema:
            yield place, schema
        for key, value in schema.items():
            if key != "allOf":
                yield from objects(value, f"{place}/{key}")


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_the_statuses_are_those_of_the_schema_the_summary_and_the_errors() -> None:
    assert tuple(SCHEMA["properties"]["status"]["enum"]) == STATUSES
    assert set(HEADLINES) == set(STATUSES) == set(COMMAND.statuses)
    assert {status for status in COMMAND.statuses if status.succeeds} == SUCCESSES
    assert {kind.status for kind in catalogue()} <= {status for status in Status if not status.succeeds}


@pytest.mark.parametrize("status", STATUSES)
def test_a_report_with_everything_in_it_is_valid(status: str) -> None:
    jsonschema.validate(example(status), SCHEMA, jsonschema.Draft202012Validator)


@pytest.mark.parametrize("status", ["failed", "cancelled"])
def test_a_report_of_a_run_that_found_out_nothing_is_valid(status: str) -> None:
    jsonschema.validate(report(empty(), ending(status)), SCHEMA, jsonschema.Draft202012Validator)


def test_an_override_is_in_the_report_and_valid() -> None:
    facts = full("promoted")
    facts.gates = GateReport((MISSED,), override="hotfix, agreed with the shop")

    data = report(facts, ending("promoted"))

    assert data["gate_override"] == "hotfix, agreed with the shop"
    jsonschema.validate(data, SCHEMA, jsonschema.Draft202012Validator)


@pytest.mark.parametrize(("place", "schema"), list(objects(SCHEMA)), ids=[place for place, _ in objects(SCHEMA)])
def test_the_schema_is_strict(place: str, schema: dict[str, Any]) -> None:
    assert schema["additionalProperties"] is False, place
    assert schema["required"] == list(schema["properties"]), place


def test_every_output_is_in_the_report() -> None:
    names = {name.replace("-", "_") for name in OUTPUT_NAMES} - {"report"}
    assert names <= set(SCHEMA["properties"])


def test_a_field_in_the_report_is_a_field_in_the_schema_in_the_same_order() -> None:
    data = example()

    assert list(data) == list(SCHEMA["properties"])
    assert data["version"] == REPORT_VERSION == SCHEMA["properties"]["version"]["const"]
    for name, part in (("gates", "gate"), ("checks", "check"), ("smoke_test", "image"), ("stages", "stage")):
        assert list(data[name][0]) == list(SCHEMA["$defs"][part]["properties"])
    assert list(example("failed")["error"]) == list(SCHEMA["$defs"]["error"]["properties"])


@pytest.mark.parametrize("where", ["", "stages", "gates", "checks", "smoke_test", "error"])
def test_an_unknown_field_is_refused(where: str) -> None:
    data = example("failed")
    assert valid(data)
    place = data[where] if where else data
    (place[0] if isinstance(place, list) else place)["surprise"] = 1

    assert not valid(data)


@pytest.mark.parametrize("name", list(SCHEMA["properties"]))
def test_a_missing_field_is_refused(name: str) -> None:
    data = example()
    del data[name]

    assert not valid(data)


@pytest.mark.parametrize(
    ("status", "change"),
    [
        ("promoted", {"status": "done"}),
        ("promoted", {"version": 2}),
        ("promoted", {"project_id": ""}),
        ("promoted", {"error": {"title": "Oh", "code": "", "request_id": ""}}),
        ("failed", {"error": None}),
        ("planned", {"plan": []}),
        ("promoted", {"plan": ["Export it."]}),
        ("gated", {"gates": []}),
        ("promoted", {"image_count": "107"}),
        ("promoted", {"stages": [{"name": "dance", "seconds": 1}]}),
    ],
)
def test_a_report_that_contradicts_itself_is_refused(status: str, change: dict[str, Any]) -> None:
    assert not valid(example(status) | change)


@pytest.mark.parametrize("status", ["gated", "failed", "cancelled"])
def test_a_dry_run_that_must_stop_may_tell_what_it_would_have_done(status: str) -> None:
    assert valid(example(status) | {"plan": ["Stop before the export."]})


def test_the_stages_of_the_code_are_those_of_the_schema_and_of_the_page() -> None:
    names = SCHEMA["$defs"]["stage"]["properties"]["name"]["enum"]
    page = (REPOSITORY / "docs" / "how-it-works.md").read_text(encoding="utf-8")

    assert sorted(names) == sorted(stage_names())
    assert not [name for name in names if f"| {name} |" not in page and f"*{name}*" not in page]


def test_the_gates_of_the_code_are_those_of_the_schema() -> None:
    gate = SCHEMA["$defs"]["gate"]["properties"]

    assert set(gate["metric"]["enum"]) == {*METRICS, ""}
    assert set(gate["name"]["enum"]) == {*(f"min-{m.replace('_', '-')}" for m in METRICS), "max-regression"}

"""How a run ended, and the outputs and the report of a promotion, made from its ledger. A promotion loads it at its end."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection

    from cvaction.failures.errors import Failure
    from cvaction.outcome.ledger import Facts
    from cvaction.status import Status

REPORT_VERSION = 1


@dataclass(frozen=True)
class Ending:
    """How a run ended: the contract's status, and the texts of a failure."""

    status: Status
    exit_code: int
    title: str = ""
    text: str = ""
    code: str = ""
    request_id: str = ""

    @classmethod
    def of(cls, failure: Failure, inputs: Collection[str]) -> Ending:
        """How a failure ends a run of an action with these inputs."""
        failure.fit(inputs)
        texts, code, request_id = failure.texts, failure.code, failure.request_id
        return cls(failure.status, failure.exit_code, texts.title, failure.text(), code, request_id)

    @property
    def error(self) -> dict[str, str] | None:
        """The failure as a report shows it; None after a success."""
        if not self.title:
            return None
        return {"title": self.title, "code": self.code, "request_id": self.request_id}


def outputs(facts: Facts, ending: Ending, *, requests: int = 0) -> dict[str, str]:
    """Every output of the contract. An output without a value is empty."""
    copy = facts.copy
    values = {
        "project-id": copy.project_id,
        "project-name": copy.project_name,
        "status": ending.status,
        "source-project-id": facts.source_project_id,
        "iteration-id": copy.iteration.id if copy.iteration else "",
        "iteration-name": copy.iteration.name if copy.iteration else "",
        "publish-name": copy.publish_name,
        "prediction-url": copy.prediction_url,
        "previous-project-id": facts.previous_project_id,
        "image-count": number(copy.image_count),
        "tag-count": number(copy.tag_count),
    }
    return {**values, "report": json_line(_report(values, facts, ending, requests))}


def json_line(report: dict[str, Any] | list[dict[str, Any]]) -> str:
    """JSON that every parser accepts. A name may contain half a surrogate pair, which some refuse, for example jq."""
    return json.dumps(_whole(report), separators=(",", ":"), allow_nan=False)


def _whole(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """The value without halves of surrogate pairs: they are escaped, as in the other outputs."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, list):
        return [_whole(item) for item in value]
    return {name: _whole(item) for name, item in value.items()} if isinstance(value, dict) else value


def number(value: int | None) -> str:
    """A number as an output; empty if it is unknown."""
    return "" if value is None else str(value)


def _report(values: dict[str, str], facts: Facts, ending: Ending, requests: int) -> dict[str, Any]:
    """The report of docs/report.schema.json."""
    copy, gates = facts.copy, facts.gates
    return {
        "version": REPORT_VERSION,
        **{name.replace("-", "_"): value for name, value in values.items()},
        "image_count": copy.image_count,
        "tag_count": copy.tag_count,
        "stages": [stage.as_json() for stage in facts.stages],
        "gates": [gate.as_json() for gate in gates.gates] if gates else [],
        "gate_override": gates.override if gates and gates.overridden else "",
        "checks": [
            {"name": check.name, "source": check.source, "copy": check.copy, "equal": check.equal}
            for check in (copy.proof.checks if copy.proof else ())
        ],
        "smoke_test": [result.as_json() for result in copy.smoke],
        "changes": [{"side": side, **vars(change)} for side, change in facts.changes],
        "plan": list(facts.plan),
        "warnings": facts.warnings,
        "error": ending.error,
        "requests": requests,
    }

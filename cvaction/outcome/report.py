"""The facts of a run. The outputs, the report and the summary are made from them, however the run ends."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection

    from cvaction.customvision.changes import Change
    from cvaction.customvision.models import Iteration, Project
    from cvaction.failures.errors import Failure
    from cvaction.rules.agreement import SmokeResult
    from cvaction.rules.bounds import GateReport
    from cvaction.rules.comparison import Proof
    from cvaction.status import Status

OUTPUT_NAMES = (
    "project-id",
    "project-name",
    "status",
    "source-project-id",
    "iteration-id",
    "iteration-name",
    "publish-name",
    "prediction-url",
    "previous-project-id",
    "image-count",
    "tag-count",
    "report",
)
REPORT_VERSION = 1
SOURCE, TARGET = "source", "target"


@dataclass(frozen=True)
class Stage:
    """A stage of a run. `start`: seconds since the run's start. `seconds`: its length."""

    name: str
    start: float
    seconds: float

    def as_json(self) -> dict[str, Any]:
        """The stage as a report shows it."""
        return {"name": self.name, "seconds": round(self.seconds, 3)}


@dataclass(frozen=True)
class CopyFacts:
    """What is known about a run's copy. Always replaced completely, because a twin may replace the copy.

    `served_before`: the iteration that was published under the name until this run. `served`: all names that the copy is
    published under, each with its prediction URL, if a mirror asks for them.
    """

    project_id: str = ""
    project_name: str = ""
    iteration: Iteration | None = None
    publish_name: str = ""
    prediction_url: str = ""
    served_before: Iteration | None = None
    served: tuple[tuple[str, str], ...] = ()
    image_count: int | None = None
    tag_count: int | None = None
    proof: Proof | None = None
    smoke: tuple[SmokeResult, ...] = ()


@dataclass
class Facts:
    """The ledger of a run. A field is empty until its fact is known, and empty again if the project it names is gone."""

    copy: CopyFacts = field(default_factory=CopyFacts)
    source_project: Project | None = None
    source_project_id: str = ""
    previous_project_id: str = ""
    gates: GateReport | None = None
    plan: tuple[str, ...] = ()
    outdated: list[str] = field(default_factory=list)  # why `sync` makes a new copy
    warnings: list[str] = field(default_factory=list)
    stages: list[Stage] = field(default_factory=list)
    # All changes of this run in their order, each with its side.
    changes: list[tuple[str, Change]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)  # sentences for the failure's text: what was done with a failed copy
    removing: str = ""  # the id of a project while it is being deleted

    def record_project(self, project: Project) -> None:
        """Record the id and the name of the copy, as soon as they are known, and again after a change."""
        self.copy = replace(self.copy, project_id=project.id, project_name=project.name)

    def forget_project(self, project_id: str) -> None:
        """Forget a copy that is gone, because outputs name what exists. Only the proof and the smoke test are kept."""
        if self.copy.project_id == project_id:
            self.copy = CopyFacts(proof=self.copy.proof, smoke=self.copy.smoke)

    @property
    def changed_target(self) -> bool:
        """Whether this run has changed anything on the target."""
        return any(side == TARGET for side, _change in self.changes)


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

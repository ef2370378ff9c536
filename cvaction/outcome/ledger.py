"""The ledger of a run: its facts. The outputs, the report and the summary are made from them, however the run ends."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cvaction.customvision.changes import Change
    from cvaction.customvision.models import Iteration, Project
    from cvaction.rules.agreement import SmokeResult
    from cvaction.rules.bounds import GateReport
    from cvaction.rules.comparison import Proof

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

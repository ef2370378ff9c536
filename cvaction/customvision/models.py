"""Frozen records of what the service sends. Unknown fields are ignored, unknown values kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from cvaction.secret import Secret

COMPLETED = "Completed"
IMPORTING, SUCCEEDED, FAILED = "Importing", "Succeeded", "Failed"


@dataclass(frozen=True)
class Project:
    """A project as GetProject and GetProjects tell it. `settings` is kept as it came, to be sent back unchanged."""

    id: str
    name: str
    description: str
    settings: Mapping[str, Any]
    created: datetime
    last_modified: datetime
    status: str

    @property
    def domain_id(self) -> str:
        """The id of the domain that the project trains on."""
        return str(self.settings.get("domainId") or "").lower()


@dataclass(frozen=True)
class ProjectExport:
    """ExportProject's answer. `estimate` is in seconds; whoever holds `token` can import the project."""

    token: Secret
    estimate: float
    region_count: int


@dataclass(frozen=True)
class Iteration:
    """One training of a project."""

    id: str
    name: str
    status: str
    trained_at: datetime | None
    publish_name: str
    last_modified: datetime | None = None

    @property
    def completed(self) -> bool:
        """Whether it has a trained model."""
        return self.status == COMPLETED and self.trained_at is not None


@dataclass(frozen=True)
class Tag:
    """A tag; `type` is Regular, Negative or GeneralProduct."""

    id: str
    name: str
    type: str
    image_count: int


@dataclass(frozen=True)
class Metrics:
    """Precision, recall and average precision, each 0 to 1; the last may be absent."""

    precision: float
    recall: float
    average_precision: float | None
    name: str = ""


@dataclass(frozen=True)
class Performance:
    """GetIterationPerformance's answer: over all tags, and tag by tag."""

    overall: Metrics
    tags: tuple[Metrics, ...]


@dataclass(frozen=True)
class Prediction:
    """One line of a quick test: a tag, its probability, and for detection the box (left, top, width, height; 0 to 1)."""

    tag: str
    probability: float
    box: tuple[float, float, float, float] | None

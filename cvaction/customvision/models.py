"""Frozen records of what the service sends. Unknown fields are ignored. Unknown values are kept.

A missing value is unknown, and never guessed: an unknown text is empty, an unknown time or number is None.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cvaction.secret import Secret

__all__ = [
    "COMPLETED",
    "FAILED",
    "IMPORTING",
    "IN_TRAINING",
    "SUCCEEDED",
    "Iteration",
    "Metrics",
    "Performance",
    "Prediction",
    "Project",
    "ProjectExport",
    "Tag",
    "earlier",
    "other_time",
    "same_time",
]

COMPLETED = "Completed"
IN_TRAINING = frozenset({"Queued", "Training", "Staging"})  # states of an iteration before its training ends
IMPORTING, SUCCEEDED, FAILED = "Importing", "Succeeded", "Failed"
_UNKNOWN_AGE = datetime.min.replace(tzinfo=UTC)


def same_time(one: datetime | None, other: datetime | None) -> bool:
    """Whether two times are known to be equal. False if one is unknown."""
    return one is not None and one == other


def other_time(one: datetime | None, other: datetime | None) -> bool:
    """Whether two times are known to differ. False if one is unknown."""
    return one is not None and other is not None and one != other


def earlier(one: datetime | None, other: datetime | None) -> bool:
    """Whether `one` is known to be before `other`. False if one is unknown."""
    return one is not None and other is not None and one < other


@dataclass(frozen=True)
class Project:
    """A project as GetProject and GetProjects send it. `settings` is kept unchanged, because an update sends it back."""

    id: str
    name: str
    description: str
    settings: Mapping[str, Any]
    created: datetime | None
    last_modified: datetime | None
    status: str
    recovery: bool = False  # in disaster recovery: the service does not export the project
    # Fields that an update sends back and that were missing here. An update must not send them back as empty.
    unsent: frozenset[str] = frozenset()

    @property
    def age(self) -> tuple[datetime, str]:
        """A key to sort by, oldest first. A project of unknown age is never newer than another."""
        return self.created or _UNKNOWN_AGE, self.id

    @property
    def domain_id(self) -> str:
        """The id of the domain that the project trains on."""
        return str(self.settings.get("domainId") or "").lower()


@dataclass(frozen=True)
class ProjectExport:
    """ExportProject's answer. `estimate`: seconds. Anybody who has `token` can import the project."""

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
        """Whether the iteration has a trained model."""
        return self.status == COMPLETED and self.trained_at is not None


@dataclass(frozen=True)
class Tag:
    """A tag. `type`: Regular, Negative or GeneralProduct."""

    id: str
    name: str
    type: str
    image_count: int | None


@dataclass(frozen=True)
class Metrics:
    """Precision, recall and average precision, each 0 to 1. The last may be missing."""

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

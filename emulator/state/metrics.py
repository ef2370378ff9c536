"""Metrics of an iteration, as a test gives them."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Scores:
    """Precision, recall and average precision. The last may be null on the wire."""

    precision: float
    recall: float
    average_precision: float | None


@dataclass(frozen=True, slots=True)
class Metrics:
    """Metrics given by a test. Without `overall` the iteration has none at all."""

    overall: Scores | None
    tags: dict[str, Scores] = field(default_factory=dict)

"""Compares metrics with bounds and with the copy in use. Bounds and figures are 0 to 1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cvaction.failures.errors import GateUnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cvaction.customvision.models import Metrics, Performance

__all__ = ["METRICS", "Bounds", "Gate", "GateReport", "judge"]

METRICS = ("precision", "recall", "average_precision")
WORST_TAGS = 3
_ROUNDING = 1e-9


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """The bounds of the inputs, 0 to 1: the lowest allowed value of each metric, and how much lower than the copy in use.

    Each is None if not given. `override`: the reason that lets a missed gate pass, or empty.
    """

    min_precision: float | None = None
    min_recall: float | None = None
    min_average_precision: float | None = None
    max_regression: float | None = None
    override: str = ""

    @property
    def minimums(self) -> tuple[tuple[str, float | None], ...]:
        """The lowest allowed value of each metric, in the order of METRICS."""
        return tuple(zip(METRICS, (self.min_precision, self.min_recall, self.min_average_precision), strict=True))

    @property
    def asked(self) -> bool:
        """Whether any gate was asked for."""
        return self.max_regression is not None or any(bound is not None for _, bound in self.minimums)


@dataclass(frozen=True)
class Gate:
    """One bound on one metric. `figure`: None for an untrained project. `bound`: None if the gate was not applied."""

    name: str
    metric: str
    figure: float | None
    bound: float | None
    passed: bool
    note: str = ""
    worst: tuple[tuple[str, float], ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The gate as the report shows it."""
        return {
            "name": self.name,
            "metric": self.metric,
            "figure": self.figure,
            "bound": self.bound,
            "passed": self.passed,
            "note": self.note,
            "worst_tags": [{"name": name, "figure": figure} for name, figure in self.worst],
        }

    def __str__(self) -> str:
        metric = self.metric.replace("_", " ")
        if self.note:
            return f"{self.name}: {f'{metric} ' if metric else ''}{self.note}"
        figure = "none" if self.figure is None else f"{self.figure:.4f}"
        bound = "none" if self.bound is None else f"{self.bound:.4f}"
        worst = ", ".join(f"{name!r} {value:.4f}" for name, value in self.worst)
        verdict = "passed" if self.passed else "missed"
        tail = f"; worst tags: {worst}" if worst else ""
        return f"{self.name}: {metric} {figure}, bound {bound}: {verdict}{tail}"


@dataclass(frozen=True)
class GateReport:
    """All gates of a run, the metrics that were judged, and the reason that overrides a missed gate."""

    gates: tuple[Gate, ...]
    chosen: Metrics | None = None
    in_use: Metrics | None = None
    override: str = ""

    @property
    def missed(self) -> tuple[Gate, ...]:
        """The gates that were missed."""
        return tuple(gate for gate in self.gates if not gate.passed)

    @property
    def overridden(self) -> bool:
        """Whether a reason lets a missed gate pass."""
        return bool(self.override and self.missed)


def judge(bounds: Bounds, performance: Performance | None, in_use: Metrics | None, *, absent: str) -> GateReport:
    """Judge all gates that were asked for.

    `performance`: None for an untrained project, which misses every gate. `in_use`: the metrics of the copy in use.
    `absent`: why there is no copy in use; empty if there is one. Raises GateUnreadableError for a gate without a figure.
    """
    gates = (*_minimums(bounds, performance), *_regression(bounds.max_regression, performance, in_use, absent))
    return GateReport(gates, performance.overall if performance else None, in_use, bounds.override)


def _minimums(bounds: Bounds, performance: Performance | None) -> Iterator[Gate]:
    for metric, bound in bounds.minimums:
        if bound is not None:
            yield _gate(f"min-{metric.replace('_', '-')}", metric, bound, performance)


def _regression(
    allowed: float | None, performance: Performance | None, in_use: Metrics | None, absent: str
) -> Iterator[Gate]:
    if allowed is None:
        return
    name = "max-regression"
    if absent and performance is not None:
        yield Gate(name, "", None, None, passed=True, note=f"not applied, {absent}")
        return
    if in_use is None and not absent:
        msg = "max-regression: the copy in use has no metrics to compare with."
        raise GateUnreadableError(msg)
    for metric in METRICS:
        before = None if in_use is None else _figure(in_use, metric, f"{name} (copy in use)")
        yield _gate(name, metric, None if before is None else max(0.0, before - allowed), performance)


def _gate(name: str, metric: str, bound: float | None, performance: Performance | None) -> Gate:
    if performance is None:
        return Gate(
            name, metric, None, bound, passed=False, note="missed: the project has no trained iteration with metrics"
        )
    figure = _figure(performance.overall, metric, name)
    tags = ((tag.name, getattr(tag, metric)) for tag in performance.tags)
    worst = sorted(((tag, value) for tag, value in tags if value is not None), key=lambda pair: pair[1])
    passed = bound is None or figure >= bound - _ROUNDING
    return Gate(name, metric, figure, bound, passed, worst=tuple(worst[:WORST_TAGS]))


def _figure(metrics: Metrics, metric: str, name: str) -> float:
    figure: float | None = getattr(metrics, metric)
    if figure is None:
        msg = f"{name}: the iteration has no {metric.replace('_', ' ')}."
        raise GateUnreadableError(msg)
    return figure

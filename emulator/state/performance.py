"""GetIterationPerformance: metrics that depend on the thresholds, and are the same for a copied model."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

from emulator.state.errors import ServiceError
from emulator.state.metrics import Metrics, Scores

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulator.state.model import Iteration, Project, Tag

DEFAULT_THRESHOLD: Final = 0.5
DEFAULT_OVERLAP: Final = 0.3
NO_METRICS: Final = Metrics(overall=None)
"""An iteration for which GetIterationPerformance answers 404 NotFoundIterationPerformance."""


def performance_json(project: Project, iteration: Iteration, query: Mapping[str, str]) -> dict[str, Any]:
    """Overall and per-tag metrics at the thresholds of the query."""
    given = iteration.metrics
    if iteration.status != "Completed" or (given is not None and given.overall is None):
        raise ServiceError("NotFoundIterationPerformance", f"No performance for iteration: {iteration.id}")
    threshold = _number(query, "threshold", DEFAULT_THRESHOLD)
    overlap = _number(query, "overlapthreshold", DEFAULT_OVERLAP)
    tags = [tag for tag in iteration.content.tags if tag.type == "Regular"]
    if given is not None and given.overall is not None:
        overall = given.overall
        scores = [given.tags.get(tag.name, overall) for tag in tags]
    else:
        detection = project.kind == "detection"
        scores = [_scores(iteration.model, tag, threshold, overlap if detection else None) for tag in tags]
        overall = _overall(tags, scores)
    return {
        "perTagPerformance": [
            {"id": tag.id, "name": tag.name, **_json(score)} for tag, score in zip(tags, scores, strict=True)
        ],
        **_json(overall),
    }


def metrics_from(values: Metrics | Mapping[str, Any] | None) -> Metrics | None:
    """Read metrics as tests write them: precision, recall, averagePrecision, and these by name in `tags`."""
    if values is None or isinstance(values, Metrics):
        return values
    overall = _from_json(values)
    tags = {name: _from_json({**values, **own}) for name, own in values.get("tags", {}).items()}
    return Metrics(overall, tags)


def _from_json(values: Mapping[str, Any]) -> Scores:
    average = values.get("averagePrecision", 1.0)
    return Scores(
        float(values.get("precision", 1.0)),
        float(values.get("recall", 1.0)),
        None if average is None else float(average),
    )


def _number(query: Mapping[str, str], name: str, default: float) -> float:
    text = query.get(name)
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise ServiceError("BadRequestInvalid", f"{name} must be between 0 and 1.")
    return value


def _scores(model: str, tag: Tag, threshold: float, overlap: float | None) -> Scores:
    """Invent scores: a higher threshold gives more precision and less recall. For detection an overlap lowers both."""
    digest = blake2b(f"{model}/{tag.name}".encode("utf-8", "surrogatepass"), digest_size=4).digest()
    weakness = 0.02 + 0.10 * digest[0] / 255
    misses = 0.02 + 0.10 * digest[1] / 255
    strictness = 1.0 if overlap is None else 1 - 0.3 * overlap
    precision = (1 - weakness * (1.5 - threshold)) * strictness
    recall = (1 - misses * (0.5 + threshold)) * strictness
    average = (1 - (weakness + misses) / 3) * strictness
    return Scores(precision, recall, average)


def _overall(tags: list[Tag], scores: list[Scores]) -> Scores:
    """The mean over the tags, weighted by their images."""
    weights = [max(1, tag.image_count) for tag in tags]
    total = sum(weights)
    if not total:
        return Scores(0.0, 0.0, 0.0)
    return Scores(
        sum(weight * score.precision for weight, score in zip(weights, scores, strict=True)) / total,
        sum(weight * score.recall for weight, score in zip(weights, scores, strict=True)) / total,
        sum(weight * (score.average_precision or 0) for weight, score in zip(weights, scores, strict=True)) / total,
    )


def _json(scores: Scores) -> dict[str, Any]:
    average = scores.average_precision
    return {
        "precision": round(scores.precision, 7),
        "precisionStdDeviation": 0.0,
        "recall": round(scores.recall, 7),
        "recallStdDeviation": 0.0,
        "averagePrecision": None if average is None else round(average, 7),
    }

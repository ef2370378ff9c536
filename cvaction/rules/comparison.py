"""The contents of a project, and the comparison of two projects: the proof that a copy is complete.

The contract's second promise names what is compared. Ids, the order of tags, and an iteration's `created` are new on a
copy, so they are not compared. Neither are ExportProject's own counts, because the service counts in two ways.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from cvaction.plural import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from cvaction.customvision.models import Iteration, Performance, Project, Tag

__all__ = ["Check", "Contents", "Proof", "Thresholds", "compare", "counterpart", "possible", "trained_as"]

TRAINED_WITHIN = timedelta(milliseconds=2)  # a recorded trainedAt was different by 1 ms on the copy
METRIC_WITHIN = 1e-4  # the service sends single precision


@dataclass(frozen=True)
class Thresholds:
    """The thresholds at which metrics are read: probability and, for detection, overlap. Each 0 to 1."""

    probability: float
    overlap: float


@dataclass(frozen=True)
class Contents:
    """A project with everything that the proof compares, read at one time."""

    project: Project
    tags: tuple[Tag, ...]
    iterations: tuple[Iteration, ...]
    tagged: int
    untagged: int

    @property
    def images(self) -> int:
        """The number of all images. Each has tags or has none."""
        return self.tagged + self.untagged

    def completed(self) -> tuple[Iteration, ...]:
        """The iterations with a trained model."""
        return tuple(iteration for iteration in self.iterations if iteration.completed)


@dataclass(frozen=True)
class Check:
    """One line of the proof: what was compared, and what each side has."""

    name: str
    source: str
    copy: str

    @property
    def equal(self) -> bool:
        """Whether both sides agree."""
        return self.source == self.copy


@dataclass(frozen=True)
class Proof:
    """The complete comparison. `advice`: differences that are only warnings. `unsent`: what is unknown of the source."""

    checks: tuple[Check, ...]
    advice: tuple[str, ...] = ()
    unsent: tuple[str, ...] = ()

    @property
    def differences(self) -> tuple[Check, ...]:
        """The checks that do not hold."""
        return tuple(check for check in self.checks if not check.equal)

    @property
    def holds(self) -> bool:
        """Whether the copy is complete."""
        return not self.differences


def possible(tagged: int, tags: tuple[Tag, ...]) -> bool:
    """Whether `tagged` images can have these tags: each has at least one tag, and may have several."""
    counts = [tag.image_count for tag in tags if tag.image_count is not None]
    return len(counts) < len(tags) or max(counts, default=0) <= tagged <= sum(counts)


def counterpart(iteration: Iteration, others: Sequence[Iteration]) -> Iteration | None:
    """The same iteration on the other side: equal name, training time within 2 ms. Its id is another one there."""
    return trained_as(iteration.name, iteration.trained_at, others)


def trained_as(name: str, trained_at: datetime | None, others: Sequence[Iteration]) -> Iteration | None:
    """The trained iteration of that name and time, or None. Of several, the nearest in time."""
    if trained_at is None:
        return None
    near = [
        (abs(other.trained_at - trained_at), other.id, other)
        for other in others
        if other.completed and other.name == name and other.trained_at is not None
    ]
    distance, _id, nearest = min(near, default=(None, "", None), key=lambda row: row[:2])
    return nearest if distance is not None and distance <= TRAINED_WITHIN else None


def compare(
    source: Contents,
    copy: Contents,
    *,
    chosen: str | None = None,
    metrics: tuple[Performance | None, Performance | None] = (None, None),
) -> Proof:
    """Compare a copy with its source. `chosen` names the iteration whose `metrics` (source, copy) are compared."""
    checks = [
        Check("tagged images", str(source.tagged), str(copy.tagged)),
        Check("untagged images", str(source.untagged), str(copy.untagged)),
        *_compare_tags(source.tags, copy.tags),
        *_compare_iterations(source.completed(), copy.completed()),
        *([] if "settings" in source.project.unsent else _compare_settings(source.project, copy.project)),
    ]
    if chosen is not None:
        checks.append(_compare_metrics(chosen, *metrics))
    unsent = tuple(_unsent(source))
    unknown = [f"Not compared, because the service does not send it for the source: {what}." for what in unsent]
    return Proof(tuple(checks), (*unknown, *_advice(source, copy)), unsent)


def _unsent(source: Contents) -> Iterator[str]:
    """What cannot be compared because it is unknown of the source. If it is unknown only of the copy, that is a difference."""
    if "settings" in source.project.unsent:
        yield "domain, classification type and export platforms"
    for tag in source.tags:
        if tag.image_count is None:
            yield f"the number of images of the tag {tag.name!r}"


def _compare_tags(source: tuple[Tag, ...], copy: tuple[Tag, ...]) -> Iterator[Check]:
    yield Check("tags", str(len(source)), str(len(copy)))
    unsent = {tag.name for tag in source if tag.image_count is None}
    ours, theirs = _by_name(source, unsent), _by_name(copy, unsent)
    for name in dict.fromkeys((*ours, *theirs)):
        yield Check(f"tag {name}", ours.get(name, "none"), theirs.get(name, "none"))


def _by_name(tags: tuple[Tag, ...], unsent: set[str]) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for tag in tags:
        unknown = tag.name in unsent or tag.image_count is None
        images = "unknown images" if unknown else counted(tag.image_count or 0, "image")
        found.setdefault(tag.name, []).append(f"{tag.type}, {images}")
    return {name: "; ".join(sorted(shown)) for name, shown in found.items()}


def _compare_iterations(source: tuple[Iteration, ...], copy: tuple[Iteration, ...]) -> Iterator[Check]:
    yield Check("trained iterations", str(len(source)), str(len(copy)))
    left = list(copy)
    # Iterations of one name are paired in the order of their training: the nearest in time may belong to another one.
    for iteration in sorted(source, key=_when):
        found = next((other for other in sorted(left, key=_when) if counterpart(iteration, (other,))), None)
        if found is None:
            same_name = next((other for other in left if other.name == iteration.name), None)
            yield Check(
                f"iteration {iteration.name}", _trained(iteration), _trained(same_name) if same_name else "none"
            )
        else:
            left.remove(found)
            yield Check(f"iteration {iteration.name}", _trained(iteration), _trained(iteration))
    for iteration in left:
        if not any(other.name == iteration.name for other in source):
            yield Check(f"iteration {iteration.name}", "none", _trained(iteration))


def _when(iteration: Iteration) -> tuple[str, str]:
    return iteration.trained_at.isoformat() if iteration.trained_at else "", iteration.id


def _trained(iteration: Iteration) -> str:
    return f"trained {iteration.trained_at:%Y-%m-%d %H:%M:%S.%f}Z"[:-4] + "Z" if iteration.trained_at else "not trained"


def _compare_settings(source: Project, copy: Project) -> Iterator[Check]:
    yield Check("domain", source.domain_id, copy.domain_id)
    name = "classificationType"
    yield Check("classification type", _setting(source, name), _setting(copy, name))
    yield Check("export platforms", _platforms(source), _platforms(copy))


def _platforms(project: Project) -> str:
    platforms = project.settings.get("targetExportPlatforms")
    return ", ".join(sorted(map(str, platforms))) if isinstance(platforms, list) else str(platforms or "")


def _setting(project: Project, name: str) -> str:
    return str(project.settings.get(name) or "")


def _compare_metrics(chosen: str, source: Performance | None, copy: Performance | None) -> Check:
    name = f"metrics of {chosen}"
    if source and copy and all(_close(*pair) for pair in zip(_figures(source), _figures(copy), strict=True)):
        return Check(name, _shown(source), _shown(source))
    ours, theirs = _shown(source), _shown(copy)
    # Two figures may differ only in decimals that are not shown. They must not look equal.
    return Check(name, ours, theirs if ours != theirs or source is copy else f"{theirs} (differs)")


def _figures(performance: Performance) -> tuple[float | None, ...]:
    overall = performance.overall
    return overall.precision, overall.recall, overall.average_precision


def _close(one: float | None, other: float | None) -> bool:
    return one is other if one is None or other is None else abs(one - other) <= METRIC_WITHIN


def _shown(performance: Performance | None) -> str:
    if performance is None:
        return "none"
    return " / ".join("none" if figure is None else f"{figure:.4f}" for figure in _figures(performance))


def _advice(source: Contents, copy: Contents) -> Iterator[str]:
    unfinished = Counter(i.name for i in source.iterations if not i.completed)
    missing = unfinished - Counter(i.name for i in copy.iterations if not i.completed)
    for name in missing:
        yield f"The iteration {name!r}, which has no trained model, was not copied."
    if "settings" in source.project.unsent:
        return
    compared = {"domainId", "classificationType", "targetExportPlatforms"}
    for setting in sorted({*source.project.settings, *copy.project.settings} - compared):
        ours, theirs = source.project.settings.get(setting), copy.project.settings.get(setting)
        if ours != theirs:
            yield f"The setting {setting!r} differs: {ours!r} on the source, {theirs!r} on the copy."

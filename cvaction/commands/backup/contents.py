"""A project without its images: settings, tags, and iterations with their metrics, as the service sends them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from cvaction.customvision.errors import CustomVisionError
from cvaction.customvision.models import COMPLETED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cvaction.customvision.image_models import Domain
    from cvaction.customvision.image_reader import ImageReader
    from cvaction.customvision.project_reader import ProjectReader

THRESHOLD, OVERLAP = 0.5, 0.3  # metrics are read with these values: the portal's defaults
DETECTION, MULTICLASS, MULTILABEL = "detection", "multiclass", "multilabel"


@dataclass(frozen=True)
class Contents:
    """One reading of a project. Each iteration that has metrics has them in its field `performance`."""

    project: Mapping[str, Any]
    tags: Sequence[Mapping[str, Any]]
    iterations: Sequence[Mapping[str, Any]]

    @property
    def domain_id(self) -> str:
        """The id of the project's domain."""
        return str(self._settings.get("domainId") or "").lower()

    @property
    def _settings(self) -> Mapping[str, Any]:
        settings = self.project.get("settings")
        return settings if isinstance(settings, dict) else {}

    def kind(self, domain: Domain | None, *, boxed: bool) -> str:
        """The kind of labels: detection, multiclass or multilabel.

        Without a domain, boxes or a missing classification type mean detection. `boxed`: an image has a box.
        """
        words = str(self._settings.get("classificationType") or "").lower()
        told = domain.type.lower() if domain else ""
        if told == "objectdetection" or (not told and (boxed or not words)):
            return DETECTION
        return MULTICLASS if words == MULTICLASS else MULTILABEL

    def domain(self, domain: Domain | None) -> Mapping[str, Any]:
        """The domain as GetDomains returns it; only its id if it is not offered any more."""
        return asdict(domain) if domain else {"id": self.domain_id}

    def chosen(self, which: str) -> list[Mapping[str, Any]]:
        """The trained iterations that the input `iterations` names, oldest first."""
        trained = sorted(filter(is_trained, self.iterations), key=lambda one: (str(one["trainedAt"]), str(one["id"])))
        if which == "published":
            return [one for one in trained if one.get("publishName")]
        return trained[-1:] if which == "latest" else trained


def is_trained(iteration: Mapping[str, Any]) -> bool:
    """Whether an iteration has a model."""
    return iteration.get("status") == COMPLETED and bool(iteration.get("trainedAt"))


def read_contents(reader: ProjectReader, project_id: str) -> Contents:
    """Read all of it from the service."""
    return Contents(
        reader.project(project_id),
        reader.tags(project_id),
        [_with_metrics(reader, project_id, one) for one in reader.iterations(project_id)],
    )


def _with_metrics(reader: ProjectReader, project_id: str, iteration: Mapping[str, Any]) -> Mapping[str, Any]:
    if not is_trained(iteration):
        return iteration
    try:
        return {**iteration, "performance": reader.performance(project_id, iteration["id"], THRESHOLD, OVERLAP)}
    except CustomVisionError as error:
        if error.status != HTTPStatus.NOT_FOUND:  # an iteration may have none
            raise
        return iteration


def performances(
    images: ImageReader, project_id: str, iterations: Sequence[Mapping[str, Any]]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield each iteration's predictions for the images, page by page: the iteration's id and one row."""
    for iteration in iterations:
        iteration_id, skip, first = str(iteration["id"]), 0, ""
        while rows := _performance_page(images, project_id, iteration_id, skip):
            if rows[0]["id"] == first:  # a service that ignores `skip` has no last page
                break
            first = first or rows[0]["id"]
            yield from ((iteration_id, row) for row in rows)
            skip += len(rows)


def _performance_page(
    images: ImageReader, project_id: str, iteration_id: str, skip: int
) -> tuple[Mapping[str, Any], ...]:
    try:
        return images.performances(project_id, iteration_id, skip)
    except CustomVisionError as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
        return ()

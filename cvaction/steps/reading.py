"""Reads what is compared: a project's contents, an iteration's metrics."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from cvaction.customvision.codes import NOT_TRAINED
from cvaction.customvision.errors import CustomVisionError
from cvaction.rules.comparison import Contents, possible

if TYPE_CHECKING:
    from cvaction.customvision.models import Iteration, Performance, Project
    from cvaction.customvision.reader import ReadingClient
    from cvaction.rules.comparison import Thresholds


def read_contents(client: ReadingClient, project: Project) -> Contents:
    """Everything of a project that is compared. Needs four requests, however large the project is."""
    tagged, untagged = client.tagged_image_count(project.id), client.untagged_image_count(project.id)
    tags = client.get_tags(project.id)
    if not possible(tagged, tags):
        # A number that was cut on its way is still a number. If the tags contradict the number, it is read once more.
        tagged = client.tagged_image_count(project.id)
    return Contents(project, tags, client.get_iterations(project.id), tagged, untagged)


def read_performance(
    client: ReadingClient, project_id: str, iteration: Iteration, thresholds: Thresholds
) -> Performance | None:
    """An iteration's metrics, or None if the service has none."""
    try:
        return client.get_performance(project_id, iteration.id, thresholds.probability, thresholds.overlap)
    except CustomVisionError as error:
        if error.status == HTTPStatus.NOT_FOUND or error.code == NOT_TRAINED:
            return None
        raise

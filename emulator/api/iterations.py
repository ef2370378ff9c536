"""Makes, renames, publishes, unpublishes and deletes iterations, by the service's rules."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from emulator.state.errors import ServiceError
from emulator.state.model import Iteration, Project

if TYPE_CHECKING:
    from datetime import datetime

    from emulator.state.metrics import Metrics
    from emulator.state.world import World

_ARM_ID: Final = re.compile(
    r"/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.CognitiveServices/accounts/[^/]+",
    re.IGNORECASE,
)


def new_iteration(  # noqa: PLR0913 - each has a default
    world: World,
    project: Project,
    now: datetime,
    *,
    name: str | None = None,
    status: str = "Completed",
    metrics: Metrics | None = None,
) -> Iteration:
    """Add an iteration of the workspace as it is now. Each training makes a new model."""
    settings = project.settings
    iteration = Iteration(
        id=world.new_id("iteration"),
        name=name if name is not None else _next_name(project),
        status=status,
        created=now,
        last_modified=now,
        trained_at=now if status == "Completed" else None,
        content=project.content,
        domain_id=settings.domain_id,
        classification_type=settings.classification_type,
        model=world.new_hex("model"),
        metrics=metrics,
    )
    project.iterations.append(iteration)
    return iteration


def publish(  # noqa: PLR0913, PLR0917 - what PublishIteration takes
    world: World,
    project: Project,
    iteration: Iteration,
    name: str,
    resource_id: str,
    now: datetime,
    *,
    overwrite: bool = False,
    elsewhere: bool = False,
) -> None:
    """Publish an iteration by the service's rules: `overwrite` only moves a name from another iteration."""
    if not _ARM_ID.fullmatch(resource_id):
        words = f"Invalid prediction resource id: {resource_id}"
        raise ServiceError("BadRequestInvalidPublishTarget", words, "wrong-prediction-id")
    if elsewhere and world.behaviour.publish_elsewhere == "refuse":
        words = "The prediction resource is not in the training resource's region."
        raise ServiceError("BadRequestInvalidPublishTarget", words)
    if not name.strip():
        raise ServiceError("BadRequestInvalidPublishName", "The publish name must not be empty.")
    if iteration.status != "Completed":
        raise ServiceError("BadRequestIterationIsNotTrained", "Iteration is not trained.")
    if iteration.publish_name is not None:
        words = f"Iteration is already published as: {iteration.publish_name}"
        raise ServiceError("BadRequestIterationIsPublished", words, "publish-again")
    for other in project.published:
        if other.publish_name == name:
            if not overwrite:
                words = f"Publish name is already in use: {name}"
                raise ServiceError("BadRequestInvalidPublishName", words, "publish-taken-name")
            other.publish_name = other.publish_resource_id = None
    iteration.publish_name = name
    iteration.publish_resource_id = resource_id
    _touch(world, project, iteration, now, alone=world.behaviour.touched_by_publish)


def unpublish(world: World, project: Project, iteration: Iteration, now: datetime) -> None:
    """Unpublish an iteration."""
    if iteration.publish_name is None:
        raise ServiceError("BadRequestIterationNotPublished", "Iteration is not published.")
    iteration.publish_name = iteration.publish_resource_id = None
    _touch(world, project, iteration, now, alone=world.behaviour.touched_by_unpublish)


def rename_iteration(project: Project, iteration: Iteration, name: object, now: datetime) -> None:
    """Give an iteration another name."""
    if not isinstance(name, str) or not name.strip():
        raise ServiceError("BadRequestIterationName", "Iteration name must not be empty.")
    if any(other.name == name for other in project.iterations if other is not iteration):
        raise ServiceError("BadRequestIterationNameNotUnique", f"Iteration name '{name}' is already in use.")
    iteration.name = name
    iteration.last_modified = now


def delete_iteration(project: Project, iteration: Iteration) -> None:
    """Delete an iteration that is not published."""
    if iteration.publish_name is not None:
        raise ServiceError("BadRequestIterationIsPublished", "Unpublish the iteration before deleting it.")
    project.iterations.remove(iteration)


def default_iteration(project: Project) -> Iteration | None:
    """The newest completed iteration, which a quick test without an iteration id uses."""
    trained = [one for one in project.iterations if one.status == "Completed" and one.trained_at is not None]
    return max(trained, key=lambda one: one.trained_at or one.created, default=None)


def _touch(world: World, project: Project, iteration: Iteration, now: datetime, *, alone: bool) -> None:
    iteration.last_modified = now
    if alone or world.behaviour.publish_touches_project:
        world.change(project, now, last_modified=now)


def _next_name(project: Project) -> str:
    names = {iteration.name for iteration in project.iterations}
    number = len(names) + 1
    while f"Iteration {number}" in names:
        number += 1
    return f"Iteration {number}"

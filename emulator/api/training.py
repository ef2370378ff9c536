"""TrainProject: what it refuses, and how a training ends. Nothing is trained: the clock decides when it ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from emulator.api.call import Call, uuid_in
from emulator.api.iterations import new_iteration
from emulator.state.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.state.model import Content, Iteration, Project

_QUEUED_SHARE: Final = 0.4
"""Of the whole time: while it is queued, an iteration tells neither domain nor platforms (recorded)."""

_ITERATION_LIMIT: Final = 20
"""Iterations of a project (the vendor's documentation)."""

_CLASSIFICATION_IMAGES: Final = 5
_CLASSIFICATION_TAGS: Final = 2
_DETECTION_IMAGES: Final = 15
"""The least that is trained with, a tag (the vendor's documentation)."""

_NOT_ENOUGH: Final = "Not enough images per tag for training"


def _train(call: Call) -> object:
    """TrainProject: queued, then training, then completed, as recorded."""
    project, behaviour = call.project, call.world.behaviour
    if any(iteration.status == "Training" for iteration in project.iterations):
        raise ServiceError("BadRequestTrainingAlreadyInProgress", "Training is already in progress.")
    if len(project.iterations) >= _ITERATION_LIMIT:
        raise ServiceError("BadRequestExceedIterationPerProjectLimit", "Delete an iteration first.")
    content = _selected(call, project.content)
    _check_content(project, content)
    kind, hours = _kind(call)
    if kind == "Regular" and not call.flag("forcetrain") and _nothing_new(project, content):
        raise ServiceError("BadRequestTrainingNotNeeded", "Nothing changed since last training")
    iteration = new_iteration(call.world, project, call.now, status="Training")
    iteration.content, iteration.training_type, iteration.reserved_hours = content, kind, hours
    outcome = behaviour.next_training_outcome()
    iteration.queued_until = call.now + timedelta(seconds=_QUEUED_SHARE * behaviour.training_seconds)
    iteration.training_fails = outcome == "failed"
    if outcome == "never":
        iteration.queued_until = None
    else:
        iteration.training_until = call.now + timedelta(seconds=behaviour.training_seconds)
    return call.iteration_json(iteration)


def _selected(call: Call, content: Content) -> Content:
    """The content that is trained with: that of the tags in the body's `selectedTags`, if there are any."""
    body = call.body("BadRequestRequiredParamIsNull", "trainingParameters") if call.request.body.strip() else {}
    wanted = {uuid_in(str(tag), "tag") for tag in body.get("selectedTags") or ()}
    if not wanted:
        return content
    unknown = wanted - {tag.id for tag in content.tags}
    if unknown:
        raise ServiceError("NotFoundTag", f"Invalid tag id: {min(unknown)}")
    return replace(content, tags=tuple(tag for tag in content.tags if tag.id in wanted))


def _check_content(project: Project, content: Content) -> None:
    negative = any(tag.type == "Negative" for tag in content.tags)
    if project.kind == "detection":
        if negative and any(tag.image_count for tag in content.tags if tag.type == "Negative"):
            raise ServiceError("BadRequestDetectionTrainingNotAllowNegativeTag", "Negative tag is not allowed.")
        counts = [tag.image_count for tag in content.tags if tag.type == "Regular"]
        if not counts or min(counts) < _DETECTION_IMAGES:
            raise ServiceError("BadRequestDetectionTrainingValidationFailed", _NOT_ENOUGH)
        return
    counts = [tag.image_count for tag in content.tags]
    if len(counts) < _CLASSIFICATION_TAGS or min(counts) < _CLASSIFICATION_IMAGES:
        raise ServiceError("BadRequestClassificationTrainingValidationFailed", _NOT_ENOUGH)
    if project.settings.classification_type == "Multiclass" and sum(counts) > content.tagged:
        raise ServiceError(
            "BadRequestMultiClassClassificationTrainingValidationFailed", "An image has more than one tag."
        )


def _kind(call: Call) -> tuple[str, int]:
    kind, hours = call.query.get("trainingtype") or "Regular", call.number("reservedbudgetinhours", 0)
    if kind not in {"Regular", "Advanced"}:
        raise ServiceError("BadRequestInvalid", f"Invalid trainingType: {kind}")
    if kind == "Advanced" and not hours:
        raise ServiceError(
            "BadRequestReservedBudgetInHoursNotEnoughForAdvancedTraining", "reservedBudgetInHours must be at least 1."
        )
    return kind, hours


def _nothing_new(project: Project, content: Content) -> bool:
    """Whether the last training had the same tags, images, boxes and domain."""
    trained = [one for one in project.iterations if one.status == "Completed" and not one.copied]
    if not trained:
        return False
    last: Iteration = trained[-1]
    return (last.content, last.domain_id) == (content, project.settings.domain_id)


OPERATIONS: Final[dict[str, Callable[[Call], object]]] = {"TrainProject": _train}

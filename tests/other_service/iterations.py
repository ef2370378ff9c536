"""Operations on iterations: training, metrics, publishing, models, quick tests."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

from tests.other_service import images
from tests.other_service.answers import Answer, now, refuse, stamp
from tests.other_service.model import Iteration, Model, new_id

if TYPE_CHECKING:
    from tests.other_service.calls import Call
    from tests.other_service.model import Project

METRICS = {
    "precision": 0.9,
    "precisionStdDeviation": 0.0,
    "recall": 0.8,
    "recallStdDeviation": 0.0,
    "averagePrecision": 0.95,
}
_PREDICTION_RESOURCE = re.compile(
    r"/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.CognitiveServices/accounts/[^/]+", re.IGNORECASE
)
_PLATFORMS = ("CoreML", "TensorFlow", "ONNX", "DockerFile", "VAIDK")


def row(project: Project, iteration: Iteration) -> dict[str, Any]:
    compact = project.domain.compact
    return {
        "id": iteration.id,
        "name": iteration.name,
        "status": iteration.status,
        "created": stamp(iteration.created),
        "lastModified": stamp(iteration.modified),
        "trainedAt": stamp(iteration.trained),
        "projectId": project.id,
        "exportable": compact,
        "exportableTo": list(_PLATFORMS) if compact else None,
        "domainId": project.settings["domainId"],
        "classificationType": project.settings["classificationType"],
        "trainingType": "Regular",
        "reservedBudgetInHours": 0,
        "trainingTimeInMinutes": 1,
        "publishName": iteration.published,
        "originalPublishResourceId": iteration.published_to,
    }


def train(call: Call) -> Any:
    project = call.project
    if project.training:
        raise refuse(400, "BadRequestTrainingAlreadyInProgress")
    if sum(bool(image.tags) for image in project.images.values()) < 5:
        raise refuse(400, "BadRequestTrainingValidationFailed", "Not enough images for training")
    done = time.monotonic() + call.ways.train_seconds
    iteration = Iteration(f"Iteration {len(project.iterations) + 1}", "Training", trained=None, done=done)
    project.iterations[iteration.id] = iteration
    project.touch()
    return row(project, iteration)


def all_iterations(call: Call) -> Any:
    return [row(call.project, iteration) for iteration in call.project.iterations.values()]


def one(call: Call) -> Any:
    return row(call.project, call.iteration)


def update(call: Call) -> Any:
    call.iteration.name = call.json["name"]
    return row(call.project, call.iteration)


def delete(call: Call) -> Any:
    if call.iteration.published:
        raise refuse(400, "BadRequestIterationIsPublished")
    del call.project.iterations[call.iteration.id]
    call.project.touch()
    return Answer(204)


def performance(call: Call) -> Any:
    if call.iteration.status != "Completed":
        raise refuse(400, "BadRequestIterationIsNotTrained")
    tags = call.project.tags.values()
    return {"perTagPerformance": [{"id": tag.id, "name": tag.name, **METRICS} for tag in tags], **METRICS}


def image_performances(call: Call) -> Any:
    project, _ = call.project, call.iteration
    take, skip = call.number("take", 50, 256), call.number("skip", 0)
    rows = sorted(project.images.values(), key=lambda image: (image.created, image.id))
    return [
        {
            **images.row(call.store, call.ways, project, image),
            "predictions": [
                {"tagId": tag, "tagName": project.tags[tag].name, "probability": 0.5, "boundingBox": None}
                for tag in image.tags
            ],
        }
        for image in rows[skip : skip + take]
    ]


def image_performance_count(call: Call) -> Any:
    return len(call.project.images) if call.iteration.trained else 0


def publish(call: Call) -> Any:
    iteration, name, to = call.iteration, call.needed("publishName"), call.needed("predictionId")
    if not _PREDICTION_RESOURCE.fullmatch(to):
        raise refuse(400, "BadRequestInvalidPublishTarget", "Invalid prediction resource id")
    if iteration.status != "Completed":
        raise refuse(400, "BadRequestIterationIsNotTrained")
    if iteration.published:
        raise refuse(400, "BadRequestIterationIsPublished", f"Iteration is already published as: {iteration.published}")
    for other in call.project.iterations.values():
        if other.published == name:
            if call.query.get("overwrite", "false").lower() != "true":
                raise refuse(400, "BadRequestInvalidPublishName")
            other.published = other.published_to = None
    iteration.published, iteration.published_to = name, to
    if call.ways.publish_touches:
        call.project.touch()
    return True


def unpublish(call: Call) -> Any:
    if not call.iteration.published:
        raise refuse(400, "BadRequestIterationNotPublished")
    call.iteration.published = call.iteration.published_to = None
    if call.ways.publish_touches:
        call.project.touch()
    return Answer(204)


def export_model(call: Call) -> Any:
    iteration, platform, flavor = call.iteration, call.needed("platform"), call.query.get("flavor")
    if not call.project.domain.compact or platform not in _PLATFORMS:
        raise refuse(400, "BadRequestExportValidationFailed")
    if any((model.platform, model.flavor) == (platform, flavor) for model in iteration.models):
        raise refuse(400, "BadRequestExportAlreadyInProgress")
    path = f"/m-{call.project.folder}/{iteration.id}.{flavor or platform}.zip"
    call.store.blobs.files[path] = b"PK\x05\x06" + b"\0" * 18  # an empty archive
    model = Model(platform, flavor, path, time.monotonic() + call.ways.model_seconds)
    iteration.models.append(model)
    return _model_row(call, model)


def models(call: Call) -> Any:
    return [_model_row(call, model) for model in call.iteration.models]


def _model_row(call: Call, model: Model) -> dict[str, Any]:
    uri = call.store.blobs.uri(model.blob, call.ways.sas_seconds) if model.ready else None
    return {
        "platform": model.platform,
        "status": "Done" if model.ready else "Exporting",
        "downloadUri": uri,
        "flavor": model.flavor,
        "newerVersionAvailable": False,
    }


def quick_test(call: Call) -> Any:
    project, wanted = call.project, call.query.get("iterationId")
    if wanted and wanted not in project.iterations:
        raise refuse(404, "NotFoundIteration", "Iteration not found")
    if call.ways.quicktest_touches:
        project.touch()
    predictions = [
        {"tagId": tag.id, "tagName": tag.name, "probability": 0.5, "boundingBox": None} for tag in project.tags.values()
    ]
    told = {"id": new_id(), "project": project.id, "iteration": wanted, "created": stamp(now())}
    return {**told, "predictions": predictions}

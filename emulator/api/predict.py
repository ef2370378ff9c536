"""QuickTestImage and the prediction endpoint. The answers depend only on the image's bytes and the model."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

from emulator.api.multipart import parts
from emulator.api.wire import stamp
from emulator.state.errors import ServiceError

if TYPE_CHECKING:
    from datetime import datetime

    from emulator.api.headers import Headers
    from emulator.state.model import Iteration, Project, Resource, Tag
    from emulator.state.world import World

IMAGE_LIMIT: Final = 4 * 1024 * 1024
_MAGIC: Final = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a", b"BM")


def image_of(headers: Headers, body: bytes) -> bytes:
    """Take the image out of a multipart form (`imageData`) or of a plain body, and check it."""
    content_type = headers.field("Content-Type") or ""
    image = _form_field(content_type, body) if content_type.lower().startswith("multipart/") else body
    if not image:
        raise ServiceError("BadRequestImageStream", "imageData")
    if len(image) > IMAGE_LIMIT:
        raise ServiceError("BadRequestImageSizeBytes", "The image exceeds the limit of 4 MB.")
    if not image.startswith(_MAGIC):
        raise ServiceError("BadRequestImageFormat", "The image is not in a supported format.")
    return image


def _form_field(content_type: str, body: bytes) -> bytes:
    """Find the part `imageData`, or the only part there is."""
    found = parts(content_type, body)
    for name, _, value in found:
        if name.lower() == "imagedata":
            return value
    return found[0][2] if len(found) == 1 else b""


def prediction_json(
    world: World, project: Project, iteration: Iteration, image: bytes, now: datetime
) -> dict[str, Any]:
    """An ImagePrediction. Source and copy give the same answer, because they share the model."""
    differ = iteration.copied and world.behaviour.copy_answers_differ
    picture = blake2b(image, digest_size=16).hexdigest()
    predictions = predictions_of(project, iteration, picture, factor=0.5 if differ else 1.0)
    return {
        "id": world.new_id("prediction"),
        "project": project.id,
        "iteration": iteration.id,
        "created": stamp(now),
        "predictions": predictions,
    }


def predictions_of(
    project: Project, iteration: Iteration, picture: str, *, factor: float = 1.0
) -> list[dict[str, Any]]:
    """What a model predicts for a picture, the most probable first."""
    predictions: list[dict[str, Any]] = []
    if project.kind == "detection":
        for tag in iteration.content.tags:
            predictions += _boxes(iteration.model, picture, tag)
    else:
        predictions = _probabilities(project, iteration, picture)
    for prediction in predictions:
        prediction["probability"] = round(prediction["probability"] * factor, 7)
    predictions.sort(key=lambda prediction: (-prediction["probability"], prediction["tagName"]))
    return predictions


def served_iteration(
    world: World, resource: Resource, project_id: str, kind: str, name: str
) -> tuple[Project, Iteration]:
    """Find the iteration that was published to a prediction resource, from any training resource."""
    wanted = "detection" if kind == "detect" else "classification"
    for owner in world.resources.values():
        project = owner.stored_projects.get(project_id)
        if project is None:
            continue
        for iteration in project.published:
            target = (iteration.publish_resource_id or "").lower()
            here = target == resource.prediction_resource_id.lower()
            # The id may belong to no resource here, such as a real one in a rehearsal. Then the iteration's own resource serves it.
            foreign = all(target != one.prediction_resource_id.lower() for one in world.resources.values())
            if iteration.publish_name == name and (here or (foreign and owner is resource)):
                if project.kind == wanted:
                    return project, iteration
                break
        raise ServiceError("NotFoundIteration", f"Invalid iteration: {name}")
    raise ServiceError("NotFoundProject", f"Invalid project id: {project_id}")


def _digest(model: str, picture: str, tag: Tag) -> bytes:
    text = f"{model}/{picture}/{tag.name}"
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _probabilities(project: Project, iteration: Iteration, picture: str) -> list[dict[str, Any]]:
    """One probability for each tag. For exclusive tags they add up to one."""
    tags = iteration.content.tags
    raw = [(1 + _digest(iteration.model, picture, tag)[0]) / 256 for tag in tags]
    if project.settings.classification_type == "Multiclass":
        peaked = [value**6 for value in raw]
        total = sum(peaked)
        raw = [value / total for value in peaked]
    return [_prediction(tag, value, None) for tag, value in zip(tags, raw, strict=True)]


def _boxes(model: str, picture: str, tag: Tag) -> list[dict[str, Any]]:
    """One or two boxes for each tag."""
    digest = _digest(model, picture, tag)
    boxes = []
    for number in range(1 + digest[15] % 2):
        probability, left, top, width, height = (value / 256 for value in digest[number * 5 : number * 5 + 5])
        box = {
            "left": round(left * 0.6, 7),
            "top": round(top * 0.6, 7),
            "width": round(0.05 + width * 0.3, 7),
            "height": round(0.05 + height * 0.3, 7),
        }
        boxes.append(_prediction(tag, 0.05 + 0.9 * probability, box))
    return boxes


def _prediction(tag: Tag, probability: float, box: dict[str, float] | None) -> dict[str, Any]:
    return {
        "probability": round(probability, 7),
        "tagId": tag.id,
        "tagName": tag.name,
        "boundingBox": box,
        "tagType": tag.type,
    }

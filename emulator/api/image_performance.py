"""GetImagePerformances: what an iteration predicts for the images of the workspace.

On the real service they are the images that the iteration was trained on. Here they are the tagged images that the
workspace has now and had when the iteration was made: the emulator keeps no old album.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from emulator.api.images import ImageWriter, page
from emulator.api.predict import predictions_of
from emulator.state.albums import visible_images
from emulator.state.errors import ServiceError
from emulator.state.images import ticks

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.api.call import Call
    from emulator.state.images import Image


def _images(call: Call) -> list[Image]:
    iteration = call.iteration
    if iteration.status != "Completed" or (iteration.metrics is not None and iteration.metrics.overall is None):
        raise ServiceError("NotFoundIterationPerformance", f"No performance for iteration: {iteration.id}")
    images = visible_images(call.world, call.project, call.now)
    # Images that came with a project are as old as the project, and a copied iteration is as old as the copy.
    until = max(ticks(iteration.created), ticks(call.project.created)) + len(images)
    wanted = set(call.ids("tagIds", 20))
    chosen = [image for image in images if image.tags and image.created <= until]
    return [image for image in chosen if not wanted.isdisjoint(image.tag_ids)] if wanted else chosen


def _list(call: Call) -> object:
    writer = ImageWriter(call)
    return [_json(call, writer, image) for image in page(call, _images(call))]


def _json(call: Call, writer: ImageWriter, image: Image) -> dict[str, Any]:
    """An image with `imageUri` instead of the two addresses, and with the predictions."""
    body = writer.json(image)
    address = body.pop("originalImageUri")
    del body["resizedImageUri"]
    body.pop("metadata", None)
    predictions = predictions_of(call.project, call.iteration, image.picture)
    return {"predictions": predictions, **body, "imageUri": address}


OPERATIONS: Final[dict[str, Callable[[Call], object]]] = {
    "GetImagePerformances": _list,
    "GetImagePerformanceCount": lambda call: len(_images(call)),
}

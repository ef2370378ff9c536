"""What the tests of the operations on images, labels and models share: addresses, an image, and the sent bodies."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cvaction.customvision.image_models import Image, ImageTag, Region
from cvaction.customvision.reader import BASE
from cvaction.secret import Secret
from tests.support.image_samples import (
    IMAGE_ID,
    REGION_ID,
    SIGNED,
    TAG_ID,
)
from tests.support.samples import ITERATION_ID, PROJECT_ID

if TYPE_CHECKING:
    import responses

ORIGIN = "https://dev.cognitiveservices.azure.com"
P = f"{ORIGIN}{BASE}/projects/{PROJECT_ID}"
I = f"{P}/iterations/{ITERATION_ID}"  # noqa: E741 - as in the API's table
REGION = Region(REGION_ID, TAG_ID, "cat", "2020-06-06T16:50:39.1234567", 0.4007353, 0.25, 0.5, 1)
IMAGE = Image(
    id=IMAGE_ID,
    created="2020-06-06T16:50:38.1234567",
    width=640,
    height=480,
    tags=(ImageTag(TAG_ID, "cat", "2020-06-06T16:50:39.7654321"),),
    regions=(REGION,),
    metadata={"file": "a.jpg"},
    original=Secret(SIGNED),
)


def body(web: responses.RequestsMock, number: int = 0) -> Any:
    """The JSON of a request."""
    return json.loads(web.calls[number].request.body or "null")

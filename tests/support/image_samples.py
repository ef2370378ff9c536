"""Wire forms of images and labels, with everything filled in."""

from __future__ import annotations

from typing import Any

from tests.support.samples import TOKEN

IMAGE_ID = "f00d0000-0000-4000-8000-000000000001"
OTHER_IMAGE_ID = "f00d0000-0000-4000-8000-000000000002"
TAG_ID = "7a600000-0000-4000-8000-000000000001"
REGION_ID = "4e610000-0000-4000-8000-000000000001"
SIGNED = TOKEN.replace("prjexp-", "i-")


def wire_region(**changes: Any) -> dict[str, Any]:
    return {
        "regionId": REGION_ID,
        "tagName": "cat",
        "created": "2020-06-06T16:50:39.1234567",
        "tagId": TAG_ID,
        "left": 0.4007353,
        "top": 0.25,
        "width": 0.5,
        "height": 1,
        **changes,
    }


def wire_image(**changes: Any) -> dict[str, Any]:
    return {
        "id": IMAGE_ID,
        "created": "2020-06-06T16:50:38.1234567",
        "width": 640,
        "height": 480,
        "resizedImageUri": SIGNED,
        "thumbnailUri": SIGNED,
        "originalImageUri": SIGNED,
        "tags": [{"tagId": TAG_ID, "tagName": "cat", "created": "2020-06-06T16:50:39.7654321"}],
        "regions": [wire_region()],
        "metadata": {"file": "a.jpg"},
        **changes,
    }

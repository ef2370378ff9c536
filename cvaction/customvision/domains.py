"""Which domains detect objects: the prediction URL says `classify` or `detect`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cvaction.customvision.errors import CustomVisionError

if TYPE_CHECKING:
    from cvaction.customvision.client import TrainingClient
    from cvaction.customvision.models import Project

CLASSIFY, DETECT = "classify", "detect"
# The vendor's two general domains, which nearly every project uses: no request is needed for them.
_KNOWN = {
    "ee85a74c-405e-4adc-bb47-ffa8ca0c9f31": CLASSIFY,
    "da2e3a8a-40a5-4171-82f4-58522f70fbc1": DETECT,
}
_TYPES = {"classification": CLASSIFY, "objectdetection": DETECT}


def prediction_kind(client: TrainingClient, project: Project, regions: int | None = None) -> str:
    """`classify` or `detect`; an empty text where nothing tells which. `regions`: as an export counted them."""
    domain_id = project.domain_id
    if domain_id in _KNOWN:
        return _KNOWN[domain_id]
    try:
        return _TYPES.get(client.domain_type(domain_id).lower(), "")
    except CustomVisionError:
        # Only a detector has regions, and only a classifier has a classification type.
        if regions:
            return DETECT
        return CLASSIFY if project.settings.get("classificationType") else ""

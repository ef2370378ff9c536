"""Which domains detect objects: the prediction URL contains `classify` or `detect`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cvaction.customvision.errors import CustomVisionError

if TYPE_CHECKING:
    from cvaction.customvision.models import Project
    from cvaction.customvision.reader import ReadingClient

__all__ = ["DETECT", "prediction_kind"]

CLASSIFY, DETECT = "classify", "detect"
# The vendor's two general domains. Nearly every project uses one of them, and then no request is needed.
_KNOWN = {
    "ee85a74c-405e-4adc-bb47-ffa8ca0c9f31": CLASSIFY,
    "da2e3a8a-40a5-4171-82f4-58522f70fbc1": DETECT,
}
_TYPES = {"classification": CLASSIFY, "objectdetection": DETECT}


def prediction_kind(client: ReadingClient, project: Project, regions: int | None = None, *, boxes: bool = False) -> str:
    """`classify` or `detect`; empty if unknown.

    If the domain is unknown, the project itself is looked at: only a detector has regions or answers with boxes, and
    only a classifier has a classification type. So every run finds the same kind.
    `regions`: the number of regions in an export; None if unknown, and an export is then asked for.
    """
    domain_id = project.domain_id
    if domain_id in _KNOWN:
        return _KNOWN[domain_id]
    kind = _by_domain(client, domain_id)
    if kind:
        return kind
    if boxes or (_regions(client, project) if regions is None else regions):
        return DETECT
    return CLASSIFY if project.settings.get("classificationType") else ""


def _by_domain(client: ReadingClient, domain_id: str) -> str:
    try:
        return _TYPES.get(client.domain_type(domain_id).lower(), "") if domain_id else ""
    except CustomVisionError:
        return ""


def _regions(client: ReadingClient, project: Project) -> int:
    try:
        return client.export_project(project.id).region_count
    except CustomVisionError:
        return 0

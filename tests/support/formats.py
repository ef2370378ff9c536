"""A sample written in every format, and the boxes that have to be in each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.archives import Sample, back_up, folder_of

if TYPE_CHECKING:
    from pathlib import Path

PREFIX = "azureml://subscriptions/s/resourcegroups/g/workspaces/w/datastores/d/paths/backup"
ALL: dict[str, dict[str, str]] = {"coco": {}, "yolo": {}, "automl": {"prefix": PREFIX}, "folders": {}}
SIDES = ("left", "top", "width", "height")


def written(workspace: Path, sample: Sample) -> Path:
    back_up(workspace, sample, formats=ALL)
    return folder_of(workspace, sample)


def inside(ratio: float) -> float:
    return min(1.0, max(0.0, ratio))


def wanted_boxes(sample: Sample) -> dict[str, list[tuple[str, float, float, float, float]]]:
    """By image: the name and the edges in pixels of each box that is inside its picture."""
    found: dict[str, list[tuple[str, float, float, float, float]]] = {}
    for wire in sample.images:
        for region in wire.get("regions", []):
            left, top, width, height = (region[side] for side in SIDES)
            edges = [inside(left), inside(top), inside(left + width), inside(top + height)]
            if edges[0] < edges[2] and edges[1] < edges[3]:
                scaled = [edge * wire[("width", "height")[at % 2]] for at, edge in enumerate(edges)]
                found.setdefault(wire["id"], []).append((region["tagName"], *scaled))
    return found

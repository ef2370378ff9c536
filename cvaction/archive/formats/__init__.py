"""Forms that other programs read. Each is derived from the native one, and can be made again without the service."""

from __future__ import annotations

FORMATS = ("coco", "yolo", "automl", "folders")

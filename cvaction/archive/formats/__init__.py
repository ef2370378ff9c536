"""Formats that other programs read. Each is made from the native files, and can be made again without the service."""

from __future__ import annotations

FORMATS = ("coco", "yolo", "automl", "folders")

"""Exported models: their paths, and their contents."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

    from emulator.state.model import Iteration, ModelExport, Project

_MODEL_FILES: Final = {
    "CoreML": "model.mlmodel",
    "DockerFile": "app/model.pb",
    "ONNX": "model.onnx",
    "TensorFlow": "model.pb",
    "VAIDK": "model.dlc",
}


def model_path(project: Project, iteration: Iteration, export: ModelExport) -> str:
    """The path of a model. Recorded without a flavour: the place of a flavour is a guess."""
    flavor = f".{export.flavor}" if export.flavor else ""
    return f"m-{project.id.replace('-', '')}/{iteration.id.replace('-', '')}.{export.platform}{flavor}.zip"


def model_at(project: Project, path: str, now: datetime) -> bytes | None:
    """The file at a path; None if there is none, or not yet."""
    for iteration in project.iterations:
        for export in iteration.exports:
            if model_path(project, iteration, export) == path and export.status(now) == "Done":
                return model_file(iteration, export)
    return None


def model_file(iteration: Iteration, export: ModelExport) -> bytes:
    """A small zip, the same for the same model: its labels, and bytes that stand for its weights."""
    buffer = io.BytesIO()
    labels = "\n".join(tag.name for tag in iteration.content.tags)
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in (("labels.txt", labels), (_MODEL_FILES[export.platform], iteration.model * 64)):
            archive.writestr(zipfile.ZipInfo(name), text.encode("utf-8", "surrogatepass"))
    return buffer.getvalue()

"""ExportIteration and GetExports: a trained model as a file. It is made after some time, and put on the blob host."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from emulator.api.blobs import blob_url
from emulator.api.model_files import model_path
from emulator.state.domains import DOMAINS, PLATFORMS
from emulator.state.errors import ServiceError
from emulator.state.model import ModelExport

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.api.call import Call
    from emulator.state.model import Iteration

_FLAVORS: Final = {
    "DockerFile": ("Linux", "Windows", "ARM"),
    "ONNX": ("ONNX10", "ONNX12"),
    "TensorFlow": ("TensorFlowNormal", "TensorFlowLite"),
}


def _start(call: Call) -> object:
    iteration, platform = call.iteration, call.query.get("platform", "")
    flavor = call.query.get("flavor") or None
    _check(iteration, platform, flavor)
    for one in iteration.exports:
        if (one.platform, one.flavor) == (platform, flavor) and one.status(call.now) == "Exporting":
            raise ServiceError("BadRequestExportAlreadyInProgress", f"{iteration.id} is already queued for export")
    iteration.exports = [one for one in iteration.exports if (one.platform, one.flavor) != (platform, flavor)]
    outcome = call.world.behaviour.next_export_outcome()
    done = None if outcome == "never" else call.now + timedelta(seconds=call.world.behaviour.export_seconds)
    export = ModelExport(platform, flavor, done, failed=outcome == "failed")
    iteration.exports.append(export)
    return _json(call, export)


def _check(iteration: Iteration, platform: str, flavor: str | None) -> None:
    if iteration.status != "Completed":
        raise ServiceError("BadRequestIterationIsNotTrained", "Iteration is not trained.")
    domain = DOMAINS.get(iteration.domain_id)
    if domain is None or not domain.exportable:
        raise ServiceError("BadRequestExportValidationFailed", "The domain of the iteration is not exportable.")
    if platform not in PLATFORMS:
        raise ServiceError("BadRequestExportValidationFailed", f"Unsupported platform: {platform}")
    if flavor is not None and flavor not in _FLAVORS.get(platform, ()):
        raise ServiceError("BadRequestExportValidationFailed", f"Unsupported flavor of {platform}: {flavor}")
    if platform == "VAIDK" and iteration.training_type == "Advanced":
        raise ServiceError(
            "BadRequestExportPlatformNotSupportedForAdvancedTraining",
            f"Not supported for advanced training: {platform}",
        )


def _list(call: Call) -> object:
    return [_json(call, export) for export in call.iteration.exports]


def _json(call: Call, export: ModelExport) -> dict[str, Any]:
    status = export.status(call.now)
    address = None
    if status == "Done":
        path = model_path(call.project, call.iteration, export)
        relative = call.world.behaviour.relative_uris >= 1
        address = f"/{path}" if relative else blob_url(call.world, call.resource.region, path, call.now)
    return {
        "platform": export.platform,
        "status": status,
        "downloadUri": address,
        "flavor": export.flavor,
        "newerVersionAvailable": False,
    }


OPERATIONS: Final[dict[str, Callable[[Call], object]]] = {"ExportIteration": _start, "GetExports": _list}

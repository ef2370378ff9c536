"""Which operation a method and a path are: the paths are those of the API's description."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from tests.other_service import images, iterations, labels, projects, transfer, uploads
from tests.other_service.answers import Refusal, gateway, refuse

if TYPE_CHECKING:
    from tests.other_service.calls import Operation
    from tests.other_service.ways import Ways

_ID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_PROJECT = "/projects/{projectId}"
_IMAGES = f"{_PROJECT}/images"
_ITERATION = f"{_PROJECT}/iterations/{{iterationId}}"
ROUTES: Final[dict[tuple[str, str], Operation]] = {
    ("GET", "/domains"): projects.domains,
    ("GET", "/domains/{domainId}"): projects.domain,
    ("GET", "/projects"): projects.all_projects,
    ("POST", "/projects"): projects.create,
    ("POST", "/projects/import"): transfer.import_,
    ("GET", _PROJECT): projects.one,
    ("PATCH", _PROJECT): projects.update,
    ("DELETE", _PROJECT): projects.delete,
    ("GET", f"{_PROJECT}/export"): transfer.export,
    ("GET", f"{_PROJECT}/artifacts"): images.artifact,
    ("GET", f"{_PROJECT}/tags"): labels.all_tags,
    ("POST", f"{_PROJECT}/tags"): labels.create,
    ("GET", f"{_PROJECT}/tags/{{tagId}}"): labels.one,
    ("PATCH", f"{_PROJECT}/tags/{{tagId}}"): labels.update,
    ("DELETE", f"{_PROJECT}/tags/{{tagId}}"): labels.delete,
    ("GET", _IMAGES): images.images,
    ("POST", _IMAGES): uploads.from_form,
    ("DELETE", _IMAGES): images.delete,
    ("GET", f"{_IMAGES}/tagged"): images.tagged,
    ("GET", f"{_IMAGES}/untagged"): images.untagged,
    ("GET", f"{_IMAGES}/count"): images.count,
    ("GET", f"{_IMAGES}/tagged/count"): images.count_tagged,
    ("GET", f"{_IMAGES}/untagged/count"): images.count_untagged,
    ("GET", f"{_IMAGES}/id"): images.by_ids,
    ("POST", f"{_IMAGES}/files"): uploads.from_files,
    ("POST", f"{_IMAGES}/tags"): labels.add_tags,
    ("DELETE", f"{_IMAGES}/tags"): labels.drop_tags,
    ("POST", f"{_IMAGES}/regions"): labels.add_regions,
    ("DELETE", f"{_IMAGES}/regions"): labels.drop_regions,
    ("POST", f"{_IMAGES}/metadata"): labels.metadata,
    ("POST", f"{_PROJECT}/train"): iterations.train,
    ("GET", f"{_PROJECT}/iterations"): iterations.all_iterations,
    ("GET", _ITERATION): iterations.one,
    ("PATCH", _ITERATION): iterations.update,
    ("DELETE", _ITERATION): iterations.delete,
    ("GET", f"{_ITERATION}/performance"): iterations.performance,
    ("GET", f"{_ITERATION}/performance/images"): iterations.image_performances,
    ("GET", f"{_ITERATION}/performance/images/count"): iterations.image_performance_count,
    ("POST", f"{_ITERATION}/publish"): iterations.publish,
    ("DELETE", f"{_ITERATION}/publish"): iterations.unpublish,
    ("GET", f"{_ITERATION}/export"): iterations.models,
    ("POST", f"{_ITERATION}/export"): iterations.export_model,
    ("POST", f"{_PROJECT}/quicktest/image"): iterations.quick_test,
}

_OPERATIONS: Final = {(method, re.sub(r"\{\w+\}", "*", path)): run for (method, path), run in ROUTES.items()}


def routed(ways: Ways, method: str, path: str) -> tuple[Operation, list[str]]:
    """The operation and the ids in its path; raises the refusal of a path that is none."""
    path = re.sub("/+", "/", path) if ways.double_slash else path
    found = re.fullmatch(
        r"/customvision/v3\.\d(?:-preview)?/training(/.*)", path, 0 if ways.path_case_matters else re.IGNORECASE
    )
    if not found:
        raise _nowhere()
    parts = [unquote(part) for part in found[1].split("/")]
    if not ways.path_case_matters:
        parts = [part.lower() for part in parts]
    shape = "/".join("*" if _ID.fullmatch(part) else part for part in parts)
    operation = _OPERATIONS.get((method, shape))
    if operation is not None:
        return operation, [part for part in parts if _ID.fullmatch(part)]
    if parts[1:2] == ["projects"] and len(parts) > 2 and not _ID.fullmatch(parts[2]):
        raise refuse(400, "BadRequestInvalidIds", "Invalid project id")
    raise _nowhere()


def _nowhere() -> Refusal:
    return gateway(404, "404", "Resource not found")

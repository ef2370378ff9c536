"""Export and import of a project."""

from __future__ import annotations

import time
from copy import deepcopy
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tests.other_service.answers import now, refuse
from tests.other_service.model import Project, new_id
from tests.other_service.projects import chosen, free, row

if TYPE_CHECKING:
    from tests.other_service.calls import Call


def export(call: Call) -> Any:
    project = call.project
    if project.training:
        raise refuse(400, "BadRequestExportWhileTraining")
    if project.status != "Succeeded":
        raise refuse(400, "BadRequestInvalid", "The project is not ready")
    path = f"/prjexp-{project.folder}/project-export-info-{new_id().replace('-', '')}"
    token = call.store.blobs.uri(path, call.ways.token_seconds)
    call.store.tokens[token] = (deepcopy(project), now() + timedelta(seconds=call.ways.token_seconds))
    if call.ways.export_touches:
        project.touch()
    trained = sum(iteration.status == "Completed" for iteration in project.iterations.values())
    return {
        "iterationCount": trained,
        "imageCount": len(project.images),
        "tagCount": len(project.tags) * (1 + trained),
        "regionCount": sum(len(image.boxes) for image in project.images.values()),
        "estimatedImportTimeInMS": call.ways.estimate_ms,
        "token": token,
    }


def import_(call: Call) -> Any:
    token = call.needed("token")
    source, end = call.store.tokens.get(token, (None, now()))
    if source is None or now() > end:
        raise refuse(400, "BadRequestInvalidImportToken", "Invalid Token")
    if "name" in call.query:
        name = chosen(call.resource, call.query["name"], call.ways.import_taken)
    else:
        name = free(call.resource, source.name)
    project = Project(name, source.description, deepcopy(source.settings), status="Importing")
    project.coming, project.done = source, time.monotonic() + call.ways.import_seconds
    call.resource.add(project)
    if call.ways.single_use:
        del call.store.tokens[token]
    return row(project)

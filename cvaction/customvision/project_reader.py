"""ProjectReader: the operations that read a project without its images, as the service sends it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import UUID

from cvaction.customvision import image_schemas, schemas
from cvaction.customvision.errors import MalformedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cvaction.customvision.image_models import Domain, ModelExport
    from cvaction.customvision.models import Project
    from cvaction.customvision.reader import ReadingClient

__all__ = ["ProjectReader"]


class ProjectReader:
    """Reads JSON as it was sent, without the fields named `…Uri`. Every method raises CustomVisionError."""

    def __init__(self, client: ReadingClient) -> None:
        self._client = client

    def projects(self) -> tuple[Project, ...]:
        """GetProjects: all projects, also one whose id is no UUID (`schemas.is_uuid`), with which no request is possible."""
        rows: tuple[Project, ...] = self._client.get("GetProjects", "/projects", schemas.many(_listed))
        return tuple({row.id: row for row in rows}.values())

    def project(self, project_id: str) -> Mapping[str, Any]:
        """GetProject: name, description, settings, times, and all other fields."""
        return self._client.get("GetProject", f"/projects/{project_id}", image_schemas.as_sent(project_id))

    def tags(self, project_id: str) -> tuple[Mapping[str, Any], ...]:
        """GetTags: the project's tags, with type and description. Each has an id."""
        return self._many("GetTags", f"/projects/{project_id}/tags")

    def iterations(self, project_id: str) -> tuple[Mapping[str, Any], ...]:
        """GetIterations: each has an id."""
        return self._many("GetIterations", f"/projects/{project_id}/iterations")

    def performance(self, project_id: str, iteration_id: str, threshold: float, overlap: float) -> Mapping[str, Any]:
        """GetIterationPerformance at these thresholds."""
        path = f"/projects/{project_id}/iterations/{iteration_id}/performance"
        query = f"threshold={threshold}&overlapThreshold={overlap}"
        return self._client.get("GetIterationPerformance", path, _raw, query)

    def domains(self) -> tuple[Domain, ...]:
        """GetDomains: the domains that the resource offers."""
        rows: tuple[Domain, ...] = self._client.get("GetDomains", "/domains", schemas.many(image_schemas.domain))
        return rows

    def model_exports(self, project_id: str, iteration_id: str) -> tuple[ModelExport, ...]:
        """GetExports: the exports of an iteration's model, done or in progress."""
        path = f"/projects/{project_id}/iterations/{iteration_id}/export"
        rows: tuple[ModelExport, ...] = self._client.get("GetExports", path, schemas.many(image_schemas.model_export))
        return rows

    def _many(self, operation: str, path: str) -> tuple[Mapping[str, Any], ...]:
        rows: tuple[Mapping[str, Any], ...] = self._client.get(operation, path, schemas.many(image_schemas.as_sent()))
        return rows


def _raw(data: object) -> Mapping[str, Any]:
    return schemas.fields_of(image_schemas.without_addresses(data))


def _listed(data: object) -> Project:
    """A project of any id. Only a UUID may become part of a path."""
    fields = schemas.fields_of(data)
    try:
        return schemas.project(fields)
    except MalformedError:
        return replace(schemas.project({**fields, "id": str(UUID(int=0))}), id=schemas.text_of(fields, "id"))

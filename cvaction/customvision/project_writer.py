"""ProjectWriter: the operations that make a project, its tags and its models. Each says whether it may be sent twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cvaction.customvision import image_schemas, schemas
from cvaction.customvision.changes import DESCRIBED, EXPORTED, MADE, TRAINED, Change
from cvaction.customvision.codes import EXPORT_RUNNING, TAG_NAME_TAKEN
from cvaction.customvision.errors import CustomVisionError
from cvaction.customvision.reader import BASE, encode, of_id
from cvaction.customvision.transport import Call

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cvaction.customvision.client import TrainingClient
    from cvaction.customvision.models import Iteration, Project, Tag

__all__ = ["ProjectWriter"]


class ProjectWriter:
    """Changes the projects of one resource. Every method raises CustomVisionError."""

    def __init__(self, client: TrainingClient) -> None:
        self._client = client

    def create_project(
        self,
        name: str,
        description: str,
        *,
        domain_id: str,
        classification_type: str = "",
        platforms: Sequence[str] = (),
    ) -> Project:
        """CreateProject. Never sent again after it may have arrived: each request makes a project. Empty values are not sent."""
        given = {
            "name": name,
            "description": description,
            "domainId": domain_id,
            "classificationType": classification_type,
            "targetExportPlatforms": ",".join(platforms),
        }
        call = Call("CreateProject", "POST", f"{BASE}/projects", _query(given), repeatable=False)
        made = self._client.send(call, schemas.project)
        self._client.record(Change(MADE, made.id, made.name))
        return made

    def update_settings(self, project: Project, settings: Mapping[str, Any]) -> Project:
        """UpdateProject with other settings; name and description stay as they were read. May be sent twice."""
        body = {"name": project.name, "description": project.description, "settings": dict(settings)}
        call = Call("UpdateProject", "PATCH", f"{BASE}/projects/{project.id}", json=body)
        now = self._client.send(call, of_id(project.id, schemas.project))
        self._client.record(Change(DESCRIBED, now.id, now.name))
        return now

    def create_tag(self, project_id: str, name: str, *, description: str = "", kind: str = "") -> Tag:
        """CreateTag. May be sent twice: a tag that a repeated request finds is the one that the first request made.

        If the first request is refused with TAG_NAME_TAKEN, the tag was there before. The error is raised: the caller decides.
        """
        query = _query({"name": name, "description": description, "type": kind})
        try:
            return self._client.send(
                Call("CreateTag", "POST", f"{BASE}/projects/{project_id}/tags", query), schemas.tag
            )
        except CustomVisionError as error:
            if error.code not in TAG_NAME_TAKEN or error.attempts == 1:
                raise
            for tag in self._client.get_tags(project_id):
                if tag.name == name:
                    return tag
            raise

    def train(self, project_id: str) -> Iteration:
        """TrainProject. Never sent again after it may have arrived: after a lost answer look for it in GetIterations."""
        call = Call("TrainProject", "POST", f"{BASE}/projects/{project_id}/train", json={}, repeatable=False)
        begun = self._client.send(call, schemas.iteration)
        self._client.record(Change(TRAINED, project_id, iteration_id=begun.id))
        return begun

    def export_model(self, project_id: str, iteration_id: str, platform: str, flavor: str = "") -> None:
        """ExportIteration: the service makes a file of a model; GetExports shows when it is done. May be sent twice.

        An export that is in progress already is no error.
        """
        path = f"{BASE}/projects/{project_id}/iterations/{iteration_id}/export"
        call = Call("ExportIteration", "POST", path, _query({"platform": platform, "flavor": flavor}))
        try:
            self._client.send(call, image_schemas.model_export)
        except CustomVisionError as error:
            if error.code != EXPORT_RUNNING:
                raise
        self._client.record(Change(EXPORTED, project_id, iteration_id=iteration_id))


def _query(given: Mapping[str, str]) -> str:
    return "&".join(f"{name}={encode(value)}" for name, value in given.items() if value)

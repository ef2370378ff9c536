"""TrainingClient: the operations that change a resource, and those that only read it. One typed method for each."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar

from cvaction.customvision import schemas
from cvaction.customvision.changes import DELETED, DESCRIBED, PUBLISHED, RENAMED, UNPUBLISHED, Change
from cvaction.customvision.codes import IS_PUBLISHED, NOT_PUBLISHED
from cvaction.customvision.errors import CustomVisionError, Kind
from cvaction.customvision.reader import BASE, ReadingClient, encode, of_id
from cvaction.customvision.transport import Call

if TYPE_CHECKING:
    from collections.abc import Callable

    from cvaction.customvision.models import Project
    from cvaction.customvision.transport import Transport
    from cvaction.secret import Secret

__all__ = ["TrainingClient"]

T = TypeVar("T")


class TrainingClient(ReadingClient):
    """All operations of one resource: those that read, and those that change it. `changed` is called with each change."""

    def __init__(
        self,
        transport: Transport,
        *,
        mask: Callable[[Secret], None] = lambda _secret: None,
        changed: Callable[[Change], None] = lambda _change: None,
    ) -> None:
        super().__init__(transport, mask=mask)
        self._changed = changed

    def send(self, call: Call, parse: Callable[[object], T]) -> T:
        """Any request, changes too: for the groups of operations in other modules."""
        return self._transport.send(call, parse)

    def record(self, change: Change) -> None:
        """Let who listens know of a change that such a group has made."""
        self._changed(change)

    def update_project(self, project: Project, *, name: str, description: str) -> Project:
        """Rename or describe a project. The settings are sent back as they were read. A field that was missing is not."""
        body = {"name": name, "description": description, "settings": dict(project.settings)}
        body = {key: value for key, value in body.items() if value or key not in project.unsent}
        call = Call("UpdateProject", "PATCH", f"{BASE}/projects/{project.id}", json=body)
        now, sent = self._transport.send_counted(call, of_id(project.id, schemas.project))
        if sent > 1:
            # If the request was repeated, the answer can be the second one's, for example with a suffix in the name.
            now = self.get_project(project.id)
        if now.name == project.name:
            self._changed(Change(DESCRIBED, project.id, now.name))
        else:
            self._changed(Change(RENAMED, project.id, now.name, project.name))
        return now

    def delete_project(self, project_id: str, *, once: bool = False) -> None:
        """Delete a project. It is no error if the project is gone already. Refused while an iteration is published.

        With `once` a lost answer is an error, so that the caller can read the project before it tries again.
        """
        if self._delete("DeleteProject", f"/projects/{project_id}", once=once):
            self._changed(Change(DELETED, project_id))

    def import_project(self, token: Secret, name: str) -> Project:
        """Start an import. Never sent again if it may have arrived, because each POST makes another project."""
        query = f"token={encode(token.reveal())}&name={encode(name)}"
        path = f"{BASE}/projects/import"
        call = Call("ImportProject", "POST", path, query, repeatable=False, secret=token, urgent=True)  # minutes begin
        return self._transport.send(call, schemas.project)

    def publish_iteration(
        self, project_id: str, iteration_id: str, name: str, resource_id: str, *, overwrite: bool = False
    ) -> None:
        """Publish an iteration under a name to the prediction resource of that ARM id."""
        path = f"{BASE}/projects/{project_id}/iterations/{iteration_id}/publish"
        query = f"publishName={encode(name)}&predictionId={encode(resource_id)}&overwrite={str(overwrite).lower()}"
        try:
            self._transport.send(Call("PublishIteration", "POST", path, query), schemas.true)
        except CustomVisionError as error:
            # At the first try somebody else has published it. Later, an earlier try of this call may have.
            if error.code != IS_PUBLISHED or error.attempts == 1:
                raise
            if self.get_iteration(project_id, iteration_id).publish_name != name:
                raise
        self._changed(Change(PUBLISHED, project_id, iteration_id=iteration_id, publish_name=name))

    def unpublish_iteration(self, project_id: str, iteration_id: str) -> None:
        """Unpublish an iteration. It is no error if the iteration is not published."""
        if self._delete("UnpublishIteration", f"/projects/{project_id}/iterations/{iteration_id}/publish"):
            self._changed(Change(UNPUBLISHED, project_id, iteration_id=iteration_id))

    def _delete(self, operation: str, path: str, *, once: bool = False) -> bool:
        """Delete, and return whether this call did it. If it is gone at the first try, somebody else has deleted it."""
        try:
            self._transport.send(Call(operation, "DELETE", BASE + path, once=once), schemas.anything)
        except CustomVisionError as error:
            gone = error.kind is Kind.REFUSED and error.status == HTTPStatus.NOT_FOUND
            if not gone and error.code != NOT_PUBLISHED:
                raise
            return error.attempts > 1
        return True

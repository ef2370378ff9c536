"""ReadingClient: the operations of the Training API v3.3 that change nothing, typed in and out."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

from cvaction.customvision import schemas
from cvaction.customvision.errors import CustomVisionError, MalformedError
from cvaction.customvision.transport import Call

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from cvaction.customvision.models import Iteration, Performance, Prediction, Project, ProjectExport, Tag
    from cvaction.customvision.transport import Transport
    from cvaction.secret import Secret

__all__ = ["BASE", "LISTING", "UPLOAD_SECONDS", "ReadingClient", "encode", "of_id"]

BASE = "/customvision/v3.3/training"
T = TypeVar("T")
P = TypeVar("P", "Project", "Iteration")
EXPORT_SECONDS = 60.0  # an export collects a whole project before it answers
UPLOAD_SECONDS = 60.0  # a quick test sends up to 4 MB
LISTING = Call("GetProjects", "GET", f"{BASE}/projects", urgent=True)  # others may wait for it


def encode(value: str) -> str:
    """A query value. The export token holds percent escapes of its own and is encoded exactly once more."""
    return quote(value.encode("utf-8", "replace"), safe="")


def of_id(wanted: str, parse: Callable[[object], P]) -> Callable[[object], P]:
    """A parser that refuses an answer about something else than was asked for: what is deleted must be what was read."""

    def parse_it(data: object) -> P:
        found = parse(data)
        if found.id != wanted:
            msg = "it is about another id than was asked for"
            raise MalformedError(msg)
        return found

    return parse_it


class ReadingClient:
    """What only reads of one resource. Every method raises CustomVisionError; every id is a lower-case UUID.

    Exporting and quick tests read, too: they leave no project behind, and none changed. One thread uses a client; what
    clients of one resource share (pace, connections, credential, listings) is safe for many.
    """

    def __init__(self, transport: Transport, *, mask: Callable[[Secret], None] = lambda _secret: None) -> None:
        self._transport = transport
        self._mask = mask
        # The last listing, and how many requests were sent by then.
        self._listing: tuple[int, tuple[Project, ...]] = (-1, ())

    @property
    def origin(self) -> str:
        """Scheme and host of the resource's endpoint."""
        return self._transport.origin

    @property
    def requests(self) -> int:
        """How many requests were sent, repeated ones counted."""
        return self._transport.requests

    def share_pace(self, other: ReadingClient) -> None:
        """Keep the limit of requests a second together with another client of the same resource."""
        self._transport.share_pace(other._transport)

    def time(self) -> datetime:
        """The service's own time, as its last answer told it."""
        return self._transport.time()

    def get_projects(self) -> tuple[Project, ...]:
        """All projects, newest first, importing and failed ones too; each once. The listing may lag."""
        return self._listed(LISTING)

    def _listed(self, call: Call) -> tuple[Project, ...]:
        rows: tuple[Project, ...] = self._transport.send(call, schemas.many(schemas.project))
        listing = tuple({row.id: row for row in rows}.values())
        self._listing = self.requests, listing
        return listing

    def latest_projects(self) -> tuple[Project, ...]:
        """The last listing, where nothing was asked of the resource since; else a new one."""
        asked, rows = self._listing
        return rows if asked == self.requests else self.get_projects()

    def get_project(self, project_id: str) -> Project:
        """One project, as it is now."""
        return self.get("GetProject", f"/projects/{project_id}", of_id(project_id, schemas.project))

    def find_project(self, project_id: str) -> Project | None:
        """One project, or None where there is none of that id."""
        try:
            return self.get_project(project_id)
        except CustomVisionError as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            raise

    def poll_project(self, project_id: str) -> Project | None:
        """As find_project, but asked once: who polls asks again anyway, and has a deadline of its own."""
        try:
            call = Call("GetProject", "GET", f"{BASE}/projects/{project_id}", once=True)
            return self._transport.send(call, of_id(project_id, schemas.project))
        except CustomVisionError as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            raise

    def export_project(self, project_id: str) -> ProjectExport:
        """Get a token that imports the project elsewhere, valid for 24 h. It is masked before anybody sees it."""
        path = f"{BASE}/projects/{project_id}/export"
        call = Call("ExportProject", "GET", path, seconds=EXPORT_SECONDS)
        export = self._transport.send(call, schemas.project_export)
        self._mask(export.token)
        return export

    def get_iterations(self, project_id: str) -> tuple[Iteration, ...]:
        """All iterations of a project."""
        path = f"/projects/{project_id}/iterations"
        rows: tuple[Iteration, ...] = self.get("GetIterations", path, schemas.many(schemas.iteration))
        return rows

    def get_iteration(self, project_id: str, iteration_id: str) -> Iteration:
        """One iteration."""
        path = f"/projects/{project_id}/iterations/{iteration_id}"
        return self.get("GetIteration", path, of_id(iteration_id, schemas.iteration))

    def get_performance(self, project_id: str, iteration_id: str, threshold: float, overlap: float) -> Performance:
        """An iteration's metrics, read at a probability threshold and (for detection) an overlap threshold."""
        path = f"{BASE}/projects/{project_id}/iterations/{iteration_id}/performance"
        call = Call("GetIterationPerformance", "GET", path, f"threshold={threshold}&overlapThreshold={overlap}")
        return self._transport.send(call, schemas.performance)

    def get_tags(self, project_id: str) -> tuple[Tag, ...]:
        """The tags of a project."""
        rows: tuple[Tag, ...] = self.get("GetTags", f"/projects/{project_id}/tags", schemas.many(schemas.tag))
        return rows

    def tagged_image_count(self, project_id: str) -> int:
        """How many images of a project have a tag."""
        return self.get("GetTaggedImageCount", f"/projects/{project_id}/images/tagged/count", schemas.count)

    def untagged_image_count(self, project_id: str) -> int:
        """How many images of a project have no tag."""
        return self.get("GetUntaggedImageCount", f"/projects/{project_id}/images/untagged/count", schemas.count)

    def quick_test_image(self, project_id: str, iteration_id: str, image: bytes) -> tuple[Prediction, ...]:
        """What an iteration, published or not, says of an image of at most 4 MB. Nothing is stored."""
        path = f"{BASE}/projects/{project_id}/quicktest/image"
        files = {"imageData": ("image", image)}
        call = Call(
            "QuickTestImage",
            "POST",
            path,
            f"iterationId={iteration_id}&store=false",
            files=files,
            seconds=UPLOAD_SECONDS,
        )
        return self._transport.send(call, schemas.predictions)

    def domain_type(self, domain_id: str) -> str:
        """A domain's type: Classification or ObjectDetection."""
        return self.get("GetDomain", f"/domains/{encode(domain_id)}", schemas.domain_type)

    def get(self, operation: str, path: str, parse: Callable[[object], T], query: str = "", **options: Any) -> T:  # noqa: ANN401 - Call's own fields
        """A GET of a path below the API's base: what the groups of operations in other modules send, too."""
        return self._transport.send(Call(operation, "GET", BASE + path, query, **options), parse)

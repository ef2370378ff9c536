"""ReadingClient: the operations of the Training API v3.3 that change nothing. One typed method for each."""

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
EXPORT_SECONDS = 60.0  # the service collects the whole project before it answers
UPLOAD_SECONDS = 60.0  # a quick test sends up to 4 MB
LISTING = Call("GetProjects", "GET", f"{BASE}/projects", urgent=True)  # others may wait for it


def encode(value: str) -> str:
    """A query value, percent-encoded once. The export token contains percent escapes: they are encoded once more."""
    return quote(value.encode("utf-8", "replace"), safe="")


def of_id(wanted: str, parse: Callable[[object], P]) -> Callable[[object], P]:
    """A parser that refuses an answer about another id than `wanted`, so that nothing else can be deleted later."""

    def parse_it(data: object) -> P:
        found = parse(data)
        if found.id != wanted:
            msg = "it is about another id than was asked for"
            raise MalformedError(msg)
        return found

    return parse_it


class ReadingClient:
    """The operations of one resource that only read. Every method raises CustomVisionError. Ids are lower-case UUIDs.

    Exports and quick tests only read, too: they make no project and change none. A client is for one thread. What the
    clients of one resource share (pace, connections, credential, listings) is safe for many threads.
    """

    def __init__(self, transport: Transport, *, mask: Callable[[Secret], None] = lambda _secret: None) -> None:
        self._transport = transport
        self._mask = mask
        # The number of requests that were sent up to the last listing, and the listing.
        self._listing: tuple[int, tuple[Project, ...]] = (-1, ())

    @property
    def origin(self) -> str:
        """Scheme and host of the resource's endpoint."""
        return self._transport.origin

    @property
    def requests(self) -> int:
        """The number of requests that were sent. A repeated one counts each time."""
        return self._transport.requests

    def share_pace(self, other: ReadingClient) -> None:
        """Share the limit of requests per second with another client of the same resource."""
        self._transport.share_pace(other._transport)

    def time(self) -> datetime:
        """The service's time, from its last answer."""
        return self._transport.time()

    def get_projects(self) -> tuple[Project, ...]:
        """All projects, newest first, each once. Importing and failed ones are included. The listing may lag."""
        return self._listed(LISTING)

    def _listed(self, call: Call) -> tuple[Project, ...]:
        rows: tuple[Project, ...] = self._transport.send(call, schemas.many(schemas.project))
        listing = tuple({row.id: row for row in rows}.values())
        self._listing = self.requests, listing
        return listing

    def latest_projects(self) -> tuple[Project, ...]:
        """The last listing if no request was sent since, else a new one."""
        asked, rows = self._listing
        return rows if asked == self.requests else self.get_projects()

    def get_project(self, project_id: str) -> Project:
        """One project, as it is now."""
        return self.get("GetProject", f"/projects/{project_id}", of_id(project_id, schemas.project))

    def find_project(self, project_id: str) -> Project | None:
        """One project, or None if there is none of that id."""
        try:
            return self.get_project(project_id)
        except CustomVisionError as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            raise

    def poll_project(self, project_id: str) -> Project | None:
        """As find_project, but never repeated: a caller that polls asks again anyway, and has its own deadline."""
        try:
            call = Call("GetProject", "GET", f"{BASE}/projects/{project_id}", once=True)
            return self._transport.send(call, of_id(project_id, schemas.project))
        except CustomVisionError as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            raise

    def export_project(self, project_id: str) -> ProjectExport:
        """Get a token that imports the project elsewhere, valid for 24 h. The token is masked before it is used."""
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
        """An iteration's predictions for an image of at most 4 MB. It need not be published. Nothing is stored."""
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

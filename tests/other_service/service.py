"""The service: resources behind ports of this machine, and one port for their files."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from tests.other_service.answers import Answer, Refusal, gateway
from tests.other_service.calls import Call, Store
from tests.other_service.model import Box, Iteration, Project, Resource, Tag
from tests.other_service.pictures import png
from tests.other_service.ports import Ports
from tests.other_service.projects import row
from tests.other_service.routes import routed
from tests.other_service.uploads import Upload, add
from tests.other_service.ways import COMPACT, DOMAINS, Ways

if TYPE_CHECKING:
    from http.server import BaseHTTPRequestHandler
    from typing import Self

_DENIED = (
    "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an "
    "active subscription and use a correct regional API endpoint for your resource."
)
_NO_TOKEN = "Please provide a custom subdomain for token authentication, otherwise API key is required."

Fault = Callable[[Resource, str, str], Answer | None]
"""Takes resource, method and path; None: the answer is the usual one."""


class Service:
    """Two resources, `one` and `two`, of the same ways unless those of `two` are given.

    `faults` come before the work is done, `losses` after it.
    """

    def __init__(self, ways: Ways | None = None, ways_of_two: Ways | None = None) -> None:
        self.lock = threading.RLock()
        ways = ways or Ways()
        self.store = Store()
        self.faults: list[Fault] = []
        self.losses: list[Fault] = []
        self._ports = Ports()
        self.store.blobs.origin = self._ports.serve(self.store.blobs.answer)
        self.one = self._resource("one", ways)
        self.two = self._resource("two", ways_of_two or ways)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._ports.close()

    def _resource(self, name: str, ways: Ways) -> Resource:
        resource = Resource(name, ways)
        resource.origin = self._ports.serve(lambda request, body: self._answer(request, body, resource))
        return resource

    # A request

    def _answer(self, request: BaseHTTPRequestHandler, body: bytes, resource: Resource) -> Answer:
        method, parts = request.command, urlsplit(request.path)
        try:
            answer = self._handled(request, body, resource)
        except Refusal as refusal:
            answer = refusal.answer
        for loss in list(self.losses):
            answer = loss(resource, method, parts.path) or answer
        resource.log.append((method, parts.path, answer.status))
        return answer

    def _handled(self, request: BaseHTTPRequestHandler, body: bytes, resource: Resource) -> Answer:
        method, parts = request.command, urlsplit(request.path)
        if method == "POST" and "Content-Length" not in request.headers:
            raise Refusal(Answer(411, raw=b"<!DOCTYPE HTML><html><body><h2>Length Required</h2></body></html>"))
        for fault in list(self.faults):
            if (answer := fault(resource, method, parts.path)) is not None:
                return answer
        with self.lock:
            _admit(request, resource)
            operation, ids = routed(resource.ways, method, parts.path)
            query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
            for project in resource.projects.values():
                project.tick(self.store.blobs.files, resource.ways)
            result = operation(Call(resource, self.store, ids, query, body, request.headers))
            _remember(resource)
        return result if isinstance(result, Answer) else Answer(200, result)

    # What a test puts in

    def seed(
        self,
        resource: Resource,
        name: str,
        *,
        domain: str = COMPACT,
        kind: str = "Multiclass",
        tags: int = 2,
        images: int = 8,
        iterations: int = 1,
    ) -> Project:
        """A trained project: each picture but the last two has a tag, for detection a box."""
        detects = DOMAINS[domain].kind == "ObjectDetection"
        settings: dict[str, Any] = {
            "domainId": domain,
            "classificationType": None if detects else kind,
            "targetExportPlatforms": [],
            "useNegativeSet": not detects,
            "detectionParameters": None,
            "imageProcessingSettings": {"augmentationMethods": {"rotation": True}},
        }
        with self.lock:
            project = resource.add(Project(name, "", settings))
            made = [Tag(f"tag {number}") for number in range(tags)]
            project.tags = {tag.id: tag for tag in made}
            for number in range(images):
                label = [made[number % tags].id] if number < images - 2 else []
                self.put(project, png(f"{name} {number}"), label, box=detects)
            for number in range(iterations):
                trained = Iteration(f"Iteration {number + 1}")
                project.iterations[trained.id] = trained
        return project

    def put(self, project: Project, data: bytes, tags: list[str], *, box: bool = False, **metadata: str) -> str:
        """Add a picture, and return its id."""
        told = add(self.store, self.one.ways, project, Upload("", data, tags, metadata=metadata))
        image = project.images[told["image"]["id"]]
        if box:
            sides = {"left": 0.1, "top": 0.2, "width": 0.3, "height": 0.4}
            image.boxes += [Box.of({"tagId": tag, **sides}) for tag in tags]
        return image.id


def _admit(request: BaseHTTPRequestHandler, resource: Resource) -> None:
    if request.headers.get("Authorization"):
        if not resource.ways.takes_tokens:
            raise gateway(400, "BadRequest", _NO_TOKEN)
    elif request.headers.get("Training-Key") != resource.key:
        raise gateway(401, "401", _DENIED)
    moment = time.monotonic()
    resource.sent = [at for at in resource.sent if at > moment - 1]
    if resource.ways.per_second and len(resource.sent) >= resource.ways.per_second:
        headers = {"Retry-After": "1"} if resource.ways.retry_after else {}
        raise gateway(429, "429", "Rate limit is exceeded. Please retry after 1 second.", headers)
    resource.sent.append(moment)


def _remember(resource: Resource) -> None:
    """What a listing that lags will show."""
    moment = time.monotonic()
    resource.shown.append((moment, [row(project) for project in resource.projects.values()]))
    while len(resource.shown) > 1 and resource.shown[1][0] <= moment - resource.ways.listing_lag:
        resource.shown.pop(0)

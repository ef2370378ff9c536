"""Faults of images: wrong addresses, wrong blobs, partly refused batches, edits between two pages."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import unquote, urlsplit

from emulator.api.blobs import blob_url
from emulator.api.call import uuid_in
from emulator.api.routes import route
from emulator.api.wire import Request, Response, compact
from emulator.host.blobs import expired
from emulator.host.gallery import NewImage
from emulator.state.pictures import draw

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.host.beside import Beside
    from emulator.host.cloud import Emulator
    from emulator.host.faults import Fault, Service
    from emulator.state.model import Resource

_ADDRESSES: Final = ("originalImageUri", "resizedImageUri", "thumbnailUri", "imageUri", "downloadUri")
_PAST: Final = datetime(2020, 6, 7, 16, 50, 40, tzinfo=UTC)
_SIGNED_PATH: Final = re.compile(r"/(i|m)-[0-9a-f]{32}/")
_BATCH: Final = 64


def _relative(_: Fault, service: Service, resource: Resource, request: Request) -> Response:
    """Every address is a relative path."""
    return _readdressed(service.handle(resource, request), lambda address: urlsplit(address).path)


def _foreign(fault: Fault, service: Service, resource: Resource, request: Request) -> Response:
    """Every address is at another host: the fault's `location`."""
    origin = fault.location or "https://elsewhere.example"

    def moved(address: str) -> str:
        parts = urlsplit(address)
        return f"{origin}{parts.path}?{parts.query}" if parts.query else address

    return _readdressed(service.handle(resource, request), moved)


def _expired(_: Fault, service: Service, resource: Resource, request: Request) -> Response:
    """In a listing: addresses whose signatures ended long ago. Of a blob: the answer to such an address."""
    if _SIGNED_PATH.match(request.path):
        answer = expired(cast("Beside", service), request)
        service.note(resource, request, answer.status)
        return answer
    emulator = cast("Emulator", service)

    def ended(address: str) -> str:
        path = unquote(urlsplit(address).path).removeprefix("/")
        return blob_url(emulator, resource.region, path, _PAST) if "?" in address else address

    return _readdressed(service.handle(resource, request), ended)


def _other(_: Fault, service: Service, resource: Resource, request: Request) -> Response:
    """A complete picture, but of another size than in the listing."""
    answer = service.handle(resource, request)
    body = draw("png", 7, 5, "another picture")
    return Response(answer.status, {**answer.headers, "Content-Length": str(len(body))}, body)


def _readdressed(answer: Response, change: Callable[[str], str]) -> Response:
    value: Any = json.loads(answer.body or b"null")
    for row in _rows(value):
        for name in _ADDRESSES:
            if isinstance(row.get(name), str):
                row[name] = change(row[name])
    body = compact(value)
    return Response(answer.status, {**answer.headers, "Content-Length": str(len(body))}, body)


def _rows(value: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - any JSON
    """Every object in a JSON value."""
    if isinstance(value, list):
        return [row for item in value for row in _rows(item)]
    if isinstance(value, dict):
        return [value, *(row for item in value.values() for row in _rows(item))]
    return []


def _half_stored(_: Fault, service: Service, resource: Resource, request: Request) -> Response:
    """207: the storage refuses every second image of an upload."""
    return _with_outcomes(service, resource, request, ["OK", "ErrorStorage"] * _BATCH, "207")


def _none_stored(_: Fault, service: Service, resource: Resource, request: Request) -> Response:
    """A 200 with only failures, as seen on the real service."""
    return _with_outcomes(service, resource, request, ["ErrorUnknown"] * _BATCH, "200")


def _with_outcomes(
    service: Service, resource: Resource, request: Request, outcomes: list[str], status: str
) -> Response:
    behaviour = cast("Emulator", service).behaviour
    kept = behaviour.image_outcomes, behaviour.failed_batch
    behaviour.image_outcomes, behaviour.failed_batch = outcomes, "200" if status == "200" else "207"
    try:
        return service.handle(resource, request)
    finally:
        behaviour.image_outcomes, behaviour.failed_batch = kept


def _edited(fault: Fault, service: Service, resource: Resource, request: Request) -> Response:
    """The answer. After it somebody edits the project, so that the next page belongs to another list."""
    answer = service.handle(resource, request)
    emulator = cast("Emulator", service)
    found = route(request.method, request.path)
    if found is None or "project" not in found.params:
        return answer
    project_id = uuid_in(found.params["project"], "project")
    images = emulator.images(resource, project_id)
    if fault.kind == "then-add":
        emulator.put_images(resource, project_id, [NewImage()])
    elif images and fault.kind == "then-delete":
        emulator.delete_images(resource, project_id, images[0].id)
    elif images:
        emulator.tag_image(resource, project_id, images[0].id, "tagged in between")
    return answer


IMAGE_FAULTS: Final[dict[str, Callable[[Fault, Service, Resource, Request], Response]]] = {
    "relative-uri": _relative,
    "foreign-host": _foreign,
    "expired-sas": _expired,
    "other-picture": _other,
    "207-half": _half_stored,
    "200-failures": _none_stored,
    "then-add": _edited,
    "then-delete": _edited,
    "then-retag": _edited,
}
"""Kinds of faults; all of them come after the work."""

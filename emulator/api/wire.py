"""Requests, responses and the JSON of the wire, as in the official description and recorded traffic."""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

from emulator.state.domains import DOMAINS, PLATFORMS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emulator.state.model import Entry, Iteration, Project, Settings, Tag

JSON_TYPE: Final = "application/json; charset=utf-8"
HTML_TYPE: Final = "text/html; charset=us-ascii"
BYTES_TYPE: Final = "application/octet-stream"

_FIRST_WITH_MODEL_INFO: Final = 4
"""From this minor version on, iterations carry `customBaseModelInfo` and `trainingErrorDetails`."""


@dataclass(frozen=True)
class Request:
    """A request as it arrives: the path as sent, the query decoded once, header names in any case."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True)
class Response:
    """A whole answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def response(  # noqa: PLR0913 - what an answer is made of
    status: int,
    body: bytes,
    *,
    now: datetime,
    request_id: str,
    content_type: str = JSON_TYPE,
    extra: Mapping[str, str] | None = None,
) -> Response:
    """Build an answer with the headers that the service puts on every one."""
    headers = {
        "Date": format_datetime(now, usegmt=True),
        "Content-Length": str(len(body)),
        "Request-Id": request_id,
        "apim-request-id": request_id,
        "Strict-Transport-Security": "max-age=31536000; includeSubDomains; preload",
        "X-Content-Type-Options": "nosniff",
    }
    if body:
        headers["Content-Type"] = content_type
    if extra:
        headers.update(extra)
    return Response(status, headers, body)


def compact(value: object) -> bytes:
    """JSON as on the wire. A lone surrogate in a name, which UTF-8 cannot hold, is escaped."""
    try:
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":")).encode()


def stamp(moment: datetime) -> str:
    """A time with three fractional digits."""
    return moment.isoformat(timespec="milliseconds")[:23] + "Z"


def optional_stamp(moment: datetime | None) -> str | None:
    """A time, or null."""
    return None if moment is None else stamp(moment)


@lru_cache(maxsize=4096)
def signature(subject: str) -> str:
    """A percent-encoded signature of the shape that shared access signatures have, escapes included."""
    text = b64encode(blake2b(subject.encode(), digest_size=32).digest()).decode()
    # Always with the characters that a wrong encoding breaks: + / =
    signed = f"{text[:11]}+{text[12:19]}/{text[20:]}"
    return (
        signed.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D")
    )  # quicker than quote, and a page has 512 addresses


def shared_access_url(region: str, path: str, expires: datetime, *, salt: str = "", origin: str | None = None) -> str:
    """A storage URL with a shared access signature, shaped as in the recordings."""
    when = f"{expires:%Y-%m-%dT%H:%M:%SZ}".replace(":", "%3A")
    sig = signature(f"{path} {when} {salt}")
    host = origin or f"https://emulator{region}training.blob.core.windows.net"
    return f"{host}/{path}?sv=2017-04-17&sr=b&sig={sig}&se={when}&sp=r"


def settings_json(settings: Settings) -> dict[str, Any]:
    """The settings of a project."""
    methods = None if settings.augmentations is None else dict(settings.augmentations)
    return {
        "domainId": settings.domain_id,
        "classificationType": settings.classification_type,
        "targetExportPlatforms": list(settings.target_export_platforms),
        "useNegativeSet": settings.use_negative_set,
        "detectionParameters": None,
        "imageProcessingSettings": None if methods is None else {"augmentationMethods": methods},
    }


def project_json(project: Project, now: datetime, region: str, entry: Entry | None = None) -> dict[str, Any]:
    """A project, or an older state of it for a lagging listing."""
    entry = entry or project.entry
    thumbnail = None
    if entry.status == "Succeeded" and project.content.tagged + project.content.untagged:
        path = f"i-{project.id.replace('-', '')}/t-{project.id[::-1].replace('-', '')}"
        thumbnail = shared_access_url(region, path, now + timedelta(days=1))
    return {
        "id": project.id,
        "name": entry.name,
        "description": entry.description,
        "settings": settings_json(entry.settings),
        "created": stamp(project.created),
        "lastModified": stamp(entry.last_modified),
        "thumbnailUri": thumbnail,
        "drModeEnabled": False,
        "status": entry.status,
    }


def tag_json(tag: Tag) -> dict[str, Any]:
    """A tag."""
    return {
        "id": tag.id,
        "name": tag.name,
        "description": tag.description,
        "type": tag.type,
        "imageCount": tag.image_count,
    }


def iteration_json(iteration: Iteration, project: Project, minor: int) -> dict[str, Any]:
    """An iteration. Recorded: v3.1 leaves out `trainedAt` before the end, and v3.4 has two fields more."""
    domain = DOMAINS.get(iteration.domain_id)
    exportable = domain is not None and domain.exportable and iteration.status == "Completed"
    queued = iteration.queued_until is not None
    platforms: list[str] | None = list(PLATFORMS) if exportable else []
    if queued or (not exportable and minor >= _FIRST_WITH_MODEL_INFO):
        platforms = None
    body: dict[str, Any] = {
        "id": iteration.id,
        "name": iteration.name,
        "status": iteration.status,
        "created": stamp(iteration.created),
        "lastModified": stamp(iteration.last_modified),
    }
    if iteration.trained_at is not None:
        body["trainedAt"] = stamp(iteration.trained_at)
    body |= {
        "projectId": project.id,
        "exportable": exportable,
        "exportableTo": platforms,
        "domainId": None if queued else iteration.domain_id,
        "classificationType": None if queued else iteration.classification_type,
        "trainingType": iteration.training_type,
        "reservedBudgetInHours": iteration.reserved_hours,
        "trainingTimeInMinutes": 0 if queued else 1,
        "publishName": iteration.publish_name,
        "originalPublishResourceId": iteration.publish_resource_id,
    }
    if minor >= _FIRST_WITH_MODEL_INFO:
        body |= {"customBaseModelInfo": None, "trainingErrorDetails": None}
    return body

"""The content of the probe's projects: tags, and pictures that are drawn here. Sends both and reads them back.

The requests follow the API description. The pictures are small, and no two of them are equal.
"""

from __future__ import annotations

import base64
import os
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlsplit

from conformance.probe.outcome import NotTriedError
from conformance.probe.wire import payload
from cvaction.customvision.endpoint import loopback
from cvaction.customvision.errors import CustomVisionError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from conformance.probe.bench import Bench
    from conformance.probe.side import Side
    from cvaction.customvision.answers import Answer
    from cvaction.customvision.models import Project

TAGS: Final = ("Circle", "Square")
OF_EACH: Final = 5
UNTAGGED: Final = 2
_UPLOAD_SECONDS: Final = 120.0
_STORAGE: Final = (".blob.core.windows.net", ".blob.core.usgovcloudapi.net", ".blob.core.chinacloudapi.cn")


def picture(number: int, side: int = 64, *, noise: int = 0) -> bytes:
    """A PNG of one colour and a stripe, different for each number; with `noise` at least that many random bytes."""
    if noise:
        side = max(side, int((noise / 3) ** 0.5) + 1)
    colour = bytes((number * 37 % 256, number * 91 % 256, 255 - number * 53 % 256))
    plain = b"\0" + colour * (side // 2) + bytes(3) * (side - side // 2)
    rows = b"".join(b"\0" + os.urandom(3 * side) for _ in range(side)) if noise else plain * side

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    body = zlib.compress(rows, 0 if noise else 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@dataclass(frozen=True)
class Upload:
    """A picture to send, with its tags' ids and its regions."""

    data: bytes
    tags: Sequence[str] = ()
    regions: Sequence[Mapping[str, Any]] = ()


def tag(side: Side, project: Project, name: str) -> str:
    """A tag's id. A missing tag is made."""
    for one in side.client.get_tags(project.id):
        if one.name == name:
            return one.id
    told = payload(side.wire.ask("POST", f"/projects/{project.id}/tags", f"name={quote(name)}"), "CreateTag")
    if not isinstance(told, dict) or not isinstance(told.get("id"), str):
        raise NotTriedError("the answer to a new tag has no id")
    found: str = told["id"]
    return found


def body_of(uploads: Sequence[Upload], metadata: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The body of CreateImagesFromFiles."""
    images = [
        {
            "name": f"{number}.png",
            "contents": base64.b64encode(upload.data).decode(),
            "tagIds": list(upload.tags),
            "regions": list(upload.regions),
        }
        for number, upload in enumerate(uploads)
    ]
    return {"images": images, **({"metadata": dict(metadata)} if metadata else {})}


def send(side: Side, project: Project, body: Mapping[str, Any]) -> Answer:
    """Send CreateImagesFromFiles; returns the raw answer."""
    return side.wire.ask("POST", f"/projects/{project.id}/images/files", body=body, seconds=_UPLOAD_SECONDS)


def upload(
    side: Side, project: Project, uploads: Sequence[Upload], metadata: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Send pictures; returns the answer. Raises NotTriedError if one was neither accepted nor there already."""
    told = payload(send(side, project, body_of(uploads, metadata)), "CreateImagesFromFiles")
    rows = told.get("images") if isinstance(told, dict) else None
    if not isinstance(rows, list) or len(rows) != len(uploads):
        raise NotTriedError("the answer to an upload has another number of images")
    if any(not isinstance(row, dict) or row.get("status") not in {"OK", "OKDuplicate"} for row in rows):
        raise NotTriedError("a picture was refused")
    found: dict[str, Any] = told
    return found


def listed(side: Side, project: Project) -> list[dict[str, Any]]:
    """The images of a project, oldest first."""
    query = "take=256&skip=0&orderBy=Oldest"
    rows = payload(side.wire.ask("GET", f"/projects/{project.id}/images", query), "GetImages")
    if not isinstance(rows, list) or not all(isinstance(row, dict) and isinstance(row.get("id"), str) for row in rows):
        raise NotTriedError("the list of images does not have the API's form")
    return rows


def original(side: Side, project: Project, image: Mapping[str, Any]) -> Answer:
    """Download an original: from the storage without a key, or through the API if the address is relative."""
    address = str(image.get("originalImageUri") or "")
    if address.startswith("/"):
        return side.wire.ask("GET", f"/projects/{project.id}/artifacts", f"path={quote(address, safe='')}")
    host = urlsplit(address).hostname or ""
    known = address.startswith("https://") and host.endswith(_STORAGE)
    local = loopback(host) and loopback(urlsplit(side.origin).hostname or "")
    if not (known or local):
        raise NotTriedError("an original is on a host that is not Azure's storage")
    return side.wire.fetch(address)


def whole(bench: Bench, project: Project) -> Project:
    """Put two tags and their pictures into a project, once."""

    def fill() -> str:
        side = bench.source
        ids = [tag(side, project, name) for name in TAGS]
        sent = [Upload(picture(number), [ids[number % 2]]) for number in range(2 * OF_EACH)]
        sent += [Upload(picture(50 + number)) for number in range(UNTAGGED)]
        upload(side, project, sent)
        return project.id

    bench.observe(f"filled {project.id}", fill)
    return project


def filled(bench: Bench) -> Project:
    """The scratch project with pictures, or without if the service refuses them."""
    project = bench.scratch()
    try:
        return whole(bench, project)
    except (NotTriedError, CustomVisionError):
        return project

"""Operations that create images."""

from __future__ import annotations

import base64
import binascii
import email
import email.policy
import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.other_service.answers import Answer, Refusal, now, refuse
from tests.other_service.images import row
from tests.other_service.model import Box, Image
from tests.other_service.pictures import size_of

if TYPE_CHECKING:
    from tests.other_service.calls import Call, Store
    from tests.other_service.model import Project
    from tests.other_service.ways import Ways

LARGEST = 6 * 1024 * 1024  # bytes of one picture


@dataclass(frozen=True)
class Upload:
    name: str
    data: bytes
    tags: list[str]
    regions: list[dict[str, Any]] = field(default_factory=list)
    metadata: dict[str, str] = field(default_factory=dict)


def from_files(call: Call) -> Any:
    batch, project = call.json, call.project
    _check_size(call, len(batch.get("images", [])))
    shared = batch.get("tagIds") or []
    uploads = []
    for sent in batch["images"]:
        tags, regions = sent.get("tagIds") or [], sent.get("regions") or []
        try:
            data = base64.b64decode(sent["contents"], validate=True)
        except binascii.Error:
            raise refuse(400, "BadRequestImageBatch", "The contents are no base64") from None
        uploads.append(Upload(sent.get("name", ""), data, [*shared, *tags], regions, batch.get("metadata") or {}))
    used = {tag for each in uploads for tag in (*each.tags, *(region["tagId"] for region in each.regions))}
    if len(used) > 20:
        raise refuse(400, "BadRequestImageBatch", "At most 20 tags a batch")
    return _answer(call, [add(call.store, call.ways, project, upload) for upload in uploads])


def from_form(call: Call) -> Any:
    head = b"Content-Type: " + call.headers["Content-Type"].encode() + b"\r\n\r\n"
    message = email.message_from_bytes(head + call.body, policy=email.policy.HTTP)
    results = []
    for part in message.iter_parts():
        data = part.get_payload(decode=True)
        assert isinstance(data, bytes)
        upload = Upload(part.get_filename() or "", data, call.listed("tagIds"))
        results.append(add(call.store, call.ways, call.project, upload))
    _check_size(call, len(results))
    return _answer(call, results)


def _check_size(call: Call, images: int) -> None:
    if len(call.body) > call.ways.largest_batch:
        raise Refusal(Answer(408, raw=b"<html><body>Request Timeout</body></html>"))
    if not 1 <= images <= 64:
        raise refuse(400, "BadRequestImageBatch", "1 to 64 images a batch")


def _answer(call: Call, results: list[dict[str, Any]]) -> Answer:
    fine = {"OK", "OKDuplicate"} if call.ways.duplicate_succeeds else {"OK"}
    good = all(result["status"] in fine for result in results)
    return Answer(200 if good else call.ways.partial_status, {"isBatchSuccessful": good, "images": results})


def add(store: Store, ways: Ways, project: Project, upload: Upload) -> dict[str, Any]:
    """Add one picture, and return its part of the answer."""
    size = size_of(upload.data)
    digest = hashlib.sha256(upload.data).hexdigest()
    wrong = "ErrorImageSize" if digest in ways.refused_pictures else _wrong(project, upload)
    if size is None or wrong:
        return {"sourceUrl": upload.name, "status": wrong or "ErrorImageFormat", "image": None}
    image = next((each for each in project.images.values() if each.digest == digest), None)
    again = image is not None
    if image is None:
        image = Image(size, digest, now())
        image.blob = f"/i-{project.folder}/i-{image.id.replace('-', '')}"
        store.blobs.files[image.blob] = _kept(upload.data) if ways.reencodes else upload.data
        project.images[image.id] = image
    if not again or ways.duplicate_merges:
        _label(image, upload)
    project.touch()
    status = "OKDuplicate" if again else "OK"
    return {"sourceUrl": upload.name, "status": status, "image": row(store, ways, project, image)}


def _wrong(project: Project, upload: Upload) -> str:
    """The status of a picture that is refused; empty: it is not."""
    tags = {*upload.tags, *(region["tagId"] for region in upload.regions)}
    if len(upload.data) > LARGEST:
        return "ErrorImageSize"
    if not tags <= set(project.tags):
        return "ErrorUnknown"
    if len(tags) > 1 and any(project.tags[tag].kind == "Negative" for tag in tags):
        return "ErrorNegativeAndRegularTagOnSameImage"
    return ""


def _label(image: Image, upload: Upload) -> None:
    boxes = [Box.of(region) for region in upload.regions]
    for tag in (*upload.tags, *(box.tag for box in boxes)):
        image.tags.setdefault(tag, now())
    image.boxes += boxes
    image.metadata.update(upload.metadata)


def _kept(data: bytes) -> bytes:
    """Other bytes of the same picture: a PNG with one chunk of text more."""
    if not data.startswith(b"\x89PNG"):
        return data
    text = b"tEXtSoftware\0other"
    chunk = (len(text) - 4).to_bytes(4, "big") + text + binascii.crc32(text).to_bytes(4, "big")
    return data[:33] + chunk + data[33:]

"""Downloads one image into the archive, in the calling thread."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from cvaction.archive import PictureError
from cvaction.customvision.codes import NO_PROJECT
from cvaction.customvision.download_models import State
from cvaction.customvision.errors import CustomVisionError
from cvaction.customvision.storage_hosts import relative

if TYPE_CHECKING:
    from collections.abc import Callable

    from cvaction.archive import ImageRow, ProjectStore
    from cvaction.archive.incoming import Incoming
    from cvaction.customvision.blobs import Blobs
    from cvaction.customvision.download_models import Begun
    from cvaction.customvision.image_reader import ImageReader
    from cvaction.customvision.streaming import Received, Sink
    from cvaction.secret import Secret

PICTURE_ATTEMPTS = 3  # in all, for an image whose download is incomplete or wrong


class Watch(Protocol):
    """What becomes of the images. Each method may be called from any thread."""

    def heard(self, size: int) -> None:
        """So many bytes came, 0 at the beginning. Raises if the image is not needed any more."""

    def kept(self, image_id: str) -> None:
        """The image is stored."""

    def gone(self, image_id: str) -> None:
        """The image does not exist any more."""

    def refused(self, host: str) -> None:
        """A storage host has refused an address: the address may be stale."""


@dataclass(frozen=True)
class Fetcher:
    """Downloads images of one project."""

    project_id: str
    store: ProjectStore
    images: ImageReader
    blobs: Blobs
    watch: Watch

    def begins(self, address: Secret) -> bool:
        """Whether `begin` would ask for an image."""
        return self.blobs.begins(address)

    def begin(self, address: Secret) -> Begun | None:
        """Ask for an image whose answer `fetch` reads. None if it does not come from the storage, or see Blobs.begin."""
        return self.blobs.begin(address)

    def fetch(self, row: ImageRow, address: Secret, begun: Begun | None = None) -> bool:
        """Download an image. Returns whether it came in: `watch.kept` is then called for it, perhaps by another thread.

        Raises PictureError if each download was incomplete or wrong, ForeignHostError, CustomVisionError, and OSError; with
        `begun` also LaterError: see Blobs.fetch.
        """
        attempt = 0
        while True:
            attempt += 1
            with self.store.incoming(row.id) as part:
                received = self._received(row, address, part, begun if attempt == 1 else None)
                if received is None:
                    return False
                try:
                    self.store.keep(row, part, received.sha256, received.size, partial(self.watch.kept, row.id))
                except PictureError:
                    if attempt >= PICTURE_ATTEMPTS:
                        raise
                    continue
                return True

    def _received(self, row: ImageRow, address: Secret, part: Incoming, begun: Begun | None) -> Received | None:
        """Receive the bytes; None if the address is stale or the image is gone."""
        opened = self._opening(part)
        if relative(address):
            return self._artifact(row.id, address, opened)
        download = self.blobs.fetch(address, opened, heard=self.watch.heard, alone=True, begun=begun)
        if download.state is State.GONE:
            self.watch.gone(row.id)
        if download.state is State.STALE:
            self.watch.refused(urlsplit(address.reveal()).hostname or "")
        return download.received

    def _artifact(self, image_id: str, address: Secret, opened: Callable[[], Sink]) -> Received | None:
        try:
            return self.images.artifact(self.project_id, address.reveal(), opened)
        except CustomVisionError as error:
            # Only the service's own codes count: a gateway's 404 may be about the route and not about the image.
            if (
                error.status != HTTPStatus.NOT_FOUND
                or error.code == NO_PROJECT
                or not error.code.startswith("NotFound")
            ):
                raise
        self.watch.gone(image_id)
        return None

    def _opening(self, part: Incoming) -> Callable[[], Sink]:
        def opened() -> Sink:
            self.watch.heard(0)
            return part.open()

        return opened

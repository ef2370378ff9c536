"""Downloads the images of one project from the storage into the archive, several at a time."""

from __future__ import annotations

import threading
from functools import partial
from http import HTTPStatus
from itertools import islice
from typing import TYPE_CHECKING

from cvaction.archive import ImageRow, PictureError
from cvaction.commands.backup.failing import missing_image, name_image, redirected, redirecting, refusing, strange_host
from cvaction.commands.backup.fetching import PICTURE_ATTEMPTS, Fetcher
from cvaction.commands.backup.thread_jobs import Job, Share, batches, fetch_all
from cvaction.customvision.download_models import LaterError
from cvaction.customvision.errors import CustomVisionError, Kind
from cvaction.customvision.image_reader import IDS, PAGE
from cvaction.customvision.storage_hosts import ForeignHostError
from cvaction.failures.backup_errors import BackupImageError
from cvaction.workers import run_all

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cvaction.archive import Listing, ProjectStore
    from cvaction.clock import Clock
    from cvaction.commands.backup.progress import Progress
    from cvaction.customvision.blobs import Blobs
    from cvaction.customvision.image_models import Image
    from cvaction.customvision.image_reader import ImageReader

FAILED_LIMIT = 10  # failed images; with more the project ends at once
ROUNDS = 3  # in a row without a new image; each asks again for the missing images, with fresh addresses


_ONE = Share()


class Downloads:
    """Fetches the images that the archive does not have."""

    def __init__(  # noqa: PLR0913 - what a download touches
        self,
        project_id: str,
        store: ProjectStore,
        images: ImageReader,
        blobs: Blobs,
        progress: Progress,
        *,
        clock: Clock,
        parallel: int,
    ) -> None:
        self.count = 0  # images that have come in
        self._project_id = project_id
        self._store = store
        self._images = images
        self._fetcher = Fetcher(project_id, store, images, blobs, self)
        self._progress = progress
        self._clock = clock
        self._parallel = parallel
        self._lock = threading.Lock()
        self._gone: set[str] = set()
        self._failed: dict[str, Exception] = {}
        self._under_way: set[str] = set()
        self._error: Exception | None = None  # the error that ends all downloads
        self._refusing = ""  # a storage host that has refused an address

    def begins(self, images: Iterable[Image]) -> bool:
        """Whether all these images can be asked for ahead. If not, a thread would wait for each of them alone."""
        return all(self._fetcher.begins(image.original) for image in images if image.original)

    def take(self, images: Iterable[Image], share: Share = _ONE) -> None:
        """Fetch the images that the archive does not have, while `images` is still read. `complete` repeats failed ones.

        However large the `share`, at most `parallel` images are requested at a time. An error that ends all downloads is
        raised when no thread writes any more: the archive may be closed then.
        """
        threads = -(-self._parallel // share.ahead)
        ahead = self._parallel // threads
        jobs = (partial(self._fetch_all, job, ahead) for job in batches(self._wanted(images), share.images))
        for done in run_all(self._clock, jobs, threads, ahead=2 * PAGE // share.images):
            self._error = self._error or done.error
        if self._error is not None:
            raise self._error

    def _wanted(self, images: Iterable[Image]) -> Iterator[Job]:
        """The images to fetch."""
        try:
            for image in images:
                if self._error is not None:
                    return
                if self._store.known(image.id) is not None:
                    self._progress.here()
                elif image.original and self._begin(image.id):
                    yield Job(_without_labels(image), image.original)
        except Exception as error:  # noqa: BLE001 - raised by `take`
            self._error = self._error or error

    def _begin(self, image_id: str) -> bool:
        """Whether no thread fetches the image yet: a listing may have it twice, and both would write to one file."""
        with self._lock:
            begins = image_id not in self._under_way
            self._under_way.add(image_id)
        return begins

    def complete(self, listing: Listing) -> bool:
        """Fetch the images of a listing that the archive does not have. False if an image is gone: somebody edits.

        An image whose download failed while the project was listed is tried here once more, and never a third time.

        Raises:
            BackupImageError: an image cannot be downloaded, or its download is incomplete or wrong.
            BackupStorageError: the storage refuses an image.
        """
        in_vain = {one: self._failed[one] for one in self._missing(listing) if self._in_vain(one)}
        rounds = 0
        while rounds < ROUNDS:
            self._gone, self._failed, had = set(), dict(in_vain), self.count
            self.take(self._addressed_anew(listing))
            if next(self._missing(listing), None) is None:
                return True
            if self._gone:
                return False
            rounds = ROUNDS if self._failed else 0 if self.count > had else rounds + 1
        raise self._explained(list(islice(self._missing(listing), IDS)))

    def _in_vain(self, image_id: str) -> bool:
        """Whether an image had all its attempts, and each download was incomplete or wrong."""
        return isinstance(self._failed.get(image_id), PictureError)

    @property
    def missing(self) -> list[str]:
        """The sorted ids of the images that were gone in the last `complete`."""
        return sorted(self._gone)

    def _addressed_anew(self, listing: Listing) -> Iterator[Image]:
        """The missing images as the service returns them now, with fresh addresses."""
        for batch in batches((one for one in self._missing(listing) if not self._in_vain(one)), IDS):
            found = self._images.by_ids(self._project_id, batch)
            self._gone.update(set(batch) - {image.id for image in found})
            for image in found:
                if not image.original:
                    self._failed[image.id] = BackupImageError(f"The service gave no address for the image {image.id}.")
                yield image

    def _missing(self, listing: Listing) -> Iterator[str]:
        """The ids of the images that the archive does not have."""
        return (found for found in listing.ids() if self._store.known(found) is None)

    # In a thread of its own

    def _fetch_all(self, jobs: Sequence[Job], ahead: int) -> None:
        begin = self._begun if ahead > 1 else _unchanged
        fetch_all(jobs, ahead, begin=begin, fetch=self._fetch, now=self._clock.now)

    def _begun(self, job: Job) -> Job:
        return job._replace(begun=self._fetcher.begin(job.address)) if self._error is None else job

    def _fetch(self, job: Job) -> bool:
        """Whether the image is done with; else it is to be repeated.

        Raise only an error that ends all downloads. The waiting jobs see it before `take` does.
        """
        under_way = False
        try:
            if self._error is None:
                under_way = self._fetch_or_note(job)  # until it is stored
        except LaterError:
            under_way = True
            return False
        except Exception as error:
            name_image(job.row.id, error)
            self._error = self._error or error
            raise
        finally:
            job.close()
            if not under_way:
                self._end(job.row.id)
        return True

    def _end(self, image_id: str) -> None:
        with self._lock:
            self._under_way.discard(image_id)

    def _fetch_or_note(self, job: Job) -> bool:
        """Whether the image has come in: then `kept` is called for it."""
        row = job.row
        try:
            return self._fetcher.fetch(row, job.address, job.begun)
        except CustomVisionError as error:
            if redirected(error):
                raise redirecting(f"the image {row.id}", error) from None
            if error.kind is Kind.FILE or self._error is not None:
                raise
            self._note(row.id, error)
        except PictureError as error:
            self._note(row.id, error)
        except ForeignHostError as error:
            raise strange_host(f"The file of the image {row.id}", error) from None
        return False

    def _note(self, image_id: str, error: Exception) -> None:
        with self._lock:
            self._failed[image_id] = error
            if len(self._failed) > FAILED_LIMIT:
                raise missing_image(image_id, error, PICTURE_ATTEMPTS)

    # What the fetcher tells: see Watch

    def heard(self, size: int) -> None:
        """See Watch."""
        if self._error is not None:
            raise CustomVisionError(Kind.REFUSED, "the download is not needed any more")
        self._progress.heard(size)

    def kept(self, image_id: str) -> None:
        """See Watch."""
        with self._lock:
            self.count += 1
            self._under_way.discard(image_id)
        self._progress.fetched()

    def gone(self, image_id: str) -> None:
        """See Watch."""
        with self._lock:
            self._gone.add(image_id)

    def refused(self, host: str) -> None:
        """See Watch."""
        self._refusing = host

    # The end

    def _explained(self, left: list[str]) -> Exception:
        """The failure that says why an image is missing."""
        image_id = next((one for one in left if one in self._failed), left[0])
        error = self._failed.get(image_id)
        if error is None:
            return refusing(f"the image {image_id}", self._refusing, HTTPStatus.FORBIDDEN, anew=True)
        return missing_image(image_id, error, PICTURE_ATTEMPTS)


def _unchanged(job: Job) -> Job:
    return job


def _without_labels(image: Image) -> ImageRow:
    return ImageRow(image.id, image.created, image.width or 0, image.height or 0)

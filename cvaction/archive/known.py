"""Which pictures an archive has already: 65 bytes for each image, so that a large project fits in memory."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING
from uuid import UUID

from cvaction.archive import layout
from cvaction.archive.rows import Stored

if TYPE_CHECKING:
    from collections.abc import Iterator

# id, sha256, length, width, height, number of the extension
_RECORD = struct.Struct(">16s32sQIIB")


def _key(item_id: str) -> bytes:
    return bytes.fromhex(item_id.replace("-", ""))  # a tenth of the work of UUID(): every id was checked before


class Known:
    """Pictures by the id of their image. If an image has two records, the later one counts."""

    def __init__(self) -> None:
        self._buckets = [bytearray() for _ in range(256)]  # by the first byte of the id: short enough to be searched

    def add(self, image_id: str, stored: Stored) -> None:
        """Add a picture."""
        key = _key(image_id)
        extension = layout.EXTENSIONS.index(stored.file.rpartition(".")[2])
        sizes = (stored.size, stored.width, stored.height)
        self._buckets[key[0]] += _RECORD.pack(key, bytes.fromhex(stored.sha256), *sizes, extension)

    def get(self, image_id: str) -> Stored | None:
        """A picture, or None."""
        key = _key(image_id)
        bucket = self._buckets[key[0]]
        at = bucket.rfind(key)
        while at >= 0 and at % _RECORD.size:  # inside another record, by chance
            at = bucket.rfind(key, 0, at + len(key) - 1)
        if at < 0:
            return None
        _, sha256, size, width, height, extension = _RECORD.unpack_from(bucket, at)
        path = layout.picture_path(image_id, layout.EXTENSIONS[extension])
        return Stored(path, sha256.hex(), size, width, height)

    def __len__(self) -> int:
        return sum(map(len, self._buckets)) // _RECORD.size


class Numbers:
    """Numbers by id, 24 bytes each. An id may have several numbers."""

    _PAIR = struct.Struct(">16sQ")

    def __init__(self) -> None:
        self._buckets = [bytearray() for _ in range(256)]

    def add(self, item_id: str, number: int) -> None:
        """Add a number."""
        key = _key(item_id)
        self._buckets[key[0]] += self._PAIR.pack(key, number)

    def get(self, item_id: str) -> list[int]:
        """The numbers of an id, in the order in which they were added; empty if it has none."""
        key = _key(item_id)
        bucket, found, at = self._buckets[key[0]], [], -1
        while (at := bucket.find(key, at + 1)) >= 0:
            if at % self._PAIR.size == 0:
                found.append(self._PAIR.unpack_from(bucket, at)[1])
        return found


class Ids:
    """A set of ids: 16 bytes each."""

    def __init__(self) -> None:
        self._buckets = [bytearray() for _ in range(256)]

    def add(self, item_id: str) -> bool:
        """Add an id; False if it was there already."""
        if item_id in self:
            return False
        key = _key(item_id)
        self._buckets[key[0]] += key
        return True

    def __contains__(self, item_id: str) -> bool:
        key = _key(item_id)
        bucket = self._buckets[key[0]]
        at = bucket.find(key)
        while at >= 0 and at % len(key):
            at = bucket.find(key, at + 1)
        return at >= 0

    def __len__(self) -> int:
        return sum(map(len, self._buckets)) // 16

    def __iter__(self) -> Iterator[str]:
        for bucket in self._buckets:
            for at in range(0, len(bucket), 16):
                yield str(UUID(bytes=bytes(bucket[at : at + 16])))

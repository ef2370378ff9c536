"""What is put into the scratch project: two tags and a few pictures that are drawn here."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.probe.bench import Bench
    from cvaction.customvision.models import Project


def picture(number: int, side: int = 64) -> bytes:
    """A PNG of one colour and a stripe, another for each number."""
    colour = bytes((number * 37 % 256, number * 91 % 256, 255 - number * 53 % 256))
    row = b"\0" + colour * (side // 2) + bytes(3) * (side - side // 2)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    body = zlib.compress(row * side, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def filled(bench: Bench) -> Project:
    """The scratch project, with pictures where the service takes them."""
    return bench.scratch()

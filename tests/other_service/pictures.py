"""Pictures: made for the tests, and measured by the service."""

from __future__ import annotations

import random
import struct
import zlib

_SIZES = {0xC0, 0xC1, 0xC2}  # the JPEG segments that hold the size


def png(seed: str, side: int = 8) -> bytes:
    """A small valid picture, the same for the same seed."""
    chance = random.Random(seed)
    rows = b"".join(b"\0" + chance.randbytes(side * 3) for _ in range(side))
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def gif(seed: str) -> bytes:
    """A valid GIF of one colour, four pixels by two."""
    colours = random.Random(seed).randbytes(6)
    image = b"\x2c" + struct.pack("<HHHHB", 0, 0, 4, 2, 0) + b"\x02\x03\x84\x8f\x59\x00"
    return b"GIF89a" + struct.pack("<HHBBB", 4, 2, 0x80, 0, 0) + colours + image + b"\x3b"


def size_of(data: bytes) -> tuple[int, int] | None:
    """Width and height in pixels; None: no picture that the service takes."""
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        width, height = struct.unpack(">II", data[16:24])
    elif data[:3] == b"GIF":
        width, height = struct.unpack("<HH", data[6:10])
    elif data[:2] == b"BM":
        width, height = struct.unpack("<ii", data[18:26])
    else:
        return _jpeg(data) if data[:2] == b"\xff\xd8" else None
    return width, abs(height)


def _jpeg(data: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 < len(data) and data[at] == 0xFF:
        if data[at + 1] in _SIZES:
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return None


def float32(value: float) -> float:
    """As the service keeps the sides of a box."""
    kept: float = struct.unpack("f", struct.pack("f", value))[0]
    return round(kept, 8)

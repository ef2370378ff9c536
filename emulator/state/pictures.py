"""The bytes of images: small pictures made from their key, uploaded ones, and a user's own files.

A key is enough to get the bytes: `jpeg:64x48:TEXT` is made from the key each time, `upload:SHA256` is stored, and
`file:NAME` is read from the folder that the user gave.
"""

from __future__ import annotations

import struct
import zlib
from hashlib import blake2b, sha256
from typing import TYPE_CHECKING, Final

from emulator.state.formats import measure

if TYPE_CHECKING:
    from pathlib import Path

FORMATS: Final = ("jpeg", "png", "gif", "bmp")
_MIXED: Final = ("jpeg", "jpeg", "jpeg", "jpeg", "jpeg", "png", "png", "png", "gif", "bmp")


class Pictures:
    """All bytes of a world. `least`: the least size of a made picture, in bytes."""

    def __init__(self, folder: Path | None = None, least: int = 0) -> None:
        self.least = least
        self.uploads: dict[str, bytes] = {}
        self.unsaved: set[str] = set()
        self._hashes: dict[str, str] = {}
        self.files: dict[str, tuple[Path, int, int]] = {}
        for path in sorted(folder.iterdir()) if folder else ():
            size = measure(path.read_bytes()) if path.is_file() else None
            if size is not None:
                self.files[path.name] = (path, size[1], size[2])

    def add(self, data: bytes) -> str:
        """Store an uploaded picture, and return its key."""
        digest = sha256(data).hexdigest()
        if digest not in self.uploads:
            self.uploads[digest] = data
            self.unsaved.add(digest)
        return f"upload:{digest}"

    @staticmethod
    def rewritten(data: bytes) -> bytes:
        """The same picture with other bytes: a JPEG or PNG gets one more comment. Other formats stay as they are."""
        if data.startswith(b"\xff\xd8"):
            return data[:2] + _segment(0xFE, b"encoded anew") + data[2:]
        if data.startswith(b"\x89PNG"):
            return data[:33] + _chunk(b"tEXt", b"Comment\x00encoded anew") + data[33:]
        return data

    def data(self, key: str) -> bytes:
        """The bytes for a key."""
        kind, _, rest = key.partition(":")
        if kind == "upload":
            return self.uploads[rest]
        if kind == "file":
            return self.files[rest][0].read_bytes()
        size, _, text = rest.partition(":")
        width, _, height = size.partition("x")
        return draw(kind, int(width), int(height), text, self.least)

    def sha256(self, key: str) -> str:
        """The hash of a key's bytes. Each is computed once."""
        if key not in self._hashes:
            self._hashes[key] = sha256(self.data(key)).hexdigest()
        return self._hashes[key]

    def size(self, key: str) -> tuple[int, int]:
        """Width and height of a key's picture."""
        kind, _, rest = key.partition(":")
        if kind == "file":
            return self.files[rest][1:]
        if kind == "upload":
            found = measure(self.uploads[rest])
            return (found[1], found[2]) if found else (0, 0)
        width, _, height = rest.partition(":")[0].partition("x")
        return int(width), int(height)

    def number(self, text: str, number: int) -> str:
        """The key of a project's picture by its number: the user's files first, then made ones of all formats and sizes."""
        if number < len(self.files):
            return f"file:{list(self.files)[number]}"
        digest = _digest(text)
        return made(text, _MIXED[digest[0] % len(_MIXED)], 24 + digest[1] % 104, 24 + digest[2] % 104)


def made(text: str, format: str = "jpeg", width: int = 64, height: int = 48) -> str:  # noqa: A002 - what it is
    """The key of a made picture. Different texts make different pictures."""
    return f"{format}:{width}x{height}:{text}"


def draw(kind: str, width: int, height: int, text: str, least: int = 0) -> bytes:
    """A valid picture of a format, with the text in a comment if the format has comments."""
    painters = {"jpeg": _jpeg, "png": _png, "gif": _gif, "bmp": _bmp}
    comment = text.encode("utf-8", "surrogatepass")
    return painters[kind](width, height, _digest(text), comment.ljust(least))


def _digest(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=32).digest()


def _tone(digest: bytes, across: int, down: int) -> int:
    """The grey of a tile, 0 to 127, from the digest."""
    return (digest[across % 16] ^ digest[16 + down % 16]) >> 1


def _segment(marker: int, data: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data


def _jpeg(width: int, height: int, digest: bytes, comment: bytes) -> bytes:
    """Baseline, grey, one flat tone a block: each is a difference of its DC value and an end of block."""
    comments = b"".join(_segment(0xFE, comment[at : at + 65000]) for at in range(0, len(comment), 65000))
    bits: list[str] = []
    before = 0
    for down in range(-(-height // 8)):
        for across in range(-(-width // 8)):
            level = _tone(digest, across, down)
            change, before = level - before, level
            size = abs(change).bit_length()
            bits.append(f"{size:04b}")
            if size:
                bits.append(f"{change if change > 0 else change + (1 << size) - 1:0{size}b}")
            bits.append("0")
    text = "".join(bits)
    text = text.ljust(-(-len(text) // 8) * 8, "1")
    scan = int(text, 2).to_bytes(len(text) // 8).replace(b"\xff", b"\xff\x00")
    return b"".join(
        (
            b"\xff\xd8",
            _segment(0xE0, b"JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"),
            comments,
            _segment(0xDB, b"\x00" + b"\x08" * 64),
            _segment(0xC0, struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\x00"),
            _segment(0xC4, b"\x00" + bytes((0, 0, 0, 9, *[0] * 12)) + bytes(range(9))),
            _segment(0xC4, b"\x10" + bytes((1, *[0] * 15)) + b"\x00"),
            _segment(0xDA, b"\x01\x01\x00\x00\x3f\x00"),
            scan,
            b"\xff\xd9",
        )
    )


def _rows(width: int, height: int, digest: bytes) -> list[bytes]:
    """Grey rows, of tiles of four by four."""
    rows = []
    for down in range(-(-height // 4)):
        row = b"".join(bytes((_tone(digest, across, down),)) * 4 for across in range(-(-width // 4)))
        rows += [row[:width]] * 4
    return rows[:height]


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _png(width: int, height: int, digest: bytes, comment: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = b"".join(b"\x00" + row for row in _rows(width, height, digest))
    # An uncompressed comment: nothing shrinks a picture that is to have a size.
    text = b"Comment\x00" + comment
    body = _chunk(b"IHDR", header) + _chunk(b"tEXt", text) + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def _blocks(data: bytes) -> bytes:
    pieces = (data[at : at + 255] for at in range(0, len(data), 255))
    return b"".join(bytes((len(piece),)) + piece for piece in pieces) + b"\x00"


def _gif(width: int, height: int, digest: bytes, comment: bytes) -> bytes:
    """Codes of eight bits throughout: the table is cleared (0x80) before it makes them longer."""
    palette = b"".join(bytes((tone * 2,)) * 3 for tone in range(128))
    pixels = b"".join(_rows(width, height, digest))
    codes = b"".join(b"\x80" + pixels[at : at + 120] for at in range(0, len(pixels), 120)) + b"\x81"
    header = b"GIF89a" + struct.pack("<HHBBB", width, height, 0xF6, 0, 0) + palette
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\x07" + _blocks(codes)
    return header + b"\x21\xfe" + _blocks(comment) + frame + b"\x3b"


def _bmp(width: int, height: int, digest: bytes, comment: bytes) -> bytes:
    """24 bits; the comment lies between the header and the pixels, where readers skip it."""
    padding = b"\x00" * (-3 * width % 4)
    rows = _rows(3 * width, height, digest)  # a tile may have a colour here, at its edges
    pixels = padding.join(reversed(rows)) + padding
    start = 54 + len(comment)
    header = b"BM" + struct.pack("<IHHI", start + len(pixels), 0, 0, start)
    info = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, len(pixels), 2835, 2835, 0, 0)
    return header + info + comment + pixels

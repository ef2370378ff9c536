"""Is this a complete picture? Its first bytes say JPEG, PNG, GIF or BMP, its header the size. It must have its end.

Bytes after the end are allowed: cameras append data, and the length of a download is checked elsewhere.
"""

from __future__ import annotations

import struct
from typing import IO, TYPE_CHECKING, NamedTuple

from cvaction.archive.errors import PictureError

if TYPE_CHECKING:
    from collections.abc import Callable

_PNG = b"\x89PNG\r\n\x1a\n"
_TURNED = 5  # EXIF orientations from here on lie on their side
_SIGN = 0xFF  # before each marker of a JPEG
_NO_LENGTH = frozenset({0x01, *range(0xD0, 0xD8), _SIGN})  # markers that stand alone
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # markers of the segment with the size
_APP1, _SCAN = 0xE1, 0xDA
_SEGMENTS = 1000  # before the first scan; a picture with more is none
_CHUNK = 1 << 16
_CORE_HEADER = 12  # the oldest form of a BMP's


class Picture(NamedTuple):
    """What a picture's own bytes say. `turned`: it is shown with width and height exchanged."""

    extension: str
    width: int
    height: int
    turned: bool = False

    def shows(self, width: int, height: int) -> bool:
        """Whether the picture has this size, as it is stored or as it is shown."""
        return (width, height) in {
            (self.width, self.height),
            (self.height, self.width) if self.turned else (self.width, self.height),
        }


def extension_of(first: bytes) -> str:
    """`jpg`, `png`, `gif` or `bmp` by the first bytes; empty for anything else."""
    if first.startswith(b"\xff\xd8\xff"):
        return "jpg"
    if first.startswith(_PNG):
        return "png"
    if first.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    return "bmp" if first.startswith(b"BM") else ""


def inspect(file: IO[bytes]) -> Picture:
    """Read a picture's header and look for its end. Raises PictureError, which says what is wrong."""
    file.seek(0)
    first = file.read(16)
    extension = extension_of(first)
    if not extension:
        msg = f"it does not begin like a JPEG, PNG, GIF or BMP ({first[:8].hex(' ') or 'it is empty'})"
        raise PictureError(msg)
    readers: dict[str, Callable[[IO[bytes]], Picture]] = {"jpg": _jpeg, "png": _png, "gif": _gif, "bmp": _bmp}
    try:
        picture = readers[extension](file)
    except (struct.error, IndexError, EOFError):
        msg = f"it is cut: it begins like {extension} and has no end"
        raise PictureError(msg) from None
    if picture.width <= 0 or picture.height <= 0:
        msg = f"its header says {picture.width} x {picture.height} pixels"
        raise PictureError(msg)
    return picture


def _exactly(file: IO[bytes], number: int) -> bytes:
    data = file.read(number)
    if len(data) != number:
        raise EOFError
    return data


def _jpeg(file: IO[bytes]) -> Picture:
    """Read segments up to the first scan, one of them with the size; then look for the end, which no scan contains."""
    file.seek(2)
    width = height = 0
    turned = False
    for _ in range(_SEGMENTS):
        sign, marker, length = struct.unpack(">BBH", _exactly(file, 4))
        if sign != _SIGN:
            msg = "it is not a JPEG after its first bytes"
            raise PictureError(msg)
        if marker in _NO_LENGTH:
            file.seek(-2 if marker != _SIGN else -3, 1)  # a second sign is a fill byte
            continue
        body = _exactly(file, length - 2)
        if marker in _FRAMES:
            height, width = struct.unpack(">HH", body[1:5])
        elif marker == _APP1 and body.startswith(b"Exif\0\0"):
            turned = _orientation(body[6:]) >= _TURNED
        elif marker == _SCAN:
            _to_the_end(file)
            return Picture("jpg", width, height, turned)
    raise EOFError


def _to_the_end(file: IO[bytes]) -> None:
    """Look for the end of a JPEG: usually its last bytes, else after the scans."""
    scan = file.tell()
    file.seek(-2, 2)
    if file.tell() >= scan and file.read(2) == b"\xff\xd9":
        return
    file.seek(scan)
    before = b""
    while chunk := file.read(_CHUNK):
        if b"\xff\xd9" in before + chunk:  # inside a scan each ff is followed by a 0 or a restart
            return
        before = chunk[-1:]
    raise EOFError


def _orientation(tiff: bytes) -> int:
    """EXIF's orientation, 1 to 8; 1 if it is missing or not readable."""
    try:
        order = {b"II": "<", b"MM": ">"}[tiff[:2]]
        (start,) = struct.unpack_from(f"{order}I", tiff, 4)
        (entries,) = struct.unpack_from(f"{order}H", tiff, start)
        for number in range(entries):
            tag, kind, _, value = struct.unpack_from(f"{order}HHIH", tiff, start + 2 + 12 * number)
            if (tag, kind) == (0x0112, 3):
                return int(value)
    except (KeyError, struct.error):
        pass
    return 1


def _png(file: IO[bytes]) -> Picture:
    """Read chunks, from the one with the size to the last one."""
    file.seek(len(_PNG))
    width = height = 0
    while True:
        length, kind = struct.unpack(">I4s", _exactly(file, 8))
        if kind == b"IHDR":
            width, height = struct.unpack(">II", _exactly(file, 8))
            length -= 8
        if kind == b"IEND":
            _exactly(file, length + 4)
            return Picture("png", width, height)
        file.seek(length + 4, 1)  # past the data and its checksum


def _gif(file: IO[bytes]) -> Picture:
    """Read blocks, up to the trailer."""
    file.seek(6)
    width, height, flags = struct.unpack("<HHB2x", _exactly(file, 7))
    _skip_colours(file, flags)
    while (kind := _exactly(file, 1)) != b";":
        if kind == b",":
            _skip_colours(file, _exactly(file, 9)[8])
            _exactly(file, 1)
        elif kind == b"!":
            _exactly(file, 1)
        else:
            msg = "it is not a GIF after its header"
            raise PictureError(msg)
        while size := _exactly(file, 1)[0]:
            _exactly(file, size)
    return Picture("gif", width, height)


def _skip_colours(file: IO[bytes], flags: int) -> None:
    if flags & 0x80:
        _exactly(file, 3 << ((flags & 7) + 1))


def _bmp(file: IO[bytes]) -> Picture:
    """Check the length: a BMP has no end mark. Its header says how long the file is, or where the pixels are."""
    file.seek(2)
    told, start, header = struct.unpack("<I4xII", _exactly(file, 16))
    if header == _CORE_HEADER:
        width, height, bits = struct.unpack("<HH2xH", _exactly(file, 8))
        packed = size = 0
    else:
        width, height, bits, packed, size = struct.unpack("<ii2xHII", _exactly(file, 20))
    rows = abs(height) * ((width * bits + 31) // 32 * 4)
    whole = max(told, start + (size if packed else rows))
    file.seek(0, 2)
    if file.tell() < whole:
        raise EOFError
    return Picture("bmp", width, abs(height))

"""Forms: the parts of a `multipart/form-data` body."""

from __future__ import annotations

import re
from typing import Final

_BOUNDARY: Final = re.compile(r'boundary="?([^";,]+)"?', re.IGNORECASE)
_NAME: Final = re.compile(rb'[;\s]name="?([^";\r\n]*)"?', re.IGNORECASE)
_FILE: Final = re.compile(rb'[;\s]filename="?([^";\r\n]*)"?', re.IGNORECASE)


def parts(content_type: str, body: bytes) -> list[tuple[str, str, bytes]]:
    """Field name, file name (or an empty string) and bytes of each part."""
    match = _BOUNDARY.search(content_type)
    if match is None:
        return []
    found = []
    for part in (b"\r\n" + body).split(b"\r\n--" + match[1].encode("latin-1"))[1:]:
        head, separator, value = part.partition(b"\r\n\r\n")
        if not part.startswith(b"--") and separator:
            found.append((_text(_NAME, head), _text(_FILE, head), value))
    return found


def _text(pattern: re.Pattern[bytes], head: bytes) -> str:
    match = pattern.search(head)
    return match[1].decode("utf-8", "replace") if match else ""

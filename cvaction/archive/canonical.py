"""The JSON of an archive: the same value gives the same bytes; people can read it, and read it line by line."""

from __future__ import annotations

import json
from typing import Any

from cvaction.archive.errors import DamagedError, WireError


def _no_constant(name: str) -> float:
    raise ValueError(name)


def _encoder(*, readable: bool, escaped: bool) -> json.JSONEncoder:
    layout: dict[str, Any] = {"indent": 2} if readable else {"separators": (",", ":")}
    return json.JSONEncoder(sort_keys=True, ensure_ascii=escaped, allow_nan=False, **layout)


# Made once: json.dumps and json.loads with options make a new encoder or decoder for each text, which is slow.
_DOCUMENT, _LINE = (
    (_encoder(readable=one, escaped=False), _encoder(readable=one, escaped=True)) for one in (True, False)
)
_DECODER = json.JSONDecoder(parse_constant=_no_constant)


def document(value: object) -> bytes:
    """A complete file: keys sorted, two blanks for each level, a line break at its end."""
    return _encoded(value, *_DOCUMENT)


def line(value: object) -> bytes:
    """One line of a .jsonl file, with its line break: keys sorted, no blanks."""
    return _encoded(value, *_LINE)


def _encoded(value: object, plain: json.JSONEncoder, escaped: json.JSONEncoder) -> bytes:
    try:
        try:
            return plain.encode(value).encode() + b"\n"
        except UnicodeEncodeError:  # half of a surrogate pair: it can only be written escaped
            return escaped.encode(value).encode() + b"\n"
    except ValueError:
        msg = "the service sent a number that JSON does not have (NaN or Infinity)"
        raise WireError(msg) from None


def parsed(data: bytes, where: str) -> Any:  # noqa: ANN401 - a JSON value
    """The value of a file or of a line. Raises DamagedError, which names `where`."""
    try:
        return _DECODER.decode(data.decode())
    except (ValueError, RecursionError):
        msg = f"{where} is not JSON"
        raise DamagedError(msg) from None


def as_sent(value: Any) -> Any:  # noqa: ANN401 - a JSON value
    """What the service sent, without its `*Uri` fields: they change with every answer and contain signatures."""
    if isinstance(value, dict):
        return {key: as_sent(item) for key, item in value.items() if not key.endswith("Uri")}
    if isinstance(value, list | tuple):
        return [as_sent(item) for item in value]
    return value

"""The JSON of an archive: the same value gives the same bytes; people can read it, and read it line by line."""

from __future__ import annotations

import json
from typing import Any

from cvaction.archive.errors import DamagedError, WireError


def document(value: object) -> bytes:
    """A complete file: keys sorted, two blanks for each level, a line break at its end."""
    return _encoded(value, indent=2) + b"\n"


def line(value: object) -> bytes:
    """One line of a .jsonl file, with its line break: keys sorted, no blanks."""
    return _encoded(value, separators=(",", ":")) + b"\n"


def _encoded(value: object, **form: Any) -> bytes:  # noqa: ANN401 - options of json.dumps
    try:
        try:
            return json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False, **form).encode()
        except UnicodeEncodeError:  # half of a surrogate pair: it can only be written escaped
            return json.dumps(value, sort_keys=True, allow_nan=False, **form).encode()
    except ValueError:
        msg = "the service sent a number that JSON does not have (NaN or Infinity)"
        raise WireError(msg) from None


def parsed(data: bytes, where: str) -> Any:  # noqa: ANN401 - a JSON value
    """The value of a file or of a line. Raises DamagedError, which names `where`."""
    try:
        return json.loads(data, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        msg = f"{where} is not JSON"
        raise DamagedError(msg) from None


def _no_constant(name: str) -> float:
    raise ValueError(name)


def as_sent(value: Any) -> Any:  # noqa: ANN401 - a JSON value
    """What the service sent, without its `*Uri` fields: they change with every answer and contain signatures."""
    if isinstance(value, dict):
        return {key: as_sent(item) for key, item in value.items() if not key.endswith("Uri")}
    if isinstance(value, list | tuple):
        return [as_sent(item) for item in value]
    return value

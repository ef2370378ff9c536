"""Dataclasses to JSON and back, by their annotations. Only for the types that the store needs."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import datetime
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints


def encode(value: Any) -> Any:  # noqa: ANN401 - any value of the model
    """Turn a value of the model into JSON."""
    if is_dataclass(value) and not isinstance(value, type):
        return {
            item.name: encode(getattr(value, item.name)) for item in fields(value) if not item.metadata.get("apart")
        }
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [encode(item) for item in value]
    if isinstance(value, dict):
        return {key: encode(item) for key, item in value.items()}
    return value


def decode(kind: Any, value: Any) -> Any:  # noqa: ANN401, PLR0911 - any type of the model, one return each
    """Turn JSON back into a value of the given type."""
    origin, args = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        rest = [arg for arg in args if arg is not NoneType]
        return None if value is None else decode(rest[0], value)
    if origin is Literal or kind is Any:
        return value
    if origin is tuple:
        inner = [args[0]] * len(value) if args[-1] is Ellipsis else args
        return tuple(decode(arg, item) for arg, item in zip(inner, value, strict=True))
    if origin is list:
        return [decode(args[0], item) for item in value]
    if origin is dict:
        return {key: decode(args[1], item) for key, item in value.items()}
    if kind is datetime:
        return datetime.fromisoformat(value)
    if is_dataclass(kind):
        return _dataclass(kind, value)
    return value


def _dataclass(kind: Any, value: dict[str, Any]) -> Any:  # noqa: ANN401 - any dataclass of the model
    hints = _hints(kind)
    return kind(**{name: decode(hints[name], item) for name, item in value.items()})


@cache
def _hints(kind: type) -> dict[str, Any]:
    # `Album` is known to the type checker only, and never in a record.
    return get_type_hints(kind, localns={"Album": Any})

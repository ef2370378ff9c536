"""An answer of the service, and the exception that carries one."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

JSON = "application/json; charset=utf-8"
DROPPED = -1  # the connection is closed without an answer


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None  # in place of a body that is JSON
    kind: str = "text/html"  # of `raw`
    cut: int = 0  # so many bytes are announced and never sent

    def data(self) -> bytes:
        if self.raw is not None:
            return self.raw
        return b"" if self.status == 204 else json.dumps(self.body, separators=(",", ":")).encode()

    def content_type(self) -> str:
        return JSON if self.raw is None else self.kind


class Refusal(Exception):  # noqa: N818 - what it is
    """Ends a request with this answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def refuse(status: int, code: str, message: str = "") -> Refusal:
    """The service's own form of an error."""
    return Refusal(Answer(status, {"code": code, "message": message or code}))


def gateway(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Refusal:
    """The form of an error of the gateway before the service."""
    return Refusal(Answer(status, {"error": {"code": code, "message": message}}, headers or {}))


def now() -> datetime:
    return datetime.now(UTC)


def stamp(moment: datetime | None) -> str | None:
    """As the service writes a time: three digits behind the second."""
    return None if moment is None else f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def image_stamp(moment: datetime) -> str:
    """As the service writes an image's time: seven digits and no zone."""
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}0"

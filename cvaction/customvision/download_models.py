"""Records of a download from the storage: one that was begun, and how one ended."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cvaction.customvision.session import Session
    from cvaction.customvision.straight import Reply, Sent
    from cvaction.customvision.streaming import Received

__all__ = ["Begun", "Download", "LaterError", "State"]


class State(Enum):
    """How a download ended, if not with an error."""

    WHOLE = "whole"
    STALE = "stale"  # 403: the signature has expired; GetImagesByIds gives a fresh address
    GONE = "gone"  # 404: the file was deleted


@dataclass(frozen=True)
class Download:
    """The result of a download. `received` is None unless the state is WHOLE."""

    state: State
    received: Received | None = None


class LaterError(Exception):
    """A download that was begun failed, and is to be repeated: hand it to `fetch` again, which waits for the time."""


@dataclass
class Begun:
    """A download whose request was sent, or could not be. Hand it to `fetch`; close it in any case."""

    session: Session
    sent: Sent | Exception
    attempts: int = 0  # that have failed
    due: float = 0.0  # when the next attempt may begin, by the clock

    def reply(self) -> Reply:
        """The answer. Raises what `Sent.reply` raises, or what sending the request has raised."""
        if isinstance(self.sent, Exception):
            raise self.sent
        return self.sent.reply()

    def close(self) -> None:
        """Give it up, unless its answer was read."""
        if not isinstance(self.sent, Exception):
            self.sent.close()

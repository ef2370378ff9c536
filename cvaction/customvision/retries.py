"""When a failed request is sent again, and after which pause."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from cvaction.customvision.errors import Kind

if TYPE_CHECKING:
    from cvaction.customvision.errors import CustomVisionError

__all__ = ["ATTEMPTS", "GATEWAY_PAUSE", "LONGEST_BACKOFF", "LONGEST_RETRY_AFTER", "PATIENCE", "pause_after"]

ATTEMPTS = 6
PATIENCE = {Kind.TIMEOUT: 3, Kind.DNS: 3, Kind.PROXY: 3, Kind.UNREADABLE: 4}  # attempts where six would be too many
FIRST_BACKOFF, LONGEST_BACKOFF = 0.5, 10.0
GATEWAY_PAUSE = 1.0  # the gateway says "retry after 1 second" in its text
LONGEST_RETRY_AFTER = 120.0  # seconds; for a longer pause the run ends with an error that says so


def pause_after(error: CustomVisionError, attempt: int, *, repeatable: bool) -> float | None:
    """Seconds before the next attempt, or None where there is none. `attempt` is 1 for the first."""
    if not (error.unsent or (error.transient and repeatable)):
        return None
    if attempt >= PATIENCE.get(error.kind, ATTEMPTS) or (error.retry_after or 0) > LONGEST_RETRY_AFTER:
        return None
    backoff = min(LONGEST_BACKOFF, FIRST_BACKOFF * 2.0 ** (attempt - 1)) * random.uniform(0.5, 1.0)  # noqa: S311 - jitter
    if error.kind is Kind.THROTTLED and error.retry_after is None:
        backoff += GATEWAY_PAUSE
    return max(backoff, error.retry_after or 0.0)

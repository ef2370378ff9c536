"""A trial: how a fact is tried, and what that needs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.probe.bench import Bench
    from conformance.probe.outcome import Seen
    from conformance.probe.settings import Settings


class Need(Enum):
    """What a trial needs. Its value is the reason why the fact is not tried without it."""

    WRITE = "it writes, and --read-only was given"
    BURST = "it needs --burst"
    TRAIN = "it needs --train"
    IDS = "it needs ids instead of a key"
    DISABLED_KEY = "it needs PROBE_DISABLED_KEY"
    PREDICTION = "it needs PROBE_PREDICTION_RESOURCE_ID"
    PREDICTION_KEY = "it needs PROBE_PREDICTION_KEY"
    FAR = "it needs PROBE_FAR_PREDICTION_RESOURCE_ID"

    def met(self, settings: Settings) -> bool:
        """Whether a probe with these settings has it."""
        sides = [side for side in (settings.source, settings.target) if side]
        return {
            Need.WRITE: not settings.read_only,
            Need.BURST: settings.burst,
            Need.TRAIN: settings.train and not settings.read_only,
            Need.IDS: all(side.key is None for side in sides),
            Need.DISABLED_KEY: settings.disabled_key is not None,
            Need.PREDICTION: bool(settings.prediction_resource_id),
            Need.PREDICTION_KEY: settings.prediction_key is not None,
            Need.FAR: bool(settings.far_prediction_resource_id),
        }[self]


@dataclass(frozen=True)
class Trial:
    """How one fact is tried. `calls` and `seconds`: about how many it needs, for the plan."""

    run: Callable[[Bench], Seen]
    needs: tuple[Need, ...] = (Need.WRITE,)
    calls: int = 5
    seconds: float = 0.0

    def lacking(self, settings: Settings) -> str:
        """Why the fact cannot be tried; empty if it can."""
        return next((need.value for need in self.needs if not need.met(settings)), "")

"""How each fact is tried, in this order: trials that need least come first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from conformance.probe.trials import files, limits, listing, names, publishing, refusals, training, transfer

if TYPE_CHECKING:
    from conformance.probe.trials.model import Trial

_BY_NAME: Final[dict[str, Trial]] = {
    **refusals.TRIALS,
    **listing.TRIALS,
    **names.TRIALS,
    **limits.TRIALS,
    **files.TRIALS,
    **transfer.TRIALS,
    **training.TRIALS,
    **publishing.TRIALS,
}
_LAST: Final = ("retry-after",)
TRIALS: Final = {
    **{name: trial for name, trial in _BY_NAME.items() if name not in _LAST},
    **{name: _BY_NAME[name] for name in _LAST},
}

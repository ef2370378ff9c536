"""Whether two answers to one image agree: the same tags, probabilities within 0.01, and for detection the boxes, too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cvaction.github.text import one_line

if TYPE_CHECKING:
    from cvaction.customvision.models import Prediction

__all__ = ["Answered", "SmokeResult", "differences"]

WITHIN = 0.01  # of a probability, and of a box's side relative to the image
_ROUNDING = 1e-9


@dataclass(frozen=True, repr=False)  # the bytes of a picture tell a reader nothing
class Answered:
    """An image as it was sent to the source, and the source's answer. The copy is asked about the same bytes."""

    data: bytes
    predictions: tuple[Prediction, ...]


@dataclass(frozen=True)
class SmokeResult:
    """One image's answers. `answers`: the number of the source's predictions. `differences`: empty if both sides agree."""

    image: str
    answers: int
    differences: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """The result as the report shows it."""
        return {"image": self.image, "answers": self.answers, "differences": list(self.differences)}


def differences(source: tuple[Prediction, ...], copy: tuple[Prediction, ...]) -> list[str]:
    """The differences between two answers to one image: tags, probabilities, boxes."""
    left, found = list(copy), []
    for prediction in source:
        same = min(
            (other for other in left if other.tag == prediction.tag),
            key=lambda other: _distance(prediction, other),
            default=None,
        )
        if same is None:
            found.append(f"{_shown(prediction)} on the source, no such answer from the copy")
            continue
        left.remove(same)
        if _distance(prediction, same) > WITHIN + _ROUNDING:
            found.append(f"{_shown(prediction)} on the source, {_shown(same)} on the copy")
    return found + [f"{_shown(other)} on the copy only" for other in left]


def _distance(one: Prediction, other: Prediction) -> float:
    if (one.box is None) != (other.box is None):
        return 1.0
    sides = zip(one.box or (), other.box or (), strict=True)
    return max(abs(one.probability - other.probability), *(abs(a - b) for a, b in sides), 0.0)


def _shown(prediction: Prediction) -> str:
    box = f" at {', '.join(f'{side:.3f}' for side in prediction.box)}" if prediction.box else ""
    return f"'{one_line(prediction.tag, 60)}' {prediction.probability:.4f}{box}"

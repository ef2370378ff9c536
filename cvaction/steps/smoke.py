"""The smoke test: the same images to the source's and to the copy's iteration, before anything is published (protocol, step 5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cvaction.errors import SmokeTestError
from cvaction.github.text import one_line
from cvaction.job import quoted

if TYPE_CHECKING:
    from cvaction.customvision.models import Iteration, Prediction, Project
    from cvaction.job import Job
    from cvaction.steps.source import Source

WITHIN = 0.01  # of a probability, and of a box's side relative to the image
_ROUNDING = 1e-9
SHOWN_DIFFERENCES = 10


@dataclass(frozen=True)
class SmokeResult:
    """One image's answers. `differences` is empty where both sides agree."""

    image: str
    answers: int
    differences: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """The result as the report shows it."""
        return {"image": self.image, "answers": self.answers, "differences": list(self.differences)}


def smoke_test(job: Job, source: Source, copy: Project, iteration: Iteration | None) -> None:
    """Test every image on both sides; raises SmokeTestError with the table of differences."""
    images = job.inputs.smoke_images
    if not images:
        return
    if source.iteration is None or iteration is None:
        msg = "There is no trained iteration to test."
        raise SmokeTestError(msg)
    results = []
    for image in images:
        ours = job.source.quick_test_image(source.project.id, source.iteration.id, image.read_bytes())
        theirs = job.target.quick_test_image(copy.id, iteration.id, image.read_bytes())
        results.append(SmokeResult(one_line(image.name, 100), len(ours), tuple(differences(ours, theirs))))
        job.facts.smoke = tuple(results)
    different = [result for result in results if result.differences]
    job.say(f"{len(results) - len(different)} of {len(results)} images have equal answers on both sides.")
    if different:
        lines = [f"- {result.image}: {line}" for result in different for line in result.differences]
        shown = "\n".join(lines[:SHOWN_DIFFERENCES] + (["- …"] if len(lines) > SHOWN_DIFFERENCES else []))
        msg = f"The copy {quoted(copy)} answers differently for {len(different)} of {len(results)} images:\n{shown}"
        raise SmokeTestError(msg)


def differences(source: tuple[Prediction, ...], copy: tuple[Prediction, ...]) -> list[str]:
    """What two answers to one image do not have in common: tags, probabilities, boxes."""
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

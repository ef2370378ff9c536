"""The smoke test: the same images to the source's iteration and to the copy's.

The source is asked before anything is exported (protocol, step 3): an image that it refuses costs no import. The copy
is asked before anything is published (step 5).
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from cvaction.customvision.errors import CustomVisionError
from cvaction.failures.copy_errors import SmokeImageError, SmokeTestError
from cvaction.github.text import one_line
from cvaction.inputs.images import read_image
from cvaction.job import quoted
from cvaction.rules.agreement import Answered, SmokeResult, differences

if TYPE_CHECKING:
    from cvaction.customvision.models import Iteration, Prediction, Project
    from cvaction.customvision.reader import ReadingClient
    from cvaction.job import Job
    from cvaction.steps.source import Source

SHOWN_DIFFERENCES = 10


def ask_source(job: Job, source: Source) -> Source:
    """The source with its answers to every image. Raises SmokeImageError for an image, and what the service raises."""
    if not job.inputs.smoke_images or source.iteration is None:
        return source
    answers = []
    with job.stage("smoke-test"):
        for image in job.inputs.smoke_images:
            data = read_bytes(job, image)
            ours = quick_test(job, job.source, (source.project.id, source.iteration.id), image, data)
            answers.append(Answered(data, ours))
        job.say(f"The source has answered {len(answers)} image(s).")
    return replace(source, answers=tuple(answers))


def ask_again(job: Job, before: Source, now: Source) -> Source:
    """The source that was read once more; its answers stay where nothing has changed that is compared.

    Should a quick test change `lastModified`, which is unknown, asking again would change it again.
    """
    if now.iteration == before.iteration and replace(now.contents, project=before.project) == before.contents:
        return replace(now, answers=before.answers)
    return ask_source(job, now)


def smoke_test(job: Job, source: Source, copy: Project, iteration: Iteration | None) -> None:
    """Ask the copy what the source was asked; raises SmokeTestError with the differences."""
    images = job.inputs.smoke_images
    if not images:
        return
    if iteration is None:
        msg = "There is no trained iteration to test."
        raise SmokeTestError(msg)
    results = []
    for image, asked in zip(images, source.answers, strict=True):
        theirs = quick_test(job, job.target, (copy.id, iteration.id), image, asked.data)
        found = tuple(differences(asked.predictions, theirs))
        job.memory.boxes = job.memory.boxes or any(prediction.box for prediction in asked.predictions)
        results.append(SmokeResult(one_line(image.name, 100), len(asked.predictions), found))
        job.facts.smoke = tuple(results)
    different = [result for result in results if result.differences]
    job.say(f"{len(results) - len(different)} of {len(results)} images have equal answers on both sides.")
    if different:
        lines = [f"- {result.image}: {line}" for result in different for line in result.differences]
        shown = "\n".join(lines[:SHOWN_DIFFERENCES] + (["- …"] if len(lines) > SHOWN_DIFFERENCES else []))
        msg = f"The copy {quoted(copy)} answers differently for {len(different)} of {len(results)} images:\n{shown}"
        raise SmokeTestError(msg)


def read_bytes(job: Job, image: Path) -> bytes:
    """An image's bytes; raises SmokeImageError where it is not as it was when the run began."""
    try:
        return read_image(image, job.context.workspace)
    except ValueError as error:
        msg = f"The image {_shown(job, image)} is not as it was when this run began: {one_line(str(error), 300)}."
        raise SmokeImageError(msg) from None


def quick_test(job: Job, side: ReadingClient, ids: tuple[str, str], image: Path, data: bytes) -> tuple[Prediction, ...]:
    """What an iteration says of an image; an error tells which image it was."""
    try:
        return side.quick_test_image(*ids, data)
    except CustomVisionError as error:
        error.add_note(f"The image of the smoke test that was sent: {_shown(job, image)}.")
        raise


def _shown(job: Job, image: Path) -> str:
    """An image for a person: by its path in the workspace, because folders can hold namesakes."""
    root = Path(job.context.workspace or ".").resolve()
    return one_line(str(image.relative_to(root) if image.is_relative_to(root) else image.name), 200)

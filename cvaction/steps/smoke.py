"""The smoke test: the same images to the source's and to the copy's iteration, before anything is published (protocol, step 5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cvaction.agreement import SmokeResult, differences
from cvaction.copy_errors import SmokeImageError, SmokeTestError
from cvaction.github.text import one_line
from cvaction.images import read_image
from cvaction.job import quoted

if TYPE_CHECKING:
    from cvaction.customvision.models import Iteration, Project
    from cvaction.job import Job
    from cvaction.steps.source import Source

SHOWN_DIFFERENCES = 10


def smoke_test(job: Job, source: Source, copy: Project, iteration: Iteration | None) -> None:
    """Test every image on both sides; raises SmokeTestError with the differences, SmokeImageError for an image."""
    images = job.inputs.smoke_images
    if not images:
        return
    if source.iteration is None or iteration is None:
        msg = "There is no trained iteration to test."
        raise SmokeTestError(msg)
    results = []
    for image in images:
        try:
            data = read_image(image, job.context.workspace)
        except ValueError as error:
            name, reason = one_line(image.name, 100), one_line(str(error), 300)
            msg = f"The image {name} is not as it was when this run began: {reason}."
            raise SmokeImageError(msg) from None
        ours = job.source.quick_test_image(source.project.id, source.iteration.id, data)
        theirs = job.target.quick_test_image(copy.id, iteration.id, data)
        job.facts.boxes = job.facts.boxes or any(prediction.box for prediction in ours)
        results.append(SmokeResult(one_line(image.name, 100), len(ours), tuple(differences(ours, theirs))))
        job.facts.smoke = tuple(results)
    different = [result for result in results if result.differences]
    job.say(f"{len(results) - len(different)} of {len(results)} images have equal answers on both sides.")
    if different:
        lines = [f"- {result.image}: {line}" for result in different for line in result.differences]
        shown = "\n".join(lines[:SHOWN_DIFFERENCES] + (["- …"] if len(lines) > SHOWN_DIFFERENCES else []))
        msg = f"The copy {quoted(copy)} answers differently for {len(different)} of {len(results)} images:\n{shown}"
        raise SmokeTestError(msg)

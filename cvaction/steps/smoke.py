"""The smoke test: send the same images to the source's iteration and to the copy's, and compare the answers.

The source is asked before the export (protocol, 3.4): if it refuses an image, no import was made for nothing.
The copy is asked before it is published (5.2).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from cvaction.customvision.errors import CustomVisionError
from cvaction.failures.copy_errors import SmokeImageError, SmokeTestError
from cvaction.github.text import one_line
from cvaction.inputs.images import read_image
from cvaction.plural import counted
from cvaction.rules.agreement import Answered, SmokeResult, differences
from cvaction.telling import quoted

if TYPE_CHECKING:
    from cvaction.customvision.models import Iteration, Prediction, Project
    from cvaction.customvision.reader import ReadingClient
    from cvaction.memory import Memory
    from cvaction.outcome.ledger import Facts
    from cvaction.steps.source import SourceState
    from cvaction.telling import Narrator

SHOWN_DIFFERENCES = 10


@dataclass(frozen=True)
class Images:
    """The images of the test, and the workspace that they are read from."""

    paths: tuple[Path, ...]
    workspace: str

    def read(self, image: Path) -> bytes:
        """An image's bytes. Raises SmokeImageError if the image is not as it was when the run began."""
        try:
            return read_image(image, self.workspace)
        except ValueError as error:
            shown = self.shown(image)
            msg = f"The image {shown} is not as it was when this run began: {one_line(str(error), 300)}."
            raise SmokeImageError(msg) from None

    def shown(self, image: Path) -> str:
        """An image for a person: its path in the workspace, because two folders can hold files of the same name."""
        root = Path(self.workspace or ".").resolve()
        return one_line(str(image.relative_to(root) if image.is_relative_to(root) else image.name), 200)

    def ask(self, client: ReadingClient, ids: tuple[str, str], image: Path, data: bytes) -> tuple[Prediction, ...]:
        """An iteration's answer to an image. `ids`: the project's id and the iteration's. An error names the image."""
        try:
            return client.quick_test_image(*ids, data)
        except CustomVisionError as error:
            error.add_note(f"The image of the smoke test that was sent: {self.shown(image)}.")
            raise


@dataclass(frozen=True)
class SmokeTest:
    """Asks a copy about the images. The copy is only read."""

    client: ReadingClient
    narrator: Narrator
    facts: Facts
    memory: Memory
    images: Images


def ask_source(client: ReadingClient, narrator: Narrator, images: Images, source: SourceState) -> SourceState:
    """The source with its answer to every image. Raises SmokeImageError for an image that has changed."""
    if not images.paths or source.iteration is None:
        return source
    answers = []
    with narrator.stage("smoke-test"):
        for image in images.paths:
            data = images.read(image)
            ours = images.ask(client, (source.project.id, source.iteration.id), image, data)
            answers.append(Answered(data, ours))
        narrator.say(f"The source has answered {counted(len(answers), 'image')}.")
    return replace(source, answers=tuple(answers))


def ask_again(
    client: ReadingClient, narrator: Narrator, images: Images, before: SourceState, now: SourceState
) -> SourceState:
    """The source as it was read once more, with its answers. It is asked again only if what is compared has changed.

    It is unknown whether a quick test changes `lastModified`. If it does, asking again would change it again.
    """
    if now.iteration == before.iteration and replace(now.contents, project=before.project) == before.contents:
        return replace(now, answers=before.answers)
    return ask_source(client, narrator, images, now)


def smoke_test(test: SmokeTest, source: SourceState, copy: Project, iteration: Iteration | None) -> None:
    """Ask the copy about the same images, and compare. Raises SmokeTestError with the differences."""
    images, memory = test.images, test.memory
    if not images.paths:
        return
    if iteration is None:
        msg = "There is no trained iteration to test."
        raise SmokeTestError(msg)
    results, lines = [], []
    for image, asked in zip(images.paths, source.answers, strict=True):
        theirs = images.ask(test.client, (copy.id, iteration.id), image, asked.data)
        found = tuple(differences(asked.predictions, theirs))
        memory.boxes = memory.boxes or any(prediction.box for prediction in asked.predictions)
        results.append(SmokeResult(one_line(image.name, 100), len(asked.predictions), found))
        lines += [f"- {images.shown(image)}: {line}" for line in found]
        test.facts.copy = replace(test.facts.copy, smoke=tuple(results))
    different = [result for result in results if result.differences]
    test.narrator.say(
        f"Equal answers on both sides: {len(results) - len(different):,} of {counted(len(results), 'image')}."
    )
    if different:
        shown = "\n".join(lines[:SHOWN_DIFFERENCES] + (["- …"] if len(lines) > SHOWN_DIFFERENCES else []))
        msg = f"The copy {quoted(copy)} answers differently for {len(different):,} of {counted(len(results), 'image')}:\n{shown}"
        raise SmokeTestError(msg)

"""A rollback from beginning to end: check the old copy, then give it the name again.

The order of the steps lets a re-run finish after a kill at any moment:

1. The old copy is published, if asked for and not done yet.
2. The old copy's mark gets the rollback's id, and the project that the old copy replaces.
3. The other project's mark says that it was rolled back.
4. The other project gets a dated name.
5. The old copy gets the name.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cvaction.commands.rollback.pair import begun, resolve, whole
from cvaction.customvision.errors import CustomVisionError
from cvaction.failures.copy_errors import MarkRefusedError, NamingFailedError, PublishedElsewhereError
from cvaction.failures.rollback_errors import RollbackNotNotedError
from cvaction.github.text import one_line
from cvaction.memory import Memory
from cvaction.plural import counted
from cvaction.rules.mark import mark_of
from cvaction.rules.names import ROLLED_BACK, is_retired, same_name
from cvaction.status import Status
from cvaction.steps.committing import commit
from cvaction.steps.editor import Editor
from cvaction.steps.listing import holders, holders_now
from cvaction.steps.publishing import Publisher, Serving, prediction_origin
from cvaction.steps.renaming import PAUSE, TRIES, rename
from cvaction.steps.replacing import retire
from cvaction.steps.smoke import Images
from cvaction.telling import listed, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cvaction.clock import Clock
    from cvaction.commands.rollback.inputs import Inputs
    from cvaction.commands.rollback.outputs import RolledBack
    from cvaction.commands.rollback.pair import Pair
    from cvaction.customvision.client import TrainingClient
    from cvaction.customvision.models import Iteration, Project
    from cvaction.customvision.reader import ReadingClient
    from cvaction.github.context import RunContext
    from cvaction.rules.mark import Mark
    from cvaction.telling import Narrator

ROLLED, UNCHANGED, PLANNED = Status.ROLLED_BACK, Status.UNCHANGED, Status.PLANNED


@dataclass(frozen=True)
class Rollback:
    """Everything that one rollback has. `editor`, `publisher` and `images` are for the steps shared with a promotion."""

    inputs: Inputs
    context: RunContext
    client: TrainingClient
    clock: Clock
    narrator: Narrator
    facts: RolledBack

    @property
    def editor(self) -> Editor:
        """Marks and renames."""
        return Editor(self.client, self.clock, self.narrator, self.facts)

    @property
    def publisher(self) -> Publisher:
        """Publishes. The memory is empty, because a rollback imports nothing."""
        inputs = self.inputs
        origin = prediction_origin(inputs.prediction_endpoint, inputs.side)
        serving = Serving(inputs.publish_name, inputs.prediction_resource_id, origin)
        return Publisher(self.client, self.narrator, self.facts, Memory(), serving)

    @property
    def images(self) -> Images:
        """The images that the old copy must answer."""
        return Images(self.inputs.smoke_images, self.context.workspace)


def roll_back(rollback: Rollback) -> Status:
    """Roll back, or plan the rollback, and return the status."""
    inputs, client, narrator, facts = rollback.inputs, rollback.client, rollback.narrator, rollback.facts
    publisher, images = rollback.publisher, rollback.images
    with narrator.stage("look at target"):
        attempt = rollback.context.attempt
        pair = begun(client, rollback.clock, narrator, inputs.run, attempt) or resolve(client, narrator, inputs)
        facts.rolled_back_project_id = pair.bad.id if pair.bad else ""
        iterations = client.get_iterations(pair.old.id)
        iteration = whole(pair.old, iterations, inputs.publish_name, needed=bool(images.paths))
    to_publish = _to_publish(pair.old, inputs.publish_name, iteration)
    if pair.bad is None and same_name(pair.old.name, pair.name) and to_publish is None:
        facts.record_project(pair.old)
        publisher.publish(pair.old, iteration, iterations)
        narrator.say(f"{quoted(pair.old)} has the name already.")
        facts.plan = ("Nothing: the copy has the name already.",) if inputs.dry_run else ()
        return PLANNED if inputs.dry_run else UNCHANGED
    if inputs.dry_run:
        facts.plan = tuple(steps(inputs, pair, to_publish))
        for number, step in enumerate(facts.plan, 1):
            narrator.say(f"{number}. {step}")
        return PLANNED
    if images.paths:
        with narrator.stage("smoke-test"):
            smoke(client, narrator, images, pair.old, iteration)
    with narrator.stage("publish"):
        publisher.publish(pair.old, iteration, iterations)
    with narrator.stage("commit"):
        old = note(rollback.editor, pair, inputs.run)
    with narrator.stage("name"):
        old = give_back(rollback.editor, replace(pair, old=old))
        facts.record_project(old)
        narrator.say(f"{quoted(old)} is in use again.")
    return ROLLED


def _to_publish(old: Project, name: str, iteration: Iteration | None) -> Iteration | None:
    """The iteration, if it must still be published. Raises PublishedElsewhereError if it has another publish name."""
    if not name or iteration is None or iteration.publish_name == name:
        return None
    if iteration.publish_name:  # the service would refuse it: a plan must say so, too
        msg = f"The iteration '{one_line(iteration.name)}' of {quoted(old)} is published as '{one_line(iteration.publish_name)}'."
        raise PublishedElsewhereError(msg)
    return iteration


def smoke(client: ReadingClient, narrator: Narrator, images: Images, old: Project, iteration: Iteration | None) -> None:
    """Ask the old copy about every image. An answer is enough, because there is no source to compare with."""
    if iteration is None:
        return
    for image in images.paths:
        images.ask(client, (old.id, iteration.id), image, images.read(image))
    narrator.say(f"{quoted(old)} has answered {counted(len(images.paths), 'image')}.")


def note(editor: Editor, pair: Pair, run: str) -> Project:
    """Write the rollback into both marks, before any name changes. A project without a mark gets none."""
    old, bad = pair.old, pair.bad
    mark, theirs = mark_of(old), mark_of(bad) if bad else None
    # If the copy has the name already, it is only published: it takes the place of no other project.
    if mark is not None and (bad is not None or not same_name(old.name, pair.name)):
        noted = replace(mark, restored=run or "000000", instead=_instead(mark, pair), rolledback="")
        if noted != mark:
            old = _note(editor, old, noted)
    if bad is not None and theirs is not None and theirs.rolledback != (run or "000000"):
        _note(editor, bad, replace(theirs, rolledback=run or "000000", restored="", instead=""))
    return old


def _note(editor: Editor, project: Project, mark: Mark) -> Project:
    try:
        return commit(editor, project, mark).project
    except MarkRefusedError as error:
        why = error.happened.rpartition("could not be marked: ")[2]
        msg = f"The mark of {quoted(project)} could not be written: {why}"
        raise RollbackNotNotedError(msg, code=error.code, request_id=error.request_id) from None


def _instead(mark: Mark, pair: Pair) -> str:
    """What the old copy replaces: an id and the name. Without the id if no project has the name.

    If the mark has that name, an earlier attempt wrote it, and the other project is gone by now.
    """
    if pair.bad is None and mark.restored and mark.instead.partition("/")[2] == pair.name:
        return mark.instead
    return f"{pair.bad.id if pair.bad else ''}/{pair.name}"


def give_back(editor: Editor, pair: Pair) -> Project:
    """Give the project in use a dated name, then the old copy its name. If that fails for good, undo the first."""
    old, bad = pair.old, pair.bad
    in_use = bad is not None and not is_retired(bad.name)
    if bad is not None and in_use and retire(editor, bad, pair.name, set(), ROLLED_BACK) is None:
        editor.narrator.say(f"{quoted(bad)} is gone by now.")
    try:
        named = _named(editor, old, pair.name)
    except CustomVisionError:
        _undo(editor, pair)
        raise
    if named is None:
        others = _undo(editor, pair, yields=True)
        held = f" Other projects have it:\n{listed(others)}" if others else ""
        msg = f"The copy {quoted(old)} could not be given the name '{one_line(pair.name)}' in {TRIES} tries.{held}"
        raise NamingFailedError(msg)
    return named


def _named(editor: Editor, old: Project, name: str) -> Project | None:
    for attempt in range(TRIES):
        if attempt:
            editor.clock.sleep(PAUSE)
        renamed = rename(editor, old, name)
        old = renamed or old
        if renamed is not None and same_name(old.name, name) and not holders_now(editor.client, old):
            return old
    return None


def _undo(editor: Editor, pair: Pair, *, yields: bool = False) -> list[Project]:
    """Give the project in use its name back, unless other projects hold it. Returns those.

    `yields`: the old copy gives the name up. Best effort: the run fails anyway, and a re-run goes on.
    """
    client, old, bad = editor.client, pair.old, pair.bad
    try:
        if yields and (now := client.find_project(old.id)) and rename(editor, now, old.name):
            editor.narrator.say(f"The copy is called {quoted(old)}, as before.")
        others = holders(client, client.get_projects(), pair.name, {bad.id} if bad else set())
        now = client.find_project(bad.id) if bad else None
        renamed = rename(editor, now, pair.name) if now and not others else None
        if renamed is not None and same_name(renamed.name, pair.name):
            editor.narrator.say(f"Gave the name back to {quoted(renamed)}.")
    except CustomVisionError as error:
        editor.narrator.say(
            f"The project in use could not be given its name back ({error.message}). A re-run corrects that."
        )
        return []
    return [other for other in others if other.id != old.id]


def steps(inputs: Inputs, pair: Pair, to_publish: Iteration | None) -> Iterator[str]:
    """The lines of the plan."""
    if inputs.smoke_images:
        yield f"Ask {quoted(pair.old)} about {counted(len(inputs.smoke_images), 'image')}."
    if to_publish is not None:
        name = one_line(inputs.publish_name)
        yield f"Publish the iteration '{one_line(to_publish.name)}' of {quoted(pair.old)} as '{name}'."
    if pair.bad is not None:
        yield f"Rename {quoted(pair.bad)} to '{one_line(pair.name)} ({ROLLED_BACK} …)', with the time of that moment."
    yield f"Call {quoted(pair.old)} '{one_line(pair.name)}'."

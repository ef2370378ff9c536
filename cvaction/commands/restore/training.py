"""One training of the restored project, and its metrics next to the old ones (protocol, 5.1)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from cvaction.commands.restore.progress import Progress
from cvaction.customvision.codes import NO_METRICS
from cvaction.customvision.errors import CustomVisionError, Kind
from cvaction.customvision.models import FAILED
from cvaction.customvision.project_writer import ProjectWriter
from cvaction.customvision.transport import LONGEST_RETRY_AFTER
from cvaction.failures.training_errors import (
    RestoreTrainingError,
    RestoreTrainingFailedError,
    RestoreTrainingRefusedError,
    StillTrainingError,
)
from cvaction.github.text import one_line
from cvaction.plural import counted
from cvaction.steps.listing import LOOK_LISTINGS, LOOK_SECONDS
from cvaction.steps.waiting import BLIP_SECONDS, OUTAGE_SECONDS, pause
from cvaction.telling import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cvaction.clock import Clock
    from cvaction.commands.restore.backup import Backup
    from cvaction.customvision.client import TrainingClient
    from cvaction.customvision.models import Iteration, Metrics, Project
    from cvaction.customvision.reader import ReadingClient
    from cvaction.outcome.ledger import Facts
    from cvaction.telling import Narrator

# The service refuses a second training with these codes.
BEGUN = frozenset({"BadRequestTrainingAlreadyInProgress", "BadRequestTrainingNotNeeded"})
THRESHOLD, OVERLAP = 0.5, 0.3  # the values with which the backup's metrics were read


@dataclass(frozen=True)
class Trainer:
    """Begins a project's training, and waits for it. `attempt`: of the run, from 1."""

    client: TrainingClient
    clock: Clock
    narrator: Narrator
    facts: Facts
    attempt: int


def trained(trainer: Trainer, project: Project, minutes: float) -> Iteration:
    """Wait for the project's one training, begun here or by an earlier attempt; returns the trained iteration."""
    # An earlier attempt may have sent a training that was slow to arrive.
    listings = LOOK_LISTINGS if trainer.attempt > 1 else 1
    begun = _begun(trainer.client, trainer.clock, project, listings) or _begin(trainer, project)
    return _wait(trainer, project, begun, minutes * 60)


def _begun(client: ReadingClient, clock: Clock, project: Project, listings: int) -> Iteration | None:
    """A training that is there already: a restored project has only this run's. A failed one does not count."""
    for number in range(listings):
        if number:
            clock.sleep(LOOK_SECONDS / (LOOK_LISTINGS - 1))
        found = [one for one in client.get_iterations(project.id) if one.status != FAILED]
        if found:
            return max(found, key=lambda one: (one.completed, str(one.last_modified), one.id))
    return None


def _begin(trainer: Trainer, project: Project) -> Iteration:
    """Send the training once. After a lost answer the run looks for it, and never sends a second one."""
    try:
        begun = ProjectWriter(trainer.client).train(project.id)
    except CustomVisionError as error:
        if not error.ambiguous and error.code not in BEGUN:
            if error.kind is Kind.REFUSED and error.status == HTTPStatus.BAD_REQUEST:
                raise _refused(project, error) from None
            raise
        if error.retry_after:
            trainer.clock.sleep(min(error.retry_after, LONGEST_RETRY_AFTER))
        trainer.narrator.say(f"The training may have begun ({error.message}): looking for it.")
        found = _begun(trainer.client, trainer.clock, project, LOOK_LISTINGS)
        if found is None and not error.ambiguous:
            raise _refused(project, error) from None
        if found is None:
            msg = f"The training of {quoted(project)} was requested, and no answer came: {error.message}"
            raise RestoreTrainingError(msg, code=error.code, request_id=error.request_id) from None
        return found
    trainer.narrator.say(f"The training of {quoted(project)} has begun.")
    return begun


def _refused(project: Project, error: CustomVisionError) -> RestoreTrainingRefusedError:
    msg = f"{quoted(project)}: {one_line(error.message)}"
    return RestoreTrainingRefusedError(msg, code=error.code, request_id=error.request_id)


def _wait(trainer: Trainer, project: Project, iteration: Iteration, limit: float) -> Iteration:
    clock, narrator = trainer.clock, trainer.narrator
    progress, began = Progress(clock, narrator.say), clock.now()
    last_good = began
    while not iteration.completed and iteration.status != FAILED:
        elapsed = clock.now() - began
        if elapsed >= limit:
            # The run ends, and its outputs name what a re-run waits for.
            trainer.facts.copy = replace(trainer.facts.copy, iteration=iteration)
            msg = (
                f"After {counted(limit / 60, 'minute')} the training of {quoted(project)} has the status "
                f"'{one_line(iteration.status, 40)}'."
            )
            raise StillTrainingError(msg)
        progress.line(f"Still training after {elapsed:.0f} s.")
        clock.sleep(min(pause(elapsed), limit - elapsed))
        try:
            iteration = trainer.client.get_iteration(project.id, iteration.id)
            last_good = clock.now()
        except CustomVisionError as error:
            if not error.transient or clock.now() - last_good > OUTAGE_SECONDS:
                raise
            narrator.say(f"The service did not return the training's status ({error.message}). Waiting continues.")
            clock.sleep(error.retry_after or BLIP_SECONDS)
    if iteration.status == FAILED:
        msg = f"The training of {quoted(project)} ended as 'Failed'."
        raise RestoreTrainingFailedError(msg)
    trainer.facts.copy = replace(trainer.facts.copy, iteration=iteration)
    narrator.say(f"The training ended after {clock.now() - began:.0f} s of waiting.")
    return iteration


def metrics_now(trainer: Trainer, project: Project, iteration: Iteration) -> Metrics | None:
    """The new metrics, read with the same thresholds as the backup's. None if the service has none, which is a warning."""
    try:
        return trainer.client.get_performance(project.id, iteration.id, THRESHOLD, OVERLAP).overall
    except CustomVisionError as error:
        if error.code != NO_METRICS:
            raise
        trainer.narrator.warn(
            "The trained iteration has no metrics",
            f"The service has no metrics of '{one_line(iteration.name, 120)}' in {quoted(project)}: {one_line(error.message)}",
        )
        return None


def metrics_before(backup: Backup) -> tuple[str, dict[str, float]]:
    """The name and the metrics of one backed-up iteration: the newest published one, else the newest."""
    rows = [row for row in backup.reader.iterations() if _performance(row)]
    rows.sort(key=lambda row: (bool(row.get("publishName")), str(row.get("trainedAt") or ""), str(row.get("id"))))
    if not rows:
        return "", {}
    return str(rows[-1].get("name") or ""), _performance(rows[-1])


def _performance(row: dict[str, Any]) -> dict[str, float]:
    told = row.get("performance")
    names = ("precision", "recall", "averagePrecision")
    values = {name: told.get(name) for name in names} if isinstance(told, dict) else {}
    return {name: float(value) for name, value in values.items() if isinstance(value, int | float)}


def shown(name: str, numbers: Sequence[float | None]) -> str:
    """Metrics as text for a person."""
    words = ("precision", "recall", "average precision")
    told = (f"{word} {number:.1%}" for word, number in zip(words, numbers, strict=True) if number is not None)
    return f"{name}: {', '.join(told)}"

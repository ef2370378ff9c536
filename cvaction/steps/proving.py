"""The proof: the copy compared with the source as it was read just before the export (protocol, step 5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cvaction.customvision.domains import DETECT, prediction_kind
from cvaction.customvision.errors import CustomVisionError
from cvaction.customvision.models import other_time
from cvaction.failures.copy_errors import CopyIncompleteError, ImportVanishedError
from cvaction.failures.errors import SourceChangedError
from cvaction.github.text import one_line
from cvaction.job import quoted
from cvaction.rules.proof import Proof, compare, counterpart
from cvaction.steps.reading import read_contents, read_performance
from cvaction.steps.source import read_source, thresholds

if TYPE_CHECKING:
    from cvaction.customvision.models import Iteration, Project
    from cvaction.job import Job
    from cvaction.rules.proof import Contents
    from cvaction.steps.source import Source

PERSISTS_SECONDS = 20.0  # a difference counts only if it is still there this long after Succeeded
LOOKS = 6
SHOWN_DIFFERENCES = 15


@dataclass(frozen=True)
class Proved:
    """A copy as the proof read it at `read_at` (seconds, on the run's clock), and the chosen iteration on it."""

    project: Project
    iterations: tuple[Iteration, ...]
    iteration: Iteration | None
    read_at: float


def prove(job: Job, source: Source, project: Project) -> Proved:
    """Prove a copy, given as it was read a moment ago. Raises for a difference that persists."""
    read_at = job.clock.now()
    copy = read_contents(job.target, project)
    proof = compare_with(job, source, copy)
    for _ in range(LOOKS - 1):
        if proof.holds:
            break
        job.say(f"{len(proof.differences)} difference(s) so far; looking again.")
        job.clock.sleep(PERSISTS_SECONDS / (LOOKS - 1))
        read_at = job.clock.now()
        copy, proof = examine(job, source, project)
    tell_proof(job, copy, proof)
    if not proof.holds:
        source, proof = _against_source_read_again(job, source, copy, proof)
    _tell(job, copy, proof)
    iteration = counterpart(source.iteration, copy.iterations) if source.iteration else None
    return Proved(copy.project, copy.iterations, iteration, read_at)


def examine(job: Job, source: Source, project: Project) -> tuple[Contents, Proof]:
    """Read a copy and compare it with the source."""
    fresh = job.target.find_project(project.id)
    if fresh is None:
        msg = f"The copy {quoted(project)} was imported, and now the target resource does not know it."
        raise ImportVanishedError(msg)
    copy = read_contents(job.target, fresh)
    proof = compare_with(job, source, copy)
    return copy, proof


def tell_proof(job: Job, copy: Contents, proof: Proof) -> None:
    """The proof of the copy that this run is about, for the outputs and the report."""
    job.facts.proof = proof
    job.facts.image_count, job.facts.tag_count = copy.images, len(copy.tags)


def compare_with(job: Job, source: Source, copy: Contents) -> Proof:
    """The comparison, with the metrics of the chosen iteration on both sides."""
    chosen = source.iteration
    if chosen is None:
        return compare(source.contents, copy)
    found = counterpart(chosen, copy.iterations)
    theirs = read_performance(job.target, copy.project.id, found, thresholds(job)) if found else None
    return compare(source.contents, copy, chosen=chosen.name, metrics=(source.performance, theirs))


def _against_source_read_again(job: Job, source: Source, copy: Contents, proof: Proof) -> tuple[Source, Proof]:
    """A difference persists: the source is read again, once. It may have changed, or a count was cut on its way."""
    now = job.source.find_project(source.project.id)
    if now is None:
        raise CopyIncompleteError(_differences(copy.project, proof))
    job.say("The difference persists: reading the source again.")
    again = read_source(job, now)
    proof = compare_with(job, again, copy)
    job.facts.proof = proof
    changed = other_time(now.last_modified, source.modified)
    # Another iteration would be one that no gate has seen.
    if proof.holds and again.iteration == source.iteration:
        return again, proof
    raise (SourceChangedError if changed else CopyIncompleteError)(_differences(copy.project, proof))


def _differences(project: Project, proof: Proof) -> str:
    lines = [
        f"- {one_line(check.name, 80)}: source {one_line(check.source, 80)}, copy {one_line(check.copy, 80)}"
        for check in proof.differences[:SHOWN_DIFFERENCES]
    ]
    if len(proof.differences) > SHOWN_DIFFERENCES:
        lines.append(f"- … and {len(proof.differences) - SHOWN_DIFFERENCES} more (see the summary)")
    found = "\n".join(lines) or "- the chosen iteration: a newer one was trained"
    return f"The copy {quoted(project)} differs from the source:\n{found}"


def _tell(job: Job, copy: Contents, proof: Proof) -> None:
    job.say(
        f"Proved: {copy.tagged} tagged and {copy.untagged} untagged images, {len(copy.tags)} tags, "
        f"{len(copy.completed())} trained iterations. Not compared: the pixels, and the regions one by one."
    )
    for advice in proof.advice:
        job.warn("The copy differs in something that is not proved", advice)


def compare_regions(job: Job, source: Source, project: Project) -> None:
    """For detection: compare the number of regions as an export of both sides counts them. Only warns."""
    memory = job.memory
    try:
        if memory.regions is None and prediction_kind(job.source, source.project) == DETECT:
            memory.regions = job.source.export_project(source.project.id).region_count
        copied = job.target.export_project(project.id).region_count if memory.regions else memory.regions
    except CustomVisionError as error:
        job.say(f"The regions were not counted: {error.message}")
        return
    if copied != memory.regions:
        job.warn(
            "The copy differs in something that is not proved",
            f"An export counts {memory.regions} regions on the source {quoted(source.project)} and {copied} on the copy.",
        )

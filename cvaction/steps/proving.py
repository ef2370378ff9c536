"""The proof: compare the copy with the source as it was read just before the export (protocol, 5.4)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cvaction.customvision.domains import DETECT, prediction_kind
from cvaction.customvision.errors import CustomVisionError
from cvaction.customvision.models import other_time
from cvaction.failures.copy_errors import CopyIncompleteError, ImportVanishedError
from cvaction.failures.source_errors import SourceChangedError
from cvaction.github.text import one_line
from cvaction.plural import counted
from cvaction.rules.comparison import Proof, compare, counterpart
from cvaction.steps.reading import read_contents, read_performance
from cvaction.steps.source import read_source
from cvaction.telling import quoted

if TYPE_CHECKING:
    from cvaction.clock import Clock
    from cvaction.customvision.models import Iteration, Project
    from cvaction.customvision.reader import ReadingClient
    from cvaction.memory import Memory
    from cvaction.outcome.ledger import Facts
    from cvaction.rules.comparison import Contents
    from cvaction.steps.source import Choice, SourceState
    from cvaction.telling import Narrator

PERSISTS_SECONDS = 20.0  # a difference counts only if it is still there this long after Succeeded
LOOKS = 6  # readings of the copy within that time
SHOWN_DIFFERENCES = 15


@dataclass(frozen=True)
class Prover:
    """Compares a copy with its source. Both sides are only read. `choice`: what to choose when reading the source again."""

    source_client: ReadingClient
    target_client: ReadingClient
    clock: Clock
    narrator: Narrator
    facts: Facts
    memory: Memory
    choice: Choice


@dataclass(frozen=True)
class Proved:
    """A copy as the proof read it, and the copy's chosen iteration. `read_at`: seconds, by the run's clock."""

    project: Project
    iterations: tuple[Iteration, ...]
    iteration: Iteration | None
    read_at: float


def prove(prover: Prover, source: SourceState, project: Project) -> Proved:
    """Prove a copy. `project`: the copy as it was read a moment ago.

    Raises CopyIncompleteError or SourceChangedError for a difference that persists.
    """
    client, clock = prover.target_client, prover.clock
    read_at = clock.now()
    contents = read_contents(client, project)
    proof = compare_with(client, source, contents)
    for _ in range(LOOKS - 1):
        if proof.holds:
            break
        prover.narrator.say(f"{counted(len(proof.differences), 'difference')} so far; looking again.")
        clock.sleep(PERSISTS_SECONDS / (LOOKS - 1))
        read_at = clock.now()
        contents, proof = examine(client, source, project)
    record_proof(prover.facts, contents, proof)
    if not proof.holds:
        source, proof = _against_source_read_again(prover, source, contents, proof)
    _say_proof(prover.narrator, contents, proof)
    iteration = counterpart(source.iteration, contents.iterations) if source.iteration else None
    return Proved(contents.project, contents.iterations, iteration, read_at)


def examine(client: ReadingClient, source: SourceState, project: Project) -> tuple[Contents, Proof]:
    """Read a copy and compare it with the source."""
    fresh = client.find_project(project.id)
    if fresh is None:
        msg = f"The copy {quoted(project)} was imported, and now the target resource does not know it."
        raise ImportVanishedError(msg)
    contents = read_contents(client, fresh)
    return contents, compare_with(client, source, contents)


def record_proof(facts: Facts, contents: Contents, proof: Proof) -> None:
    """Record the proof of this run's copy, for the outputs and the report."""
    facts.copy = replace(facts.copy, proof=proof, image_count=contents.images, tag_count=len(contents.tags))


def compare_with(client: ReadingClient, source: SourceState, contents: Contents) -> Proof:
    """Compare the source with a copy's contents, and the metrics of the chosen iteration on both sides."""
    chosen = source.iteration
    if chosen is None:
        return compare(source.contents, contents)
    found = counterpart(chosen, contents.iterations)
    theirs = read_performance(client, contents.project.id, found, source.thresholds) if found else None
    return compare(source.contents, contents, chosen=chosen.name, metrics=(source.performance, theirs))


def _against_source_read_again(
    prover: Prover, source: SourceState, contents: Contents, proof: Proof
) -> tuple[SourceState, Proof]:
    """Read the source again, once, and compare again: it may have changed, or a count may have been cut on its way."""
    now = prover.source_client.find_project(source.project.id)
    if now is None:
        raise CopyIncompleteError(_differences(contents.project, proof))
    prover.narrator.say("The difference persists: reading the source again.")
    again = read_source(prover.source_client, prover.narrator, prover.choice, now)
    proof = compare_with(prover.target_client, again, contents)
    prover.facts.copy = replace(prover.facts.copy, proof=proof)
    changed = other_time(now.last_modified, source.modified)
    # No gate has judged another iteration than the one before.
    if proof.holds and again.iteration == source.iteration:
        return again, proof
    raise (SourceChangedError if changed else CopyIncompleteError)(_differences(contents.project, proof))


def _differences(project: Project, proof: Proof) -> str:
    lines = [
        f"- {one_line(check.name, 80)}: source {one_line(check.source, 80)}, copy {one_line(check.copy, 80)}"
        for check in proof.differences[:SHOWN_DIFFERENCES]
    ]
    if len(proof.differences) > SHOWN_DIFFERENCES:
        lines.append(f"- … and {len(proof.differences) - SHOWN_DIFFERENCES} more (see the summary)")
    found = "\n".join(lines) or "- the chosen iteration: a newer one was trained"
    return f"The copy {quoted(project)} differs from the source:\n{found}"


def _say_proof(narrator: Narrator, contents: Contents, proof: Proof) -> None:
    narrator.say(
        f"Proved: {contents.tagged:,} tagged and {counted(contents.untagged, 'untagged image')}, "
        f"{counted(len(contents.tags), 'tag')}, {counted(len(contents.completed()), 'trained iteration')}. "
        "Not compared: the pixels, and the regions one by one."
    )
    for advice in proof.advice:
        narrator.warn("The copy differs in something that is not proved", advice)


def compare_regions(prover: Prover, source: SourceState, project: Project) -> None:
    """For detection: export both sides and compare the numbers of regions. A difference is only a warning."""
    memory, narrator = prover.memory, prover.narrator
    try:
        if memory.regions is None and prediction_kind(prover.source_client, source.project) == DETECT:
            memory.regions = prover.source_client.export_project(source.project.id).region_count
        copied = prover.target_client.export_project(project.id).region_count if memory.regions else memory.regions
    except CustomVisionError as error:
        narrator.say(f"The regions were not counted: {error.message}")
        return
    if copied != memory.regions:
        narrator.warn(
            "The copy differs in something that is not proved",
            f"An export counts {counted(memory.regions or 0, 'region')} on the source {quoted(source.project)} "
            f"and {copied} on the copy.",
        )

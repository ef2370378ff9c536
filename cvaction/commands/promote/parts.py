"""The parts of a run: what each step of a promotion gets, and nothing more."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cvaction.commands.promote.ready import Maker
from cvaction.rules.bounds import Bounds
from cvaction.rules.comparison import Thresholds
from cvaction.rules.mark import Line
from cvaction.rules.mirroring import MIRROR
from cvaction.steps.copying import Importer
from cvaction.steps.editor import Editor
from cvaction.steps.finishing import CleanUp
from cvaction.steps.gate import Gates
from cvaction.steps.lineage import Lineage
from cvaction.steps.moving import Move
from cvaction.steps.naming import Mirroring, policy_of
from cvaction.steps.own_work import Finder
from cvaction.steps.proving import Prover
from cvaction.steps.publishing import Publisher, Serving, prediction_origin
from cvaction.steps.removing import Remover
from cvaction.steps.serving import Alike, Example, Place
from cvaction.steps.smoke import Images, SmokeTest
from cvaction.steps.source import Choice
from cvaction.steps.syncing import Moved, Sync
from cvaction.steps.waiting import Watch

SHARED_PAUSE = 1.0  # seconds between two looks of a mirror at its imports

if TYPE_CHECKING:
    from cvaction.run import Run
    from cvaction.steps.naming import Policy
    from cvaction.steps.publishing import Serves


def finder(run: Run) -> Finder:
    """Finds this run's copies. Only reads."""
    return Finder(run.target_client, run.clock, run.identity, run.memory)


def remover(run: Run) -> Remover:
    """May delete projects of the target."""
    return Remover(run.target_client, run.narrator, run.facts, run.memory)


def editor(run: Run) -> Editor:
    """May mark and rename projects of the target."""
    return Editor(run.target_client, run.clock, run.narrator, run.facts)


def policy(run: Run) -> Policy:
    """What to do if a project holds the wanted name."""
    if run.mirror:
        return Mirroring(run.inputs.if_exists, run.inputs.source_project_id, run.mirror.renames)
    return policy_of(run.inputs.if_exists)


def publisher(run: Run) -> Serves:
    """May publish an iteration on the target."""
    inputs = run.inputs
    origin = prediction_origin(inputs.prediction_endpoint, inputs.target)
    if run.mirror:
        example = Example(run.source_client, inputs.source_project_id) if run.mirror.publishes else None
        place = Place(inputs.prediction_resource_id, origin)
        return Alike(run.target_client, run.narrator, run.facts, run.memory, example, place)
    serving = Serving(inputs.publish_name, inputs.prediction_resource_id, origin)
    return Publisher(run.target_client, run.narrator, run.facts, run.memory, serving)


def choice(run: Run) -> Choice:
    """What the inputs choose of the source."""
    inputs = run.inputs
    return Choice(
        inputs.source_project_id,
        inputs.source_project_name,
        inputs.iteration,
        Thresholds(inputs.probability_threshold, inputs.overlap_threshold),
        needs_model=bool(inputs.publish_name or inputs.smoke_images),
        gated=bounds(run).asked,
    )


def lineage(run: Run, source_id: str, wanted: str) -> Lineage:
    """The line that the copy belongs to."""
    line = Line(run.context.repository_id, source_id, wanted)
    return Lineage(line, run.identity, MIRROR if run.mirror else "")


def sync(run: Run) -> Sync:
    """Compares an existing copy with the source. Only reads."""
    alike = run.identity.work if run.mirror and run.mirror.publishes else ""
    return Sync(run.source_client, run.target_client, run.narrator, run.facts, run.inputs.publish_name, alike)


def moved(run: Run) -> Moved:
    """Which copies an earlier attempt may have moved."""
    return Moved(choice(run), run.inputs.target_project_name, run.identity.work)


def bounds(run: Run) -> Bounds:
    """What the inputs ask of the metrics."""
    inputs = run.inputs
    return Bounds(
        min_precision=inputs.min_precision,
        min_recall=inputs.min_recall,
        min_average_precision=inputs.min_average_precision,
        max_regression=inputs.max_regression,
        override=inputs.gate_override,
    )


def gates(run: Run) -> Gates:
    """Judges the source's metrics. Only reads."""
    return Gates(bounds(run), run.target, run.narrator, run.facts)


def images(run: Run) -> Images:
    """The images of a smoke test."""
    return Images(run.inputs.smoke_images, run.context.workspace)


def importer(run: Run) -> Importer:
    """Exports, imports and adopts."""
    return Importer(
        run.source_client,
        run.target_client,
        run.clock,
        run.narrator,
        run.facts,
        run.memory,
        run.identity,
        run.context.attempt,
        strict=run.inputs.delete_source or run.syncs,
    )


def prover(run: Run) -> Prover:
    """Proves a copy. Only reads."""
    return Prover(run.source_client, run.target_client, run.clock, run.narrator, run.facts, run.memory, choice(run))


def smoke_test(run: Run) -> SmokeTest:
    """Asks a copy about the images. Only reads."""
    return SmokeTest(run.target_client, run.narrator, run.facts, run.memory, images(run))


def watch(run: Run) -> Watch:
    """Waits for the end of an import. Only reads."""
    watch = Watch(run.target_client, run.clock, run.narrator, run.facts, run.inputs.wait_minutes)
    if run.mirror:  # one look at all imports serves all projects, so it may come often
        return replace(watch, until=run.mirror.until, longest_pause=SHARED_PAUSE)
    return watch


def maker(run: Run) -> Maker:
    """Makes a copy, up to the commit."""
    return Maker(
        importer(run), watch(run), prover(run), smoke_test(run), publisher(run), keep_failed=run.inputs.keep_failed
    )


def clean_up(run: Run, line: Lineage) -> CleanUp:
    """Deletes older copies and leftovers."""
    return CleanUp(remover(run), line, run.inputs.keep_previous)


def move(run: Run) -> Move | None:
    """Deletes the source; None without `delete-source`. No other part may change the source."""
    source = run.source_to_delete
    thresholds = choice(run).thresholds
    return Move(source, run.target_client, run.clock, run.narrator, thresholds) if source else None

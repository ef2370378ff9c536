"""What each step of a promotion gets from the run, and nothing more."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cvaction.commands.promote.closing import Closing, Finisher, Namer
from cvaction.commands.promote.looking import Looks, SourceLook, TargetLook
from cvaction.commands.promote.ready import Maker
from cvaction.commands.promote.resume import Resumption
from cvaction.rules.bounds import Bounds
from cvaction.rules.comparison import Thresholds
from cvaction.rules.mirror_identity import MIRROR
from cvaction.steps.copying import Importer
from cvaction.steps.editor import Editor
from cvaction.steps.gate import Gates
from cvaction.steps.lineage import Lineages
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
from cvaction.steps.unnamed import Clearing
from cvaction.steps.waiting import Watch

if TYPE_CHECKING:
    from cvaction.run import Run
    from cvaction.steps.naming import Policy
    from cvaction.steps.publishing import Serves

SHARED_PAUSE = 1.0  # seconds between two looks of a mirror at its imports


@dataclass(frozen=True)
class Parts:
    """Makes the parts of a run. Only the story and the plan have it. They hand on the parts, and never the run."""

    run: Run

    @property
    def source_look(self) -> SourceLook:
        """Reads the source."""
        run = self.run
        return SourceLook(
            run.source_client, run.clock, run.narrator, run.facts, self.choice, run.inputs.target_project_name
        )

    @property
    def looks(self) -> Looks:
        """Reads and judges both sides. Only reads."""
        run, sync = self.run, self.sync if self.run.syncs else None
        target = TargetLook(run.target_client, run.narrator, run.facts, run.memory, self.policy, self.lineages, sync)
        return Looks(self.source_look, target, self.gates, self.images)

    @property
    def choice(self) -> Choice:
        """What the inputs choose of the source."""
        inputs = self.run.inputs
        return Choice(
            inputs.source_project_id,
            inputs.source_project_name,
            inputs.iteration,
            Thresholds(inputs.probability_threshold, inputs.overlap_threshold),
            needs_model=bool(inputs.publish_name or inputs.smoke_images),
            gated=self.bounds.asked,
        )

    @property
    def bounds(self) -> Bounds:
        """What the inputs ask of the metrics."""
        inputs = self.run.inputs
        return Bounds(
            min_precision=inputs.min_precision,
            min_recall=inputs.min_recall,
            min_average_precision=inputs.min_average_precision,
            max_regression=inputs.max_regression,
            override=inputs.gate_override,
        )

    @property
    def gates(self) -> Gates:
        """Judges the source's metrics. Only reads."""
        return Gates(self.bounds, self.run.target, self.run.narrator, self.run.facts)

    @property
    def images(self) -> Images:
        """The images of a smoke test."""
        return Images(self.run.inputs.smoke_images, self.run.context.workspace)

    @property
    def lineages(self) -> Lineages:
        """Which lineage a copy belongs to."""
        run = self.run
        by, related = (MIRROR, run.mirror.works) if run.mirror else ("", frozenset[str]())
        return Lineages(run.context.repository_id, run.identity, by, related)

    @property
    def policy(self) -> Policy:
        """What to do if a project holds the wanted name."""
        run = self.run
        if run.mirror:
            return Mirroring(run.inputs.if_exists, run.inputs.source_project_id, run.mirror.renames)
        return policy_of(run.inputs.if_exists)

    @property
    def sync(self) -> Sync:
        """Compares an existing copy with the source. Only reads."""
        run = self.run
        alike = run.identity.work if run.mirror and run.mirror.publishes else ""
        return Sync(run.source_client, run.target_client, run.narrator, run.facts, run.inputs.publish_name, alike)

    @property
    def moved(self) -> Moved | None:
        """Which copies an earlier attempt may have moved; None if none can be."""
        run = self.run
        if not (run.syncs and run.inputs.delete_source and run.again):
            return None
        return Moved(self.choice, run.inputs.target_project_name, run.identity.work)

    @property
    def finder(self) -> Finder:
        """Finds this run's copies. Only reads."""
        return Finder(self.run.target_client, self.run.clock, self.run.identity, self.run.memory)

    @property
    def remover(self) -> Remover:
        """May delete projects of the target."""
        return Remover(self.run.target_client, self.run.narrator, self.run.facts, self.run.memory)

    @property
    def importer(self) -> Importer:
        """Exports, imports and adopts."""
        run = self.run
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

    @property
    def watch(self) -> Watch:
        """Waits for the end of an import. Only reads."""
        run = self.run
        watch = Watch(run.target_client, run.clock, run.narrator, run.facts, run.inputs.wait_minutes)
        if run.mirror:  # one look at all imports serves all projects, so it may come often
            return replace(watch, until=run.mirror.until, longest_pause=SHARED_PAUSE)
        return watch

    @property
    def smoke_test(self) -> SmokeTest:
        """Asks a copy about the images. Only reads."""
        run = self.run
        return SmokeTest(run.target_client, run.narrator, run.facts, run.memory, self.images)

    @property
    def maker(self) -> Maker:
        """Makes a copy, up to the commit."""
        run = self.run
        prover = Prover(
            run.source_client, run.target_client, run.clock, run.narrator, run.facts, run.memory, self.choice
        )
        keeps = run.inputs.keep_failed
        return Maker(self.importer, self.watch, prover, self.smoke_test, self.publisher, keep_failed=keeps)

    @property
    def publisher(self) -> Serves:
        """May publish an iteration on the target."""
        run, inputs = self.run, self.run.inputs
        origin = prediction_origin(inputs.prediction_endpoint, inputs.target)
        if run.mirror:
            example = Example(run.source_client, inputs.source_project_id) if run.mirror.publishes else None
            place = Place(inputs.prediction_resource_id, origin)
            return Alike(run.target_client, run.narrator, run.facts, run.memory, example, place)
        serving = Serving(inputs.publish_name, inputs.prediction_resource_id, origin)
        return Publisher(run.target_client, run.narrator, run.facts, run.memory, serving)

    @property
    def namer(self) -> Namer:
        """May mark and rename projects of the target, and delete those that never got their names."""
        run = self.run
        editor = Editor(run.target_client, run.clock, run.narrator, run.facts)
        return Namer(editor, self.policy, self._clearing)

    @property
    def _clearing(self) -> Clearing | None:
        """Removes copies that never got their names: a mirror's; a promotion's only with `keep-previous`."""
        run = self.run
        if run.mirror is not None:
            return Clearing(self.remover, run.identity, publishes=run.mirror.publishes)
        if run.inputs.keep_previous is None:
            return None
        name = run.inputs.publish_name
        return Clearing(self.remover, run.identity, publishes=False, alone=True, publish_name=name)

    @property
    def move(self) -> Move | None:
        """Deletes the source; None without `delete-source`. No other part may change the source."""
        run, source = self.run, self.run.source_to_delete
        if source is None:
            return None
        return Move(source, run.target_client, run.clock, run.narrator, self.choice.thresholds)

    @property
    def closing(self) -> Closing:
        """Publishes and names a proved copy, and finishes the run."""
        finisher = Finisher(self.remover, self.lineages, self.run.inputs.keep_previous, self.move)
        return Closing(self.publisher, self.namer, finisher, mirror=self.run.mirror is not None)

    @property
    def resumption(self) -> Resumption:
        """Finishes a copy that is marked already."""
        run = self.run
        return Resumption(run.source_client, run.target_client, self.closing, run.inputs.target_project_name)

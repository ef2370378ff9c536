"""From an import to a copy that is proved, tested and published, and the choice between twins (protocol, 4.1 to 6.3)."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from cvaction.customvision.errors import CustomVisionError
from cvaction.failures.copy_errors import (
    CopyIncompleteError,
    ImportFailedError,
    ImportVanishedError,
    PublishedElsewhereError,
    SmokeTestError,
)
from cvaction.failures.errors import Failure
from cvaction.failures.source_errors import IterationError, SourceChangedError, SourceUntrainedError
from cvaction.outcome.ledger import CopyFacts
from cvaction.rules.own_copies import Marked, choose
from cvaction.steps.copying import Import, adopt, import_anew
from cvaction.steps.own_work import look_again
from cvaction.steps.proving import compare_regions, prove
from cvaction.steps.removing import remove_twin
from cvaction.steps.smoke import smoke_test
from cvaction.steps.waiting import wait
from cvaction.telling import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cvaction.customvision.models import Project
    from cvaction.outcome.ledger import Facts
    from cvaction.rules.own_copies import Own, Unfinished
    from cvaction.steps.copying import Importer
    from cvaction.steps.proving import Prover
    from cvaction.steps.publishing import Serves
    from cvaction.steps.smoke import SmokeTest
    from cvaction.steps.source import SourceState
    from cvaction.steps.waiting import Watch
    from cvaction.telling import Narrator

# The failures after which an adopted import is made anew, and those after which any copy is removed.
_BROKEN = (ImportFailedError, ImportVanishedError, CopyIncompleteError, SmokeTestError, PublishedElsewhereError)
_COPY_FAILURES = (*_BROKEN, SourceChangedError, IterationError, SourceUntrainedError)


@dataclass(frozen=True)
class Maker:
    """Makes a copy, up to the commit: a part for each step."""

    importer: Importer
    watch: Watch
    prover: Prover
    smoke_test: SmokeTest
    publisher: Serves
    keep_failed: bool

    @property
    def narrator(self) -> Narrator:
        """The run's narrator."""
        return self.importer.narrator

    @property
    def facts(self) -> Facts:
        """The run's ledger."""
        return self.importer.facts


@dataclass(frozen=True)
class Ready:
    """A copy that is proved, tested and published, but not yet marked."""

    project: Project
    adopted: bool
    read_at: float  # when `project` was read: seconds, by the run's clock


def make_copy(maker: Maker, source: SourceState, copies: Sequence[Own], wanted: str) -> Ready | Marked:
    """Adopt or import, and make ready. An adopted import that turns out to be broken is removed and made anew, once."""
    begun = adopt(maker.importer, source, copies)
    if begun is not None:
        try:
            return make_ready(maker, source, begun)
        except _BROKEN as failure:
            maker.narrator.say(f"{failure.happened}")
            discard(maker, begun.project, "it cannot be used", keep=False)
            maker.facts.copy = CopyFacts()
        except (Failure, CustomVisionError) as failure:
            _discard_if_at_fault(maker, begun.project, failure)
            raise
    found = import_anew(maker.importer, source, wanted)
    if isinstance(found, Marked):
        return found
    try:
        return make_ready(maker, source, found)
    except (Failure, CustomVisionError) as failure:
        _discard_if_at_fault(maker, found.project, failure)
        raise


def make_ready(maker: Maker, source: SourceState, begun: Import) -> Ready:
    """Wait, prove, smoke-test and publish, in this order: a copy that fails is never published."""
    narrator = maker.narrator
    with narrator.stage("wait"):
        project = wait(maker.watch, begun)
    with narrator.stage("prove"):
        proved = prove(maker.prover, source, project)
        compare_regions(maker.prover, source, proved.project)
    if maker.smoke_test.images.paths:
        with narrator.stage("smoke-test"):
            smoke_test(maker.smoke_test, source, proved.project, proved.iteration)
    with narrator.stage("publish"):
        maker.publisher.publish(proved.project, proved.iteration, proved.iterations)
        if maker.publisher.unserved:
            narrator.say(maker.publisher.unserved)
    return Ready(proved.project, begun.adopted, proved.read_at)


def _discard_if_at_fault(maker: Maker, project: Project, failure: Failure | CustomVisionError) -> None:
    """Remove a copy if the failure is the copy's own. After a broken connection the copy stays for the next attempt."""
    verdict = isinstance(failure, _COPY_FAILURES) or (
        isinstance(failure, CustomVisionError)
        and failure.status == HTTPStatus.BAD_REQUEST
        and failure.operation in {"PublishIteration", "QuickTestImage"}
    )
    if verdict:
        discard(maker, project, "the run fails", keep=maker.keep_failed)


def discard(maker: Maker, project: Project, why: str, *, keep: bool) -> None:
    """Remove a failed copy, or keep it for inspection. A removal that fails is only logged: the first failure matters."""
    narrator, notes = maker.narrator, maker.facts.notes
    if keep:
        text = f"Kept for inspection (keep-failed): {quoted(project)}. The next attempt of this run goes on with it or removes it."
        narrator.say(text)
        notes.append(text)
        return
    try:
        if maker.importer.remover.remove(project, why):
            notes.append(f"The copy {quoted(project)} was removed from the target.")
    except CustomVisionError as error:
        narrator.say(f"The copy could not be removed ({error.message}). The next attempt removes it.")
        notes.append(f"The copy {quoted(project)} could not be removed. The next attempt removes it.")


def settle_twins(maker: Maker, source: SourceState, ready: Ready | Marked) -> Ready | Marked:
    """Of twins, keep the one that every attempt would keep. Looks for twins if more than one import may have been sent."""
    if not _may_have_twins(maker.importer, ready):
        return ready
    with maker.narrator.stage("look for twins"):
        copies = look_again(maker.importer.finder)
        while (kept := choose(copies)) is not None and kept.project.id != ready.project.id:
            if isinstance(kept, Marked):
                ready = kept
                break
            ready = _prefer(maker, source, kept, ready)
            copies = [one for one in copies if one is not kept or kept.project.id == ready.project.id]
        for twin in copies:
            if twin.project.id != ready.project.id:
                remove_twin(maker.importer.remover, twin)
    maker.facts.record_project(ready.project)
    return ready


def _may_have_twins(importer: Importer, ready: Ready | Marked) -> bool:
    found = isinstance(ready, Marked) or ready.adopted
    again = importer.identity.repeatable and (importer.attempt > 1 or found)
    return again or importer.memory.ambiguous or importer.memory.imports_sent > 1


def _prefer(maker: Maker, source: SourceState, twin: Unfinished, ready: Ready | Marked) -> Ready | Marked:
    """A twin that ranks before our copy, made ready, or else our copy: a twin that fails is removed."""
    facts = maker.facts
    maker.narrator.say(f"Found a twin, {quoted(twin.project)}.")
    reason = maker.importer.adoption.unusable(twin.project, source)
    ours = facts.copy
    if not reason:
        try:
            return make_ready(maker, source, Import(twin.project, adopted=True))
        except _COPY_FAILURES as failure:
            reason = failure.texts.title.lower()
            facts.copy = ours
        except BaseException:
            facts.copy = ours  # our copy has passed; it is unknown whether the twin would have
            raise
    discard(maker, twin.project, reason, keep=False)
    return ready

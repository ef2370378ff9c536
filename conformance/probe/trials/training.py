"""Trials that need a trained iteration: `--train`, which is billed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from conformance.probe.content import filled, picture
from conformance.probe.outcome import NewError, NotTriedError, Seen, measured, seen, unexpected
from conformance.probe.trials.listing import touched, yes
from conformance.probe.trials.model import Need, Trial
from conformance.probe.wire import payload
from cvaction.customvision import schemas
from cvaction.customvision.answers import read
from cvaction.customvision.errors import CustomVisionError

if TYPE_CHECKING:
    from conformance.probe.bench import Bench
    from cvaction.customvision.models import Iteration, Project

_TRAINING_SECONDS: Final = 3600.0
_UNFINISHED: Final = frozenset({"Queued", "Training", "Staging"})
_MODEL_SECONDS: Final = 600.0
_WHILE_TRAINING: Final = "BadRequestExportWhileTraining"
TRAIN: Final = (Need.TRAIN,)
SIDE_OF_A_TEST: Final = 256
_OF_A_PROBABILITY: Final = 0.01
"""The difference between two answers that the product allows."""


def _train(bench: Bench, project: Project) -> Iteration:
    """Start a training. It is forced, because nothing may have changed since the last one."""
    side = bench.source
    told = side.wire.ask("POST", f"/projects/{project.id}/train", "trainingType=Regular&forceTrain=true")
    return read(told, schemas.iteration)


def _trained(bench: Bench, project: Project, iteration: Iteration) -> Iteration:
    """Wait until an iteration is trained."""
    found: list[Iteration] = []

    def over() -> bool:
        found.append(bench.source.client.get_iteration(project.id, iteration.id))
        return found[-1].completed or found[-1].status == "Failed"

    if bench.watch(over, _TRAINING_SECONDS, pause=2.0) is None or not found[-1].completed:
        raise NotTriedError("the training did not end well in time")
    return found[-1]


def _quiet(bench: Bench, project: Project) -> tuple[Iteration, ...]:
    """The iterations after every training has ended: a fault may have left a running one."""
    found: list[tuple[Iteration, ...]] = []

    def over() -> bool:
        found.append(bench.source.client.get_iterations(project.id))
        return all(one.status not in _UNFINISHED for one in found[-1])

    if bench.watch(over, _TRAINING_SECONDS, pause=2.0) is None:
        raise NotTriedError("another training did not end in time")
    return found[-1]


def with_iteration(bench: Bench, number: int = 1) -> tuple[Project, Iteration]:
    """The scratch project with the first or second trained iteration. Published iterations are unpublished."""

    def look() -> list[str]:
        project = filled(bench)
        trained = [one for one in _quiet(bench, project) if one.completed]
        ids = [one.id for one in sorted(trained, key=lambda one: str(one.trained_at))]
        while len(ids) < number:
            ids.append(_trained(bench, project, _train(bench, project)).id)
        return ids

    ids = bench.observe(f"{number} trained", look)
    project = bench.scratch()
    for one in _quiet(bench, project):
        if one.publish_name:
            bench.source.client.unpublish_iteration(project.id, one.id)
    return project, bench.source.client.get_iteration(project.id, ids[number - 1])


def _training_touches(bench: Bench) -> Seen:
    project = filled(bench)
    return yes(touched(bench, project, lambda: _trained(bench, project, _train(bench, project))))


def _while_training(bench: Bench) -> Seen:
    """An export while a training runs. If it is allowed, its import shows what happens to the iteration."""

    def look() -> tuple[Seen, str]:
        project = filled(bench)
        iteration = _train(bench, project)
        told = bench.settled(lambda: bench.export(project))
        still = bench.source.client.get_iteration(project.id, iteration.id)
        if isinstance(told, CustomVisionError):
            _trained(bench, project, iteration)
            if told.code != _WHILE_TRAINING:
                raise unexpected("an export was refused while a training ran", told)
            return seen("refuse", status=told.status, code=told.code), ""
        if still.completed:
            raise NotTriedError("the training was over before the export")
        copy = bench.start_import(bench.target, told.token, "of one that is trained")
        bench.finished(bench.target, copy)
        unfinished = [one for one in bench.target.client.get_iterations(copy.id) if not one.completed]
        _trained(bench, project, iteration)
        return Seen("allow"), "copy" if unfinished else "skip"

    return bench.observe("while training", look)[0]


def _unfinished(bench: Bench) -> Seen:
    _while_training(bench)
    found = bench.observe("while training", lambda: (Seen(""), ""))[1]
    if not found:
        raise NotTriedError("an export is refused while a training runs, and no other unfinished iteration can be made")
    return Seen(found)


def _counts(bench: Bench) -> Seen:
    project, _ = with_iteration(bench)
    data = payload(bench.source.wire.ask("GET", f"/projects/{project.id}/export", seconds=60.0), "ExportProject")
    tags = len(bench.source.client.get_tags(project.id))
    iterations = len(bench.source.client.get_iterations(project.id))
    counted = data.get("tagCount")
    if not tags or not iterations:
        raise NotTriedError("the project has no tags")
    if counted == tags * (1 + iterations):
        return Seen("each")
    if counted == tags:
        return Seen("once")
    raise NewError("a count of tags that is neither")


def _quick_test_touches(bench: Bench) -> Seen:
    project, iteration = with_iteration(bench)
    image = picture(1, SIDE_OF_A_TEST)
    return yes(touched(bench, project, lambda: bench.source.client.quick_test_image(project.id, iteration.id, image)))


def _answers(bench: Bench) -> Seen:
    project, iteration = with_iteration(bench)
    copy = bench.start_import(bench.target, bench.export(project).token, "trained")
    bench.finished(bench.target, copy)
    copied = [one for one in bench.target.client.get_iterations(copy.id) if one.name == iteration.name]
    if not copied:
        raise NotTriedError("the copy has no iteration of that name")
    image = picture(3, SIDE_OF_A_TEST)
    both = [
        {one.tag: one.probability for one in side.client.quick_test_image(one_project.id, chosen.id, image)}
        for side, one_project, chosen in ((bench.source, project, iteration), (bench.target, copy, copied[0]))
    ]
    if not both[0]:
        raise NotTriedError("the model tells no tags")
    apart = max((abs(both[0].get(tag, 0) - both[1].get(tag, 0)) for tag in {*both[0], *both[1]}), default=0.0)
    return Seen("same" if apart <= _OF_A_PROBABILITY else "differ", {"apart": round(apart, 4)})


def _model(bench: Bench) -> Seen:
    project, iteration = with_iteration(bench)
    wire, path = bench.source.wire, f"/projects/{project.id}/iterations/{iteration.id}/export"
    payload(wire.ask("POST", path, "platform=TensorFlow"), "ExportIteration")
    states: list[str] = []

    def over() -> bool:
        rows = payload(wire.ask("GET", path), "GetExports")
        states.append(str(rows[0].get("status")) if rows else "")
        return states[-1] in {"Done", "Failed"}

    moment = bench.watch(over, _MODEL_SECONDS)
    if moment is not None and states[-1] != "Done":
        raise NotTriedError("the export of a model has failed")
    return measured(moment, _MODEL_SECONDS)


TRIALS: Final = {
    "model-seconds": Trial(_model, needs=TRAIN, calls=30, seconds=60),
    "export-while-training": Trial(_while_training, needs=TRAIN, calls=20, seconds=900),
    "unfinished-iterations": Trial(_unfinished, needs=TRAIN, calls=0),
    "training-modifies": Trial(_training_touches, needs=TRAIN, calls=20, seconds=900),
    "export-counts": Trial(_counts, needs=TRAIN, calls=6),
    "quick-test-modifies": Trial(_quick_test_touches, needs=TRAIN, calls=7, seconds=5),
    "copied-answers": Trial(_answers, needs=TRAIN, calls=25, seconds=15),
}

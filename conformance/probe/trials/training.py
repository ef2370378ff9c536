"""Trials that need a trained iteration: `--train`, which is billed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from conformance.probe.bench import measured, seen, unexpected
from conformance.probe.content import filled, picture
from conformance.probe.outcome import NewError, NotTriedError, Seen
from conformance.probe.trials.listing import touched, yes
from conformance.probe.trials.model import Need, Trial
from conformance.probe.trials.refusals import known, refusal
from conformance.probe.wire import payload
from cvaction.customvision import schemas
from cvaction.customvision.answers import read
from cvaction.customvision.errors import CustomVisionError
from cvaction.customvision.reader import encode

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.probe.bench import Bench
    from cvaction.customvision.answers import Answer
    from cvaction.customvision.models import Iteration, Project

_TRAINING_SECONDS: Final = 3600.0
_MODEL_SECONDS: Final = 600.0
_WHILE_TRAINING: Final = "BadRequestExportWhileTraining"
_TRAIN: Final = (Need.TRAIN,)
_PUBLISH: Final = (Need.TRAIN, Need.PREDICTION)
_NAME: Final = "probe"
_SIDE_OF_A_TEST: Final = 256
_OF_A_PROBABILITY: Final = 0.01
"""As much as the product lets two answers differ."""


def _train(bench: Bench, project: Project) -> Iteration:
    """Start a training; forced, since nothing may have changed since the one before."""
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


def _iteration(bench: Bench, number: int = 1) -> tuple[Project, Iteration]:
    """The scratch project with the first or second trained iteration; what is published is taken out of service."""

    def look() -> list[str]:
        project = filled(bench)
        known_ids = [one.id for one in bench.source.client.get_iterations(project.id) if one.completed]
        while len(known_ids) < number:
            known_ids.append(_trained(bench, project, _train(bench, project)).id)
        return known_ids

    ids = bench.observe(f"{number} trained", look)
    project = bench.scratch()
    for one in bench.source.client.get_iterations(project.id):
        if one.publish_name:
            bench.source.client.unpublish_iteration(project.id, one.id)
    return project, bench.source.client.get_iteration(project.id, ids[number - 1])


def _training_touches(bench: Bench) -> Seen:
    project = filled(bench)
    return yes(touched(bench, project, lambda: _trained(bench, project, _train(bench, project))))


def _while_training(bench: Bench) -> Seen:
    """An export while a training runs; where it is allowed, its import shows what becomes of the iteration."""

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
    project, _ = _iteration(bench)
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


def _publish(bench: Bench, project: Project, iteration: Iteration, name: str = _NAME, target: str = "") -> None:
    resource = target or bench.settings.prediction_resource_id
    bench.source.client.publish_iteration(project.id, iteration.id, name, resource)


def _publish_touches(bench: Bench) -> Seen:
    project, iteration = _iteration(bench)
    return yes(touched(bench, project, lambda: _publish(bench, project, iteration)))


def _unpublish_touches(bench: Bench) -> Seen:
    project, iteration = _iteration(bench)
    _publish(bench, project, iteration)
    return yes(touched(bench, project, lambda: bench.source.client.unpublish_iteration(project.id, iteration.id)))


def _quick_test_touches(bench: Bench) -> Seen:
    project, iteration = _iteration(bench)
    image = picture(1, _SIDE_OF_A_TEST)
    return yes(touched(bench, project, lambda: bench.source.client.quick_test_image(project.id, iteration.id, image)))


def _elsewhere(bench: Bench) -> Seen:
    project, iteration = _iteration(bench)
    far = bench.settings.far_prediction_resource_id
    told = bench.settled(lambda: _publish(bench, project, iteration, target=far))
    if not isinstance(told, CustomVisionError):
        return Seen("allow")
    near = bench.settled(lambda: _publish(bench, project, iteration))
    if isinstance(near, CustomVisionError):
        raise NotTriedError("publishing to the near prediction resource was refused as well")
    return seen("refuse", status=told.status, code=told.code)


def _answers(bench: Bench) -> Seen:
    project, iteration = _iteration(bench)
    copy = bench.start_import(bench.target, bench.export(project).token, "trained")
    bench.finished(bench.target, copy)
    copied = [one for one in bench.target.client.get_iterations(copy.id) if one.name == iteration.name]
    if not copied:
        raise NotTriedError("the copy has no iteration of that name")
    image = picture(3, _SIDE_OF_A_TEST)
    both = [
        {one.tag: one.probability for one in side.client.quick_test_image(one_project.id, chosen.id, image)}
        for side, one_project, chosen in ((bench.source, project, iteration), (bench.target, copy, copied[0]))
    ]
    if not both[0]:
        raise NotTriedError("the model tells no tags")
    apart = max((abs(both[0].get(tag, 0) - both[1].get(tag, 0)) for tag in {*both[0], *both[1]}), default=0.0)
    return Seen("same" if apart <= _OF_A_PROBABILITY else "differ", {"apart": round(apart, 4)})


def _predicts(bench: Bench) -> Seen:
    project, iteration = _iteration(bench)
    _publish(bench, project, iteration)
    key, wire = bench.settings.prediction_key, bench.source.wire
    told = bench.looked(
        lambda: wire.ask(
            "POST",
            f"/{project.id}/classify/iterations/{_NAME}/image/nostore",
            base="/customvision/v3.1/prediction",
            headers={"Prediction-Key": key.reveal() if key else ""},
            files={"imageData": ("image", picture(2, _SIDE_OF_A_TEST))},
        )
    )
    if told.status == 200:  # noqa: PLR2004 - success
        return Seen("yes")
    if told.status == 401:  # noqa: PLR2004 - a wrong key
        raise NotTriedError("the prediction key was refused")
    if told.status == 404:  # noqa: PLR2004 - there is no such path
        return seen("no", status=told.status, code=told.code)
    raise NewError("a prediction was refused", status=told.status, code=told.code, message=told.message)


def _asked_to_publish(bench: Bench, project: Project, iteration: Iteration, name: str, target: str) -> Answer:
    query = f"publishName={name}&predictionId={encode(target)}&overwrite=false"
    return bench.source.wire.ask("POST", f"/projects/{project.id}/iterations/{iteration.id}/publish", query)


def _again(bench: Bench) -> Seen:
    project, iteration = _iteration(bench)
    _publish(bench, project, iteration)
    resource = bench.settings.prediction_resource_id
    return _refused(bench, "publish-again", lambda: _asked_to_publish(bench, project, iteration, _NAME, resource))


def _taken_name(bench: Bench) -> Seen:
    project, second = _iteration(bench, 2)
    _, first = _iteration(bench, 1)
    _publish(bench, project, first)
    resource = bench.settings.prediction_resource_id
    return _refused(bench, "publish-taken-name", lambda: _asked_to_publish(bench, project, second, _NAME, resource))


def _delete_published(bench: Bench) -> Seen:
    project, iteration = _iteration(bench)
    _publish(bench, project, iteration)
    return _refused(bench, "delete-published", lambda: bench.source.wire.ask("DELETE", f"/projects/{project.id}"))


def _refused(bench: Bench, fact: str, ask: Callable[[], Answer]) -> Seen:
    told = bench.looked(ask)
    if told.status < 400:  # noqa: PLR2004 - a success
        raise NewError("what should be refused was not refused", status=told.status)
    return known(fact, told)


def _wrong_target(bench: Bench) -> Answer:
    project, iteration = bench.observe("wrong target", lambda: _iteration(bench))
    return _asked_to_publish(bench, project, iteration, _NAME, "cvaction-probe")


def _model(bench: Bench) -> Seen:
    project, iteration = _iteration(bench)
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
    "model-seconds": Trial(_model, needs=_TRAIN, calls=30, seconds=60),
    "export-while-training": Trial(_while_training, needs=_TRAIN, calls=20, seconds=900),
    "unfinished-iterations": Trial(_unfinished, needs=_TRAIN, calls=0),
    "training-modifies": Trial(_training_touches, needs=_TRAIN, calls=20, seconds=900),
    "export-counts": Trial(_counts, needs=_TRAIN, calls=6),
    "quick-test-modifies": Trial(_quick_test_touches, needs=_TRAIN, calls=7, seconds=5),
    "copied-answers": Trial(_answers, needs=_TRAIN, calls=25, seconds=15),
    "wrong-prediction-id": Trial(refusal("wrong-prediction-id", _wrong_target), needs=_TRAIN, calls=5),
    "publish-modifies": Trial(_publish_touches, needs=_PUBLISH, calls=8, seconds=5),
    "unpublish-modifies": Trial(_unpublish_touches, needs=_PUBLISH, calls=8, seconds=5),
    "publish-elsewhere": Trial(_elsewhere, needs=(*_TRAIN, Need.FAR, Need.PREDICTION), calls=6),
    "publish-again": Trial(_again, needs=_PUBLISH, calls=7),
    "publish-taken-name": Trial(_taken_name, needs=_PUBLISH, calls=12),
    "predicts-here": Trial(_predicts, needs=(*_PUBLISH, Need.PREDICTION_KEY), calls=7),
    "delete-published": Trial(_delete_published, needs=_PUBLISH, calls=7),
}

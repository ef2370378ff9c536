"""Trials of publishing: the scratch project's trained iteration, to the prediction resource of the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from conformance.probe.content import picture
from conformance.probe.outcome import NewError, NotTriedError, Seen, seen
from conformance.probe.trials.listing import touched, yes
from conformance.probe.trials.model import Need, Trial
from conformance.probe.trials.refusals import known, refusal
from conformance.probe.trials.training import SIDE_OF_A_TEST, TRAIN, with_iteration
from cvaction.customvision.errors import CustomVisionError
from cvaction.customvision.reader import encode

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.probe.bench import Bench
    from cvaction.customvision.answers import Answer
    from cvaction.customvision.models import Iteration, Project

_PUBLISH: Final = (Need.TRAIN, Need.PREDICTION)
_NAME: Final = "probe"


def _publish(bench: Bench, project: Project, iteration: Iteration, name: str = _NAME, target: str = "") -> None:
    resource = target or bench.settings.prediction_resource_id
    bench.source.client.publish_iteration(project.id, iteration.id, name, resource)


def _publish_touches(bench: Bench) -> Seen:
    project, iteration = with_iteration(bench)
    return yes(touched(bench, project, lambda: _publish(bench, project, iteration)))


def _unpublish_touches(bench: Bench) -> Seen:
    project, iteration = with_iteration(bench)
    _publish(bench, project, iteration)
    return yes(touched(bench, project, lambda: bench.source.client.unpublish_iteration(project.id, iteration.id)))


def _elsewhere(bench: Bench) -> Seen:
    project, iteration = with_iteration(bench)
    far = bench.settings.far_prediction_resource_id
    told = bench.settled(lambda: _publish(bench, project, iteration, target=far))
    if not isinstance(told, CustomVisionError):
        return Seen("allow")
    near = bench.settled(lambda: _publish(bench, project, iteration))
    if isinstance(near, CustomVisionError):
        raise NotTriedError("publishing to the near prediction resource was refused as well")
    return seen("refuse", status=told.status, code=told.code)


def _predicts(bench: Bench) -> Seen:
    project, iteration = with_iteration(bench)
    _publish(bench, project, iteration)
    key, wire = bench.settings.prediction_key, bench.source.wire
    told = bench.looked(
        lambda: wire.ask(
            "POST",
            f"/{project.id}/classify/iterations/{_NAME}/image/nostore",
            base="/customvision/v3.1/prediction",
            headers={"Prediction-Key": key.reveal() if key else ""},
            files={"imageData": ("image", picture(2, SIDE_OF_A_TEST))},
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
    project, iteration = with_iteration(bench)
    _publish(bench, project, iteration)
    resource = bench.settings.prediction_resource_id
    return _refused(bench, "publish-again", lambda: _asked_to_publish(bench, project, iteration, _NAME, resource))


def _taken_name(bench: Bench) -> Seen:
    project, second = with_iteration(bench, 2)
    _, first = with_iteration(bench, 1)
    _publish(bench, project, first)
    resource = bench.settings.prediction_resource_id
    return _refused(bench, "publish-taken-name", lambda: _asked_to_publish(bench, project, second, _NAME, resource))


def _delete_published(bench: Bench) -> Seen:
    project, iteration = with_iteration(bench)
    _publish(bench, project, iteration)
    return _refused(bench, "delete-published", lambda: bench.source.wire.ask("DELETE", f"/projects/{project.id}"))


def _refused(bench: Bench, fact: str, ask: Callable[[], Answer]) -> Seen:
    told = bench.looked(ask)
    if told.status < 400:  # noqa: PLR2004 - a success
        raise NewError("what should be refused was not refused", status=told.status)
    return known(fact, told)


def _wrong_target(bench: Bench) -> Answer:
    project, iteration = bench.observe("wrong target", lambda: with_iteration(bench))
    return _asked_to_publish(bench, project, iteration, _NAME, "cvaction-probe")


TRIALS: Final = {
    "wrong-prediction-id": Trial(refusal("wrong-prediction-id", _wrong_target), needs=TRAIN, calls=5),
    "publish-modifies": Trial(_publish_touches, needs=_PUBLISH, calls=8, seconds=5),
    "unpublish-modifies": Trial(_unpublish_touches, needs=_PUBLISH, calls=8, seconds=5),
    "publish-elsewhere": Trial(_elsewhere, needs=(*TRAIN, Need.FAR, Need.PREDICTION), calls=6),
    "publish-again": Trial(_again, needs=_PUBLISH, calls=7),
    "publish-taken-name": Trial(_taken_name, needs=_PUBLISH, calls=12),
    "predicts-here": Trial(_predicts, needs=(*_PUBLISH, Need.PREDICTION_KEY), calls=7),
    "delete-published": Trial(_delete_published, needs=_PUBLISH, calls=7),
}

"""Trials of refusals: raw requests that the product would never send."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from uuid import uuid4

from conformance.facts import FACTS
from conformance.facts.keyless import OPERATIONS
from conformance.probe.outcome import NewError, NotTriedError, Seen, seen
from conformance.probe.trials.model import Need, Trial
from cvaction.customvision.bearer import denied
from cvaction.customvision.errors import CustomVisionError, Kind
from cvaction.customvision.reader import BASE

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.probe.bench import Bench
    from conformance.probe.wire import Look
    from cvaction.customvision.answers import Answer

_NONSENSE: Final = "cvaction-probe"
_BURST: Final = 60
_BURSTS: Final = 2
"""A 429 counts if two of them are equal."""


def known(fact: str, told: Look) -> Seen:
    """A refusal that the fact knows, or NewError."""
    try:
        FACTS[fact].answers.read(told.value)
    except ValueError:
        what = "a refusal that is not known"
        raise NewError(what, status=told.status, shape=told.shape, code=told.code, message=told.message) from None
    return Seen(told.value, {"message": told.message} if told.message else {})


def refusal(fact: str, ask: Callable[[Bench], Answer]) -> Callable[[Bench], Seen]:
    """A trial that sends a request and looks at the refusal."""

    def look(bench: Bench) -> Seen:
        told = bench.looked(lambda: ask(bench))
        if told.status < 400:  # noqa: PLR2004 - a success
            raise NewError("what should be refused was not refused", status=told.status)
        return known(fact, told)

    return look


def _wrong_project(bench: Bench) -> Answer:
    return bench.source.wire.ask("GET", f"/projects/{uuid4()}")


def _wrong_iteration(bench: Bench) -> Answer:
    return bench.source.wire.ask("GET", f"/projects/{bench.scratch().id}/iterations/{uuid4()}")


def _wrong_key(bench: Bench) -> Answer:
    return bench.source.wire.ask("GET", "/projects", headers={"Training-Key": uuid4().hex})


def _bogus_token(bench: Bench) -> Answer:
    return bench.source.wire.ask("GET", "/projects", headers={"Authorization": f"Bearer {_NONSENSE}"})


def _bad_import_token(bench: Bench) -> Answer:
    return bench.target.wire.ask("POST", "/projects/import", f"token={_NONSENSE}")


def _missing_parameter(bench: Bench) -> Answer:
    return bench.source.wire.ask("POST", "/projects")


def _no_content_length(bench: Bench) -> Answer:
    return bench.source.wire.ask("POST", "/projects", measured=False)


def _keys_off(bench: Bench) -> Seen:
    key = bench.settings.disabled_key
    headers = {"Training-Key": key.reveal() if key else ""}
    told = bench.looked(lambda: bench.source.wire.ask("GET", "/projects", headers=headers))
    if told.status < 400:  # noqa: PLR2004 - a success
        raise NotTriedError("keys are not switched off: the key was taken")
    return known("keys-off", told)


def _accepted(yes: str, no: str, path: str, base: str) -> Callable[[Bench], Seen]:
    """Whether a path with another spelling is accepted."""

    def look(bench: Bench) -> Seen:
        usual = bench.looked(lambda: bench.source.wire.ask("GET", "/domains"))
        told = bench.looked(lambda: bench.source.wire.ask("GET", path, base=base))
        if usual.status != 200:  # noqa: PLR2004 - success
            raise NotTriedError("the usual path was refused as well")
        if told.status == 200:  # noqa: PLR2004 - success
            return Seen(yes)
        if told.status == 404:  # noqa: PLR2004 - there is no such path
            return seen(no, status=told.status)
        raise NewError("another spelling of the path was refused", status=told.status, code=told.code)

    return look


def _retry_after(bench: Bench) -> Seen:
    found = []
    for _ in range(_BURSTS):
        answer = _throttled(bench)
        found.append(answer.headers.get("Retry-After", "").strip())
        bench.clock.sleep(5.0)
    if found[0] != found[1]:
        raise NotTriedError("two 429s had different values of Retry-After")
    if not found[0]:
        return Seen(0.0)
    if not found[0].isdecimal():
        raise NewError("a Retry-After that is not a number", status=429)
    return Seen(float(found[0]))


def _throttled(bench: Bench) -> Answer:
    for _ in range(_BURST):
        answer = bench.source.wire.ask("GET", "/domains", hurried=True)
        if answer.status == 429:  # noqa: PLR2004 - too many requests
            return answer
    raise NotTriedError(f"no 429 came in {_BURST} calls, one after the other")


def _paths(bench: Bench) -> dict[str, tuple[str, str, str]]:
    """For each operation a request about a project that does not exist: only the credential decides its answer."""
    project, iteration = f"/projects/{uuid4()}", f"/iterations/{uuid4()}"
    one = project + iteration
    found = {
        "GetProjects": ("GET", "/projects", ""),
        "GetProject": ("GET", project, ""),
        "CreateProject": ("POST", "/projects", ""),
        "UpdateProject": ("PATCH", project, ""),
        "DeleteProject": ("DELETE", project, ""),
        "ExportProject": ("GET", f"{project}/export", ""),
        "ImportProject": ("POST", "/projects/import", f"token={_NONSENSE}"),
        "GetTags": ("GET", f"{project}/tags", ""),
        "GetTaggedImageCount": ("GET", f"{project}/images/tagged/count", ""),
        "GetUntaggedImageCount": ("GET", f"{project}/images/untagged/count", ""),
        "GetIterations": ("GET", f"{project}/iterations", ""),
        "GetIteration": ("GET", one, ""),
        "GetIterationPerformance": ("GET", f"{one}/performance", ""),
        "PublishIteration": ("POST", f"{one}/publish", "publishName=probe&predictionId=probe"),
        "UnpublishIteration": ("DELETE", f"{one}/publish", ""),
        "QuickTestImage": ("POST", f"{project}/quicktest/image", ""),
        "GetDomain": ("GET", f"/domains/{uuid4()}", ""),
    }
    return {
        operation: found[operation]
        for operation in OPERATIONS
        if not (bench.settings.read_only and found[operation][0] != "GET")
    }


def _token_operations(bench: Bench) -> Seen:
    refused = []
    for operation, (method, path, query) in _paths(bench).items():
        wire = bench.target.wire if operation == "ImportProject" else bench.source.wire
        told = bench.looked(lambda: wire.ask(method, path, query))  # noqa: B023 - asked within the turn
        if denied(CustomVisionError(Kind.REFUSED, told.message, status=told.status, code=told.code)):
            raise NotTriedError(f"the identity's role lacks a right: {operation}")
        if told.status in {401, 403} or (told.status == 400 and "subdomain" in told.message):  # noqa: PLR2004 - a credential's
            refused.append(operation)
    return Seen(tuple(sorted(refused)))


TRIALS: Final = {
    "wrong-key": Trial(refusal("wrong-key", _wrong_key), needs=(), calls=2),
    "bogus-token": Trial(refusal("bogus-token", _bogus_token), needs=(), calls=2),
    "wrong-project": Trial(refusal("wrong-project", _wrong_project), needs=(), calls=2),
    "path-case": Trial(
        _accepted(
            "ignored",
            "matters",
            "/domains",
            BASE.replace("/customvision", "/CustomVision").replace("training", "Training"),
        ),
        needs=(),
        calls=4,
    ),
    "double-slash": Trial(_accepted("accepted", "refused", "//domains", BASE), needs=(), calls=4),
    "keys-off": Trial(_keys_off, needs=(Need.DISABLED_KEY,), calls=2),
    "token-operations": Trial(_token_operations, needs=(Need.IDS,), calls=34),
    "wrong-iteration": Trial(refusal("wrong-iteration", _wrong_iteration), calls=4),
    "bad-import-token": Trial(refusal("bad-import-token", _bad_import_token), calls=2),
    "missing-parameter": Trial(refusal("missing-parameter", _missing_parameter), calls=2),
    "no-content-length": Trial(refusal("no-content-length", _no_content_length), calls=2),
    "retry-after": Trial(_retry_after, needs=(Need.BURST,), calls=2 * _BURST, seconds=20),
}

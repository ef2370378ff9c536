"""The inputs of the action: the environment into one frozen record, or one error that lists all that is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from cvaction import parsing
from cvaction.customvision.endpoint import parse_endpoint
from cvaction.failures.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from cvaction.customvision.endpoint import Endpoint
    from cvaction.github.context import RunContext
    from cvaction.keyless_inputs import Ids
    from cvaction.secret import Secret

T = TypeVar("T")

# Name and documented default, in the contract's order. Empty means the default, here and nowhere else.
DEFAULTS: dict[str, str] = {
    "source-endpoint": "",
    "source-key": "",
    "target-endpoint": "",
    "target-key": "",
    "client-id": "",
    "tenant-id": "",
    "source-client-id": "",
    "source-tenant-id": "",
    "target-client-id": "",
    "target-tenant-id": "",
    "audience": "api://AzureADTokenExchange",
    "source-project-id": "",
    "source-project-name": "",
    "target-project-name": "",
    "if-exists": "new",
    "iteration": "latest",
    "min-precision": "",
    "min-recall": "",
    "min-average-precision": "",
    "max-regression": "",
    "probability-threshold": "0.5",
    "overlap-threshold": "0.3",
    "gate-override": "",
    "smoke-images": "",
    "publish-name": "",
    "prediction-resource-id": "",
    "prediction-endpoint": "",
    "delete-source": "false",
    "keep-previous": "",
    "keep-failed": "false",
    "wait-minutes": "",
    "dry-run": "false",
    "trusted-endpoints": "",
}
INPUT_NAMES = tuple(DEFAULTS)
KEYS = ("source-key", "target-key")
SHARED_IDS = ("client-id", "tenant-id")
REPLACING = frozenset({"replace", "sync"})


@dataclass(frozen=True)
class Side:
    """One resource as the inputs give it: with a key, or with the ids of who asks in its place."""

    endpoint: Endpoint
    key: Secret | None
    ids: Ids | None = None


@dataclass(frozen=True, kw_only=True, repr=False)  # never printed: fewer methods, a quicker start
class Inputs:
    """All inputs, checked. `target` is None only for a dry run of the source's side."""

    source: Side
    target: Side | None
    source_project_id: str
    source_project_name: str
    target_project_name: str
    if_exists: str
    iteration: str
    min_precision: float | None
    min_recall: float | None
    min_average_precision: float | None
    max_regression: float | None
    probability_threshold: float
    overlap_threshold: float
    gate_override: str
    smoke_images: tuple[Path, ...]
    publish_name: str
    prediction_resource_id: str
    prediction_endpoint: Endpoint | None
    delete_source: bool
    keep_previous: int | None
    keep_failed: bool
    wait_minutes: float | None
    dry_run: bool
    trusted_endpoints: frozenset[str]

    @property
    def replacing(self) -> bool:
        """Whether the copy is to take the name from its holder."""
        return self.if_exists in REPLACING

    @property
    def gated(self) -> bool:
        """Whether any gate was asked for."""
        gates = (self.min_precision, self.min_recall, self.min_average_precision, self.max_regression)
        return any(bound is not None for bound in gates)


def prefixed(side: str, name: str) -> str:
    """A side's input by its name; where there is but one side, the input has no prefix."""
    return f"{side}-{name}" if side else name


class Reader:
    """Reads one input after the other and remembers all that is wrong."""

    def __init__(self, get: Callable[[str], str], defaults: Mapping[str, str]) -> None:
        self._get = get
        self._defaults = defaults
        self.keyless = False  # whether a side is to be asked with tokens
        self.problems: list[str] = []

    def raw(self, name: str) -> str:
        """An input as it was given, without the blanks at its ends."""
        return self._get(name).strip()

    def wrong(self, name: str, reason: str) -> None:
        """Remember a problem."""
        problem = f"{name}: {reason}"
        if problem not in self.problems:  # both sides read the shared ids
            self.problems.append(problem)

    def optional(self, name: str, parse: Callable[[str], T]) -> T | None:
        """A parsed input or its default; None where it is empty or wrong."""
        value = self.raw(name) or self._defaults[name]
        if not value:
            return None
        try:
            return parse(value)
        except ValueError as error:
            self.wrong(name, str(error))
            return None

    def text(self, name: str, parse: Callable[[str], str] = parsing.text) -> str:
        """A parsed text, empty where it was left out or is wrong."""
        return self.optional(name, parse) or ""

    def flag(self, name: str) -> bool:
        """A yes or no."""
        return self.optional(name, parsing.boolean) or False

    def side(self, side: str, trusted: frozenset[str], authority: str, *, needed: bool, hint: str) -> Side | None:
        """One resource; `side` is empty where there is but one, whose inputs have no prefix."""
        names = (prefixed(side, "endpoint"), prefixed(side, "key"))
        endpoint = self.optional(names[0], lambda value: parse_endpoint(value, trusted))
        if endpoint and endpoint.origin == authority:
            self.wrong(names[0], "is the authority of trusted-endpoints, which is given neither a key nor a token")
        key = self.optional(names[1], parsing.key)
        own = [*names, *(prefixed(side, name) for name in SHARED_IDS)]
        if not needed and not any(map(self.raw, own)):
            return None
        keyless = any(map(self.raw, own[2:])) or (any(map(self.raw, SHARED_IDS)) and not self.raw(names[1]))
        for name in names:
            if not self.raw(name) and not (keyless and name == names[1]):
                self.wrong(name, "is required, and is empty" + (hint if name == names[1] else ""))
        if keyless:
            from cvaction.keyless_inputs import read_ids  # noqa: PLC0415 - most runs have keys

            self.keyless = self.keyless or not self.raw(names[1])
            ids = read_ids(self, side, endpoint, keyed=bool(self.raw(names[1])), trusted=trusted, authority=authority)
            return Side(endpoint, None, ids) if endpoint and ids else None
        return Side(endpoint, key) if endpoint and key else None


def read_inputs(get: Callable[[str], str], context: RunContext) -> Inputs:
    """All inputs from the runner; raises InputError that lists everything that is wrong with them.

    `get` gives an input's text by its name, empty where it was left out.
    """
    reader = Reader(get, DEFAULTS)
    trusted = reader.optional("trusted-endpoints", parsing.origins) or frozenset()
    authority = reader.optional("trusted-endpoints", parsing.authority) or ""
    dry_run = reader.flag("dry-run")
    hint = " (a pull request from a fork or by Dependabot gets no secrets)" if context.fork else ""
    check_shared(reader)
    source = reader.side("source", trusted, authority, needed=True, hint=hint)
    target = reader.side("target", trusted, authority, needed=not dry_run, hint=hint)
    inputs = {
        "source_project_id": reader.text("source-project-id", parsing.uuid),
        "source_project_name": reader.text("source-project-name"),
        "target_project_name": reader.text("target-project-name", parsing.copy_name),
        "if_exists": reader.text("if-exists", parsing.choice("new", "fail", "replace", "sync")),
        "iteration": reader.text("iteration"),
        "min_precision": reader.optional("min-precision", parsing.fraction),
        "min_recall": reader.optional("min-recall", parsing.fraction),
        "min_average_precision": reader.optional("min-average-precision", parsing.fraction),
        "max_regression": reader.optional("max-regression", parsing.fraction),
        "probability_threshold": reader.optional("probability-threshold", parsing.fraction),
        "overlap_threshold": reader.optional("overlap-threshold", parsing.fraction),
        "gate_override": " ".join(reader.raw("gate-override").split()),
        "smoke_images": reader.optional("smoke-images", lambda value: find_images(value, context.workspace)) or (),
        "publish_name": reader.text("publish-name"),
        "prediction_resource_id": reader.text("prediction-resource-id", parsing.arm_id),
        "prediction_endpoint": reader.optional(
            "prediction-endpoint", lambda value: parse_endpoint(value, trusted, prediction=True)
        ),
        "delete_source": reader.flag("delete-source"),
        "keep_previous": reader.optional("keep-previous", parsing.count),
        "keep_failed": reader.flag("keep-failed"),
        "wait_minutes": reader.optional("wait-minutes", parsing.minutes),
        "dry_run": dry_run,
        "trusted_endpoints": trusted,
    }
    check_one(reader, "source-project-id", "source-project-name")
    check_publishing(reader)
    check_identity(reader, context)
    if reader.problems or source is None:
        raise InputError(reader.problems, fork=context.fork)
    return Inputs(source=source, target=target, **inputs)  # type: ignore[arg-type] # each was parsed to its field's type


def check_shared(reader: Reader) -> None:
    """What both sides may use is checked, whether or not one does."""
    reader.text("audience")
    if any(map(reader.raw, SHARED_IDS)):
        from cvaction.keyless_inputs import client_id, tenant_id  # noqa: PLC0415 - most runs have keys

        reader.text("client-id", client_id)
        reader.text("tenant-id", tenant_id)


def check_identity(reader: Reader, context: RunContext) -> None:
    """With ids, the job must be able to ask GitHub who it is; told with all else that is wrong, or at length alone."""
    if context.id_token or not reader.keyless:
        return
    from cvaction.failures.keyless_errors import IdTokenForkError, IdTokenPermissionError  # noqa: PLC0415 - texts of a failure

    if not reader.problems:
        raise IdTokenForkError if context.fork else IdTokenPermissionError
    reader.wrong("client-id", "needs the permission `id-token: write`, which this job does not have")


def find_images(value: str, workspace: str) -> tuple[Path, ...]:
    """The images that the globs of `smoke-images` find."""
    from cvaction.images import images  # noqa: PLC0415 - most runs test no images, and start without what this loads

    return images(workspace)(value)


def check_one(reader: Reader, *names: str) -> None:
    """Exactly one of these inputs is given."""
    given = [name for name in names if reader.raw(name)]
    if len(given) != 1:
        how = "only one of them may be given" if given else "one of them is required"
        reader.wrong(", ".join(names), how)


def check_publishing(reader: Reader) -> None:
    """A publish name needs a prediction resource, and the other way round."""
    for name, other in (("publish-name", "prediction-resource-id"), ("prediction-resource-id", "publish-name")):
        if reader.raw(name) and not reader.raw(other):
            reader.wrong(other, f"is required together with {name}")

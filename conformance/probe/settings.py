"""The settings of a probe: the resources from the environment, the rest from the command line."""

from __future__ import annotations

import argparse
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from conformance.facts import FACTS
from cvaction.customvision.endpoint import loopback
from cvaction.failures.errors import InputError
from cvaction.github.context import RunContext
from cvaction.inputs.parsers import arm_id, key
from cvaction.inputs.reader import Reader
from cvaction.inputs.sides import access, check_shared, read_side

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cvaction.inputs.sides import Side
    from cvaction.secret import Secret

CALLS_PER_SECOND: Final = 3.0
DEFAULTS: Final = {
    **access(("source", "target")),
    "trusted-endpoints": "",
    "disabled-key": "",
    "prediction-resource-id": "",
    "prediction-key": "",
    "far-prediction-resource-id": "",
    "output": "facts.json",
    "journal": ".cvaction-probe.journal",
}
"""The variable of each is `PROBE_` and its name in capitals, such as PROBE_SOURCE_ENDPOINT."""
_INPUT = re.compile(rf"(?<![\w-])(?:{'|'.join(name for name in DEFAULTS if '-' in name)})(?![\w-])")


@dataclass(frozen=True)
class Settings:
    """All settings, checked. `target` is None if there is only one resource."""

    source: Side
    target: Side | None
    disabled_key: Secret | None
    prediction_resource_id: str
    prediction_key: Secret | None
    far_prediction_resource_id: str
    output: Path
    journal: Path
    go: bool
    read_only: bool
    burst: bool
    train: bool
    clean: bool
    only: frozenset[str]
    pace: float
    wait_minutes: float


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    result = argparse.ArgumentParser(
        "python -m conformance",
        description="Try on real resources what docs/unverified.md lists as unknown, and write down what was seen.",
        epilog=f"Environment: {', '.join(variable(name) for name in DEFAULTS)}. More in docs/probe.md.",
    )
    result.add_argument("--yes", dest="go", action="store_true", help="run; without it only the plan is printed")
    result.add_argument("--read-only", action="store_true", help="try only what needs no write")
    result.add_argument("--burst", action="store_true", help="also try to get a 429: many calls in a second")
    result.add_argument("--train", action="store_true", help="also train, which is billed: at most an hour")
    result.add_argument("--clean", action="store_true", help="only delete what earlier probes have left")
    result.add_argument(
        "--only",
        action="append",
        default=[],
        choices=list(FACTS),
        metavar="FACT",
        help="try only this fact; may be repeated",
    )
    result.add_argument("--wait-minutes", type=float, default=30.0, help="how long an import may take (default: 30)")
    result.add_argument(
        "--pace",
        type=float,
        default=CALLS_PER_SECOND,
        help="calls a second (default: 3; more only for an emulator on this machine)",
    )
    return result


def variable(name: str) -> str:
    """The name of a setting's variable."""
    return f"PROBE_{name.upper().replace('-', '_')}"


def read_settings(arguments: Sequence[str], environ: Mapping[str, str]) -> Settings:
    """All settings. Raises InputError, which lists everything that is wrong, by variable."""
    options = parser().parse_args(arguments)
    reader = Reader(lambda name: environ.get(variable(name), "").strip(), RunContext.from_environ({}), DEFAULTS)
    check_shared(reader)
    source = read_side(reader, "source", needed=True)
    target = read_side(reader, "target", needed=bool(reader.raw("target-endpoint")))
    disabled, prediction = (reader.optional(name, key) for name in ("disabled-key", "prediction-key"))
    near, far = (reader.text(f"{which}prediction-resource-id", arm_id) for which in ("", "far-"))
    problems = [_by_variables(problem) for problem in reader.problems]
    if reader.keyless:
        problems += _identity_problems(environ)
    if wrong := _pace_problem(options.pace, [side for side in (source, target) if side]):
        problems.append(wrong)
    if not options.wait_minutes > 0:
        problems.append("--wait-minutes: must be above 0")
    if options.clean and options.read_only:
        problems.append("--clean: deletes projects, so it must not be given together with --read-only")
    output = Path(reader.text("output"))
    if output.is_dir() or not output.absolute().parent.is_dir():
        problems.append(f"{variable('output')}: must name a file in a folder that exists")
    if problems or source is None:
        raise InputError(problems)
    return Settings(
        source=source,
        target=target,
        disabled_key=disabled,
        prediction_resource_id=near,
        prediction_key=prediction,
        far_prediction_resource_id=far,
        output=output,
        journal=Path(reader.text("journal")),
        go=options.go,
        read_only=options.read_only,
        burst=options.burst,
        train=options.train,
        clean=options.clean,
        only=frozenset(options.only),
        pace=options.pace,
        wait_minutes=options.wait_minutes,
    )


def _by_variables(problem: str) -> str:
    """A problem with an input as a problem with a variable. Its reason may name other inputs, too."""
    name, _, reason = problem.partition(": ")
    return f"{variable(name)}: {_INPUT.sub(lambda found: variable(found.group()), reason)}"


def _identity_problems(environ: Mapping[str, str]) -> list[str]:
    names = ("ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN")
    lacking = [name for name in names if not environ.get(name)]
    if not lacking:
        return []
    return [
        f"{' and '.join(lacking)}: not set, so there are no assertions: the job needs `permissions: id-token: write`"
    ]


def _pace_problem(pace: float, sides: Sequence[Side]) -> str:
    """What is wrong with the pace; empty if nothing. A faster pace is only for an emulator on this machine."""
    hosts = [urlsplit(side.endpoint.origin).hostname or "" for side in sides]
    if 0 < pace <= CALLS_PER_SECOND or (pace > 0 and hosts and all(map(loopback, hosts))):
        return ""
    return f"--pace: must be above 0 and at most {CALLS_PER_SECOND:g} calls a second: the resource may be in production use"

"""The command line: resources, ports, every switch of `Behaviour`, faults."""

from __future__ import annotations

import argparse
from dataclasses import fields
from pathlib import Path
from typing import Any, Final, get_args, get_type_hints

from conformance.record import RecordError, read_record
from emulator.host.faults import KINDS, Fault
from emulator.state.behaviour import IMAGE_OUTCOMES, OUTCOMES, WORK_OUTCOMES, Behaviour
from emulator.state.domains import DOMAINS
from emulator.state.errors import LOOKS
from emulator.state.model import PROJECT_LIMITS
from emulator.state.unknowns import SWITCHES

DEFAULT_RESOURCES: Final = (("development", "S0"), ("production", "S0"))

_FAULT_FIELDS: Final[dict[str, type]] = {
    "operation": str,
    "resource": str,
    "method": str,
    "path_contains": str,
    "location": str,
    "skip": int,
    "times": int,
    "status": int,
    "seconds": float,
}
_OUTCOMES: Final = {"image": IMAGE_OUTCOMES, "training": WORK_OUTCOMES, "export": WORK_OUTCOMES}
_SWITCHES: Final[dict[str, str]] = {
    **SWITCHES,
    "taken_import_name": "an import under a given name that is taken",
    "taken_rename": "a rename to a taken name",
    "names_ignore_case": "names that differ only in case are the same name",
    "names_ignore_form": "names that differ only in Unicode form are the same name",
    "unfinished_iterations": "iterations that are not Completed, in an export",
    "listing_order": "which projects come first in GetProjects",
    "listing_lag": "seconds by which GetProjects lags",
    "import_seconds": "seconds that an import takes",
    "single_use_token": "an export token is void after one import",
    "publish_touches_project": "publishing changes the project's lastModified",
    "export_touches_project": "an export changes the project's lastModified",
    "copy_answers_differ": "a copy's predictions differ from the source's",
    "rejects_long_description": "refuse a longer description",
    "cuts_long_description": "cut a longer description",
    "max_name_length": "refuse a longer name",
    "disable_local_auth": "disableLocalAuth, and the answer to a key",
    "custom_subdomain_rule": "the endpoints are hosts of a region, and accept no token",
    "retry_after": "seconds in the throttle's Retry-After; negative: no such header",
    "relative_uris": "the share of images that have a relative path instead of an address",
    "sas_hours": "hours for which the address of an image is valid",
    "deleted_blobs": "what happens to a deleted image's blob",
    "rewrites_uploads": "the stored bytes differ from the uploaded ones",
    "duplicates_merge": "a picture that is there already gets the new tags and regions",
    "duplicates_succeed": "a batch with a duplicate still counts as successful",
    "failed_batch": "the status of a batch with failures",
    "batch_bytes": "a larger request to create images times out: 408",
    "metadata_merges": "new metadata is added to the present metadata",
    "training_seconds": "seconds that a training takes",
    "export_seconds": "seconds that it takes to make a model into a file",
    "throttle": "enforce 10 requests a second",
}


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    result = argparse.ArgumentParser("python -m emulator", description="A Custom Vision service for one machine.")
    result.add_argument(
        "--resource",
        action="append",
        type=_resource,
        metavar="NAME[:TIER]",
        help="a resource; may be repeated (default: development and production, both S0)",
    )
    result.add_argument("--empty", action="store_true", help="start without any project")
    result.add_argument("--host", default="127.0.0.1")
    result.add_argument("--blob-host", metavar="HOST", help="the host in the addresses of images (default: --host)")
    result.add_argument(
        "--port",
        type=int,
        default=0,
        help="the first resource's port, the others follow (default: random)",
    )
    result.add_argument("--state", type=Path, metavar="FILE", help="keep the state in this SQLite file")
    result.add_argument("--seed", type=int, default=0, help="ids and keys depend on it")
    result.add_argument("--keyless", action="store_true", help="also replace GitHub and Entra ID, on two more ports")
    result.add_argument("--token-minutes", type=float, default=60.0, help="how long an access token lives (--keyless)")
    result.add_argument("--json", type=Path, metavar="FILE", help="write endpoints, keys and ids, when ready")
    result.add_argument(
        "--fault",
        action="append",
        default=[],
        type=fault,
        metavar="KIND[,FIELD=VALUE]...",
        help=f"kinds: code:CODE, {', '.join(sorted(KINDS))}; fields: {', '.join(_FAULT_FIELDS)}",
    )
    result.add_argument(
        "--import-outcome",
        action="append",
        default=[],
        choices=OUTCOMES,
        help="how the next import ends; may be repeated, one for each import",
    )
    result.add_argument(
        "--refusal",
        action="append",
        default=[],
        type=_refusal,
        metavar="CASE=STATUS SHAPE CODE",
        help="how a refusal looks, such as `wrong-project=404 gateway NotFound`; may be repeated",
    )
    result.add_argument("--facts", type=Path, metavar="FILE", help="behave as the probe saw it (docs/probe.md)")
    for what, choices in _OUTCOMES.items():
        result.add_argument(
            f"--{what}-outcome",
            action="append",
            default=[],
            choices=choices,
            help=f"what happens to the next {what}; may be repeated, one for each",
        )
    result.add_argument(
        "--withdrawn-domain",
        action="append",
        default=[],
        choices=list(DOMAINS),
        metavar="ID",
        help="a domain that is not offered any more; may be repeated",
    )
    result.add_argument("--images", type=Path, metavar="DIR", help="pictures to use before made ones")
    result.add_argument("--image-bytes", type=int, default=0, help="the least size of a made picture")
    _add_switches(result)
    return result


def _add_switches(result: argparse.ArgumentParser) -> None:
    """Make an option for each switch, by its type."""
    hints = get_type_hints(Behaviour)
    group = result.add_argument_group("what is unknown of the service")
    for field in fields(Behaviour):
        if field.name not in _SWITCHES:
            continue
        option = f"--{field.name.replace('_', '-')}"
        kind = hints[field.name]
        settings: dict[str, Any] = {"default": field.default, "help": _SWITCHES[field.name]}
        if kind is bool:
            settings["action"] = argparse.BooleanOptionalAction
        elif all(isinstance(choice, str) for choice in get_args(kind)) and get_args(kind):
            settings["choices"] = get_args(kind)
        else:
            settings["type"] = next(one for one in (float, int, str) if one in (kind, *get_args(kind)))
        group.add_argument(option, **settings)


def behaviour(arguments: argparse.Namespace) -> Behaviour:
    """Read the switches."""
    values: dict[str, Any] = {name: getattr(arguments, name) for name in _SWITCHES}
    if values["retry_after"] is not None and values["retry_after"] < 0:
        values["retry_after"] = None
    values |= {f"{what}_outcomes": list(getattr(arguments, f"{what}_outcome")) for what in ("import", *_OUTCOMES)}
    values["withdrawn_domains"] = list(arguments.withdrawn_domain)
    given = Behaviour(refusals=dict(arguments.refusal), **values)
    return given if arguments.facts is None else _as_seen(given, arguments.facts)


def _as_seen(given: Behaviour, file: Path) -> Behaviour:
    """What the probe saw, overridden by every option that is not the default. Raises RecordError for another file."""
    usual = Behaviour()
    try:
        record = read_record(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise RecordError(f"{file}: {error.strerror}") from None
    for name, value in record.settings().items():
        if getattr(given, name) == getattr(usual, name):
            setattr(given, name, value)
    return given


def _refusal(text: str) -> tuple[str, str]:
    case, separator, looks = text.partition("=")
    if not separator or not LOOKS.fullmatch(looks):
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form CASE=STATUS SHAPE CODE")
    return case, looks


def fault(text: str) -> Fault:
    """Read a fault such as `503,operation=GetProject,skip=2`."""
    kind, *rest = text.split(",")
    values: dict[str, Any] = {}
    for part in rest:
        name, separator, value = part.partition("=")
        if not separator or name not in _FAULT_FIELDS:
            raise argparse.ArgumentTypeError(f"{part!r} is none of {', '.join(_FAULT_FIELDS)} with a value")
        try:
            values[name] = _FAULT_FIELDS[name](value)
        except ValueError as error:
            raise argparse.ArgumentTypeError(f"{part!r}: {error}") from error
    try:
        return Fault(kind, **values)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _resource(text: str) -> tuple[str, str]:
    name, _, tier = text.partition(":")
    tier = tier.upper() or "S0"
    if not name or tier not in PROJECT_LIMITS:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME or NAME:TIER with a tier of F0, S0")
    return name, tier

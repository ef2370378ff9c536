"""Faults that can be scripted: which request, how often, and what goes wrong.

This module chooses the fault and, if the fault is a plain answer, makes that answer. Faults of the connection itself
(resets, truncation, dripping) are in `connection.py`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from emulator.api.wire import HTML_TYPE, JSON_TYPE, Request, Response, compact, response
from emulator.host.image_faults import IMAGE_FAULTS
from emulator.state.errors import (
    FIREWALL,
    KEYS_OFF,
    THROTTLED,
    TIMEOUT,
    WRONG_KEY,
    entra_body,
    gateway_body,
    html_body,
    service_body,
    status_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from emulator.state.model import Resource

ON_THE_CONNECTION: Final = frozenset(
    {"reset-before", "reset-after", "truncated", "no-length", "slow", "hang", "hang-after", "drip", "drip-headers"}
)
"""Kinds that are not a plain answer. `reset-before` and `hang` come before the work, the others after it."""

BEFORE_THE_WORK: Final = frozenset({"reset-before", "hang"})


class Service(Protocol):
    """What a fault uses of the emulator."""

    now: Callable[[], datetime]

    def new_id(self, kind: str) -> str:
        """Make an id."""

    def handle(self, resource: Resource, request: Request) -> Response:
        """Do the work and log it."""

    def note(self, resource: Resource, request: Request, status: int) -> None:
        """Log a request for which no work was done."""


@dataclass
class Fault:
    """What goes wrong, and when: skip the first `skip` requests that match, then `times` (0: for ever).

    `seconds` is for `slow`, for the pace of `drip` and `drip-headers`, and for the Retry-After of `429-retry-after`;
    `status` replaces the status of a plain answer; `location` is where `redirect` and `foreign-host` lead.
    """

    kind: str
    operation: str | None = None
    resource: str | None = None
    method: str | None = None
    path_contains: str | None = None
    skip: int = 0
    times: int = 1
    seconds: float = 0
    status: int | None = None
    location: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS and not self.kind.startswith("code:"):
            raise ValueError(f"unknown fault {self.kind!r}; known are code:CODE, {', '.join(sorted(KINDS))}")

    def matches(self, resource: str, method: str, path: str, operation: str) -> bool:
        """Tell whether a request is meant."""
        return (
            self.operation in (None, operation)
            and self.resource in (None, resource)
            and self.method in (None, method)
            and (self.path_contains is None or self.path_contains in path)
        )


class Faults:
    """The faults to come."""

    def __init__(self) -> None:
        self.planned: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Add a fault. Faults are looked at in the order in which they were added."""
        self.planned.append(fault)

    def clear(self) -> None:
        """Forget all faults."""
        self.planned.clear()

    def take(self, resource_name: str, method: str, path: str, operation: str) -> Fault | None:
        """Take the fault for this request, if there is one. Each fault that matches counts the request."""
        for fault in list(self.planned):
            if not fault.matches(resource_name, method, path, operation):
                continue
            if fault.skip > 0:
                fault.skip -= 1
                continue
            if fault.times == 1:
                self.planned.remove(fault)
            elif fault.times > 1:
                fault.times -= 1
            return fault
        return None

    @staticmethod
    def answer(fault: Fault, emulator: Service, resource: Resource, request: Request) -> Response | None:
        """A fault's plain answer, or None if it has none. If the fault comes after the work, the work is done first."""
        if fault.kind in ON_THE_CONNECTION:
            return None
        of_images = IMAGE_FAULTS.get(fault.kind)
        if of_images is not None:
            return of_images(fault, emulator, resource, request)
        spoil = _SPOILED.get(fault.kind)
        if spoil is not None:
            return spoil(emulator.handle(resource, request))
        answer = _refusal(fault, emulator, request)
        if fault.kind in {"408-after", "503-after"}:
            emulator.handle(resource, request)
        else:
            emulator.note(resource, request, answer.status)
        return answer


def _refusal(fault: Fault, emulator: Service, request: Request) -> Response:
    """An answer that does not depend on the work."""
    extra: dict[str, str] = {}
    content_type = JSON_TYPE
    if fault.kind.startswith("code:"):
        code = fault.kind.removeprefix("code:")
        status, body = (
            status_of(code),
            compact(service_body(code, f"The emulator was told to answer {code}.")),
        )
    elif fault.kind == "echo-secrets":
        status, body = 400, compact(service_body("BadRequestInvalid", _echo(request)))
    elif fault.kind == "redirect":
        status, body = 302, b""
        extra["Location"] = fault.location or "https://elsewhere.example/"
    elif fault.kind in _PAGES:
        status, title = _PAGES[fault.kind]
        body, content_type = html_body(status, title, title).encode(), HTML_TYPE
    else:
        status, value = _BODIES[fault.kind]
        body = compact(value)
    if fault.kind == "429-retry-after":
        extra["Retry-After"] = f"{fault.seconds or 1:g}"
    return response(
        fault.status or status,
        body,
        now=emulator.now(),
        request_id=emulator.new_id("request"),
        content_type=content_type,
        extra=extra,
    )


def _echo(request: Request) -> str:
    """Repeat what a hostile proxy would repeat: the headers with keys and tokens, the whole query, and a form."""
    secret = ("-key", "authorization")
    keys = [f"{name}: {value}" for name, value in request.headers.items() if name.lower().endswith(secret)]
    query = [f"{name}={value}" for name, value in request.query.items()]
    form = request.body.decode("utf-8", "replace") if request.body.startswith(b"grant_type=") else ""
    return f"Bad request {request.path}?{'&'.join(query)} with {', '.join(keys)} {form}".rstrip()


def _with_body(answer: Response, body: bytes) -> Response:
    return Response(answer.status, {**answer.headers, "Content-Length": str(len(body))}, body)


def _halved(answer: Response) -> Response:
    return _with_body(answer, answer.body[: len(answer.body) // 2])


def _bad_utf8(answer: Response) -> Response:
    """Put a byte that is never in UTF-8 into the first string, or before a bare value."""
    at = answer.body.find(b'"') + 1
    return _with_body(answer, answer.body[:at] + b"\xff" + answer.body[at:])


def _list_for_object(answer: Response) -> Response:
    value: Any = json.loads(answer.body or b"null")
    return _with_body(answer, compact({} if isinstance(value, list) else [value]))


def _missing_field(answer: Response) -> Response:
    """Remove the first field: of a project the id, of an export the iteration count, of a list the field in each item."""
    value: Any = json.loads(answer.body or b"null")
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict) and item:
            del item[next(iter(item))]
    return _with_body(answer, compact(value))


_SPOILED: Final[dict[str, Callable[[Response], Response]]] = {
    "half-json": _halved,
    "truncated-image": _halved,
    "bad-utf8": _bad_utf8,
    "list-for-object": _list_for_object,
    "missing-field": _missing_field,
}

_PAGES: Final = {
    "502-html": (502, "Bad Gateway"),
    "html-200": (200, "Sign in to the network"),
    "411": (411, "Length Required"),
}

_UNAVAILABLE: Final = service_body("ErrorUnknown", "The service is unavailable.")

_TIMEOUT: Final = gateway_body("RequestTimeout", TIMEOUT)

_BODIES: Final[dict[str, tuple[int, object]]] = {
    "false-200": (200, False),  # an answer that says neither yes nor why not
    "500": (500, service_body("ErrorUnknown", "Internal server error.")),
    "503": (503, _UNAVAILABLE),
    "503-after": (503, _UNAVAILABLE),
    "401": (401, gateway_body("401", WRONG_KEY)),
    "401-entra": (401, entra_body()),
    "403-firewall": (403, gateway_body("403", FIREWALL)),
    "403-keys-off": (403, gateway_body("AuthenticationTypeDisabled", KEYS_OFF)),
    "408": (408, _TIMEOUT),
    "408-after": (408, _TIMEOUT),
    "409": (409, service_body("Conflict", "The resource is being changed by another request.")),
    "429": (429, gateway_body("429", THROTTLED)),
    "429-retry-after": (429, gateway_body("429", THROTTLED)),
}

KINDS: Final = (
    ON_THE_CONNECTION
    | _SPOILED.keys()
    | _PAGES.keys()
    | _BODIES.keys()
    | IMAGE_FAULTS.keys()
    | {"redirect", "echo-secrets"}
)
"""All kinds, but for `code:` with a code of the service."""

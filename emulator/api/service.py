"""One request in, one answer out: route, key, rate, operation. No faults, no waiting."""

from __future__ import annotations

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from emulator.api.call import Call, Reply
from emulator.api.headers import Headers
from emulator.api.operations import OPERATIONS
from emulator.api.routes import route
from emulator.api.wire import BYTES_TYPE, HTML_TYPE, JSON_TYPE, Request, Response, compact, response
from emulator.state.errors import (
    KEYS_OFF,
    LOOKS,
    SUBDOMAIN,
    THROTTLED,
    WRONG_KEY,
    GatewayError,
    LengthRequiredError,
    ServiceError,
    TokenError,
    body_of,
)
from emulator.state.roles import ACTIONS, DATA_ACTION

if TYPE_CHECKING:
    from emulator.state.model import Resource
    from emulator.state.world import World

_REFUSALS: Final = (ServiceError, GatewayError, TokenError, LengthRequiredError)
_Refusal = ServiceError | GatewayError | TokenError | LengthRequiredError

_CALLS_PER_SECOND: Final = 10
"""Training-API calls a second, training itself aside (the vendor's documentation)."""


def handle(world: World, resource: Resource, request: Request) -> Response:
    """Answer a request."""
    world.settle()
    now = world.now()
    request_id = world.new_id("request")
    try:
        value = _result(world, resource, request, now)
    except _REFUSALS as error:
        return _refused(world, error, now, request_id)
    if not isinstance(value, Reply):
        return response(HTTPStatus.OK, compact(value), now=now, request_id=request_id)
    if value.content is not None:
        return response(value.status, value.content, now=now, request_id=request_id, content_type=BYTES_TYPE)
    body = b"" if value.value is None else compact(value.value)
    return response(value.status, body, now=now, request_id=request_id)


def _refused(world: World, error: _Refusal, now: datetime, request_id: str) -> Response:
    """A refusal in its usual shape, or as the switch `refusals` says."""
    shape, status, code, extra = "service", 400, "", None
    if isinstance(error, ServiceError):
        status, code = error.status, error.code
    elif isinstance(error, GatewayError):
        shape, status, code = "gateway", error.status, error.code
        seconds = world.behaviour.retry_after
        if status == HTTPStatus.TOO_MANY_REQUESTS and seconds is not None:
            extra = {"Retry-After": str(seconds)}
    elif isinstance(error, TokenError):
        shape, status, code = "entra", 401, "401"
    else:
        shape, status, code = "html", 411, error.message
    looks = LOOKS.fullmatch(world.behaviour.refusals.get(error.case, "")) if error.case else None
    if looks:
        shape, status, code = looks["shape"], int(looks["status"]), looks["code"] or ""
    body, kind = body_of(shape, status, code, error.message), HTML_TYPE if shape == "html" else JSON_TYPE
    return response(status, body, now=now, request_id=request_id, content_type=kind, extra=extra)


def _result(world: World, resource: Resource, request: Request, now: datetime) -> object:
    headers = Headers(request.headers)
    if request.method == "POST" and not ("Content-Length" in headers or "Transfer-Encoding" in headers):
        raise LengthRequiredError
    found = route(request.method, request.path)
    if found is None or not _spelled(world, request.path, found.api):
        raise GatewayError(HTTPStatus.NOT_FOUND, "Resource not found")
    kind, _, token = (headers.field("Authorization") or "").partition(" ")
    if kind.lower() == "bearer":
        _check_token(world, resource, token, request, found.operation)
    else:
        _check_key(world, resource, headers, found.api)
    _check_rate(world, resource, now)
    return OPERATIONS[found.operation](Call(world, resource, request, headers, found, now))


def _spelled(world: World, path: str, api: str) -> bool:
    """Whether a path is spelled as the switches require, and is served here at all."""
    known = world.behaviour
    fixed = path.split("/")[1:4]
    return not (
        (known.strict_case and fixed != [part.lower() for part in fixed])
        or (known.strict_slashes and "//" in path)
        or (api == "prediction" and not known.predicts_here)
    )


def _check_token(world: World, resource: Resource, token: str, request: Request, operation: str) -> None:
    """Accept only a token whose identity has the data action on this resource."""
    if world.behaviour.custom_subdomain_rule:
        raise GatewayError(HTTPStatus.BAD_REQUEST, SUBDOMAIN, "BadRequest")
    granted = world.directory.granted(token) if world.directory else None
    if world.directory is None or granted is None or operation in world.behaviour.refuses_tokens.split(","):
        raise TokenError
    action = f"{DATA_ACTION}/{ACTIONS[operation]}"
    if not world.directory.may(granted, resource.name, action):
        words = f"The principal `{granted.client}` lacks the required data action `{action}` to perform "
        words += f"`{request.method} {request.path}` operation."
        raise GatewayError(HTTPStatus.UNAUTHORIZED, words, "PermissionDenied")


def _check_key(world: World, resource: Resource, headers: Headers, api: str) -> None:
    """Accept only this resource's keys: a training key for training, the prediction key for prediction."""
    if world.behaviour.disable_local_auth == "disabled":
        raise GatewayError(HTTPStatus.FORBIDDEN, KEYS_OFF, "AuthenticationTypeDisabled")
    if world.behaviour.disable_local_auth == "wrong-key":
        raise GatewayError(HTTPStatus.UNAUTHORIZED, WRONG_KEY)
    if api == "training":
        known = headers.field("Training-Key") in {resource.training_key, resource.training_key_2}
    else:
        known = headers.field("Prediction-Key") == resource.prediction_key
    if not known:
        raise GatewayError(HTTPStatus.UNAUTHORIZED, WRONG_KEY, case="wrong-key")


def _check_rate(world: World, resource: Resource, now: datetime) -> None:
    if not world.behaviour.throttle:
        return
    recent = resource.recent
    while recent and recent[0] <= now - timedelta(seconds=1):
        recent.popleft()
    if len(recent) >= _CALLS_PER_SECOND:
        raise GatewayError(HTTPStatus.TOO_MANY_REQUESTS, THROTTLED)
    recent.append(now)

"""One request in, one answer out: route, key, rate, operation. No faults, no waiting."""

from __future__ import annotations

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from emulator.api.call import Call, Reply
from emulator.api.headers import Headers
from emulator.api.operations import OPERATIONS
from emulator.api.routes import route
from emulator.api.wire import BYTES_TYPE, HTML_TYPE, Request, Response, compact, response
from emulator.state.errors import (
    KEYS_OFF,
    SUBDOMAIN,
    THROTTLED,
    WRONG_KEY,
    GatewayError,
    LengthRequiredError,
    ServiceError,
    TokenError,
    entra_body,
    gateway_body,
    html_body,
    service_body,
)
from emulator.state.roles import ACTIONS, DATA_ACTION

if TYPE_CHECKING:
    from emulator.state.model import Resource
    from emulator.state.world import World

_CALLS_PER_SECOND: Final = 10
"""Training-API calls a second, training itself aside (the vendor's documentation)."""


def handle(world: World, resource: Resource, request: Request) -> Response:  # noqa: PLR0911 - one return each
    """Answer a request."""
    world.settle()
    now = world.now()
    request_id = world.new_id("request")
    try:
        value = _result(world, resource, request, now)
    except ServiceError as error:
        body = compact(service_body(error.code, error.message))
        return response(error.status, body, now=now, request_id=request_id)
    except GatewayError as error:
        seconds = world.behaviour.retry_after
        throttled = error.status == HTTPStatus.TOO_MANY_REQUESTS and seconds is not None
        extra = {"Retry-After": str(seconds)} if throttled else None
        body = compact(gateway_body(error.code, error.message))
        return response(error.status, body, now=now, request_id=request_id, extra=extra)
    except TokenError:
        return response(HTTPStatus.UNAUTHORIZED, compact(entra_body()), now=now, request_id=request_id)
    except LengthRequiredError:
        page = html_body(411, "Length Required", "The request must be chunked or have a content length.").encode()
        return response(411, page, now=now, request_id=request_id, content_type=HTML_TYPE)
    if not isinstance(value, Reply):
        return response(HTTPStatus.OK, compact(value), now=now, request_id=request_id)
    if value.content is not None:
        return response(value.status, value.content, now=now, request_id=request_id, content_type=BYTES_TYPE)
    body = b"" if value.value is None else compact(value.value)
    return response(value.status, body, now=now, request_id=request_id)


def _result(world: World, resource: Resource, request: Request, now: datetime) -> object:
    headers = Headers(request.headers)
    if request.method == "POST" and not ("Content-Length" in headers or "Transfer-Encoding" in headers):
        raise LengthRequiredError
    found = route(request.method, request.path)
    if found is None:
        raise GatewayError(HTTPStatus.NOT_FOUND, "Resource not found")
    kind, _, token = (headers.field("Authorization") or "").partition(" ")
    if kind.lower() == "bearer":
        _check_token(world, resource, token, request, found.operation)
    else:
        _check_key(world, resource, headers, found.api)
    _check_rate(world, resource, now)
    return OPERATIONS[found.operation](Call(world, resource, request, headers, found, now))


def _check_token(world: World, resource: Resource, token: str, request: Request, operation: str) -> None:
    """Accept only a token whose identity has the data action on this resource."""
    if world.behaviour.custom_subdomain_rule:
        raise GatewayError(HTTPStatus.BAD_REQUEST, SUBDOMAIN, "BadRequest")
    granted = world.directory.granted(token) if world.directory else None
    if world.directory is None or granted is None:
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
        raise GatewayError(HTTPStatus.UNAUTHORIZED, WRONG_KEY)


def _check_rate(world: World, resource: Resource, now: datetime) -> None:
    if not world.behaviour.throttle:
        return
    recent = resource.recent
    while recent and recent[0] <= now - timedelta(seconds=1):
        recent.popleft()
    if len(recent) >= _CALLS_PER_SECOND:
        raise GatewayError(HTTPStatus.TOO_MANY_REQUESTS, THROTTLED)
    recent.append(now)

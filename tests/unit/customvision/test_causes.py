"""What broke a request is told in words: no text has the name of a Python class."""

from __future__ import annotations

import builtins
import http.client
import re
import socket
import ssl
from contextlib import suppress
from inspect import getmembers, isclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
import requests
import urllib3

from cvaction.clock import Permit
from cvaction.customvision.answers import broken
from cvaction.customvision.errors import CustomVisionError
from cvaction.customvision.streaming import saving
from cvaction.telling import system_text

if TYPE_CHECKING:
    from collections.abc import Iterator

MODULES = (builtins, http.client, requests.exceptions, socket, ssl, urllib3.exceptions)
KINDS = sorted(
    {
        kind
        for module in MODULES
        for _, kind in getmembers(module, isclass)
        if issubclass(kind, Exception) and not issubclass(kind, Warning | StopIteration)
    },
    key=lambda kind: (kind.__module__, kind.__qualname__),
)
NAMES = {kind.__name__ for kind in KINDS} - {"error"}
ARGUMENTS: tuple[tuple[Any, ...], ...] = (
    (),
    ("odd",),
    (104, "the system's words"),
    (None, "odd"),
    (None, "/x", "late"),
    (None, "/x", ValueError("odd")),
    ("odd", ValueError("odd")),
    ("odd", 0, 1, "odd"),
)


def instances(kind: type[Exception]) -> Iterator[Exception]:
    """Errors of a kind, made in every way in which it can be made."""
    for arguments in ARGUMENTS:
        with suppress(Exception):
            error = kind(*arguments)
            str(error), repr(error)  # some print only arguments of the right kind
            yield error


def wrapped(error: Exception) -> Iterator[Exception]:
    """An error alone, and as requests and urllib3 hand it on."""
    yield error
    yield requests.exceptions.ConnectionError(error)
    yield requests.exceptions.ConnectionError(urllib3.exceptions.ProtocolError("Connection aborted.", error))
    yield requests.exceptions.ChunkedEncodingError(error)
    yield requests.exceptions.ProxyError(urllib3.exceptions.ProxyError("odd", error))
    yield requests.exceptions.SSLError(urllib3.exceptions.SSLError(error))
    outer = urllib3.exceptions.NewConnectionError(None, "odd")  # type: ignore[arg-type] # no connection is needed
    outer.__cause__ = error
    yield outer


def names_in(text: str) -> set[str]:
    words = set(re.findall(r"[A-Za-z_]+", text))
    return {word for word in words if word in NAMES or word.endswith(("Error", "Exception"))}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind.__module__}.{kind.__qualname__}")
def test_no_text_has_the_name_of_a_class(kind: type[Exception]) -> None:
    for error in instances(kind):
        for outer in wrapped(error):
            message = broken(outer).message
            assert not names_in(message), (outer, message)
            assert re.fullmatch(r"[^:]+(: \S.*)?", message), message


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (
            http.client.RemoteDisconnected("Remote end"),
            "the connection broke: the other side closed it and sent no answer",
        ),
        (urllib3.exceptions.IncompleteRead(3, 5), "the connection broke: the answer was cut"),
        (http.client.BadStatusLine("SMTP"), "the connection broke: the answer is not one of HTTP"),
        (ValueError("a header of two lines"), "the connection broke"),
        (ConnectionResetError(104, "Connection reset by peer"), "the connection broke: Connection reset by peer"),
    ],
)
def test_what_broke_is_told_if_it_is_known(error: Exception, text: str) -> None:
    inner = urllib3.exceptions.ProtocolError("Connection aborted.", error)
    assert broken(requests.exceptions.ConnectionError(inner)).message == text


def test_a_proxy_that_refuses_a_tunnel_is_told_with_its_status() -> None:
    inner = OSError("Tunnel connection failed: 407 Proxy Authentication Required")
    error = urllib3.exceptions.ProxyError("Unable to connect to proxy", inner)
    assert broken(requests.exceptions.ProxyError(error)).message == "the proxy failed: it answered with status 407"


@pytest.mark.parametrize("kind", [kind for kind in KINDS if not issubclass(kind, CustomVisionError)])
def test_a_file_that_cannot_be_written_is_told_in_words(kind: type[Exception]) -> None:
    def opened() -> Any:
        raise kind

    response: Any = SimpleNamespace(headers={"Content-Length": "1"})
    with suppress(TypeError):  # a kind that needs arguments
        kind()
        with pytest.raises(CustomVisionError) as raised:
            saving(opened, 10)(response, Permit())
        assert raised.value.message
        assert not names_in(raised.value.message)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (OSError(), "A file cannot be read or written."),
        (OSError("odd"), "A file cannot be read or written: odd."),
        (OSError(28, "No space left", "/a"), "`/a` cannot be read or written: No space left."),
    ],
)
def test_a_file_is_told_in_words(error: OSError, text: str) -> None:
    assert system_text(error) == text

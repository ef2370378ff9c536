"""What broke a request, in words: the errors inside an error of `requests`, and what the most exact of them means."""

from __future__ import annotations

import re
import ssl
from http.client import BadStatusLine, LineTooLong, RemoteDisconnected, UnknownProtocol
from http.client import IncompleteRead as CutError

import requests
from urllib3.exceptions import DecodeError, HeaderParsingError, IncompleteRead, InvalidChunkLength, ResponseNotChunked
from urllib3.exceptions import TimeoutError as LateError

__all__ = ["causes_of", "reason"]

_TUNNEL = re.compile(r"Tunnel connection failed: ([1-5][0-9]{2})\b")
_CLOSED = "the other side closed it"
# A subclass comes before its base.
_WORDS: tuple[tuple[tuple[type[BaseException], ...], str], ...] = (
    ((RemoteDisconnected,), f"{_CLOSED} and sent no answer"),
    ((IncompleteRead, CutError), "the answer was cut"),
    ((InvalidChunkLength, ResponseNotChunked), "the answer has no readable end"),
    ((DecodeError, requests.exceptions.ContentDecodingError), "the answer could not be unpacked"),
    ((BadStatusLine, LineTooLong, UnknownProtocol, HeaderParsingError), "the answer is not one of HTTP"),
    ((ssl.SSLCertVerificationError,), "the certificate is not valid for the host"),
    ((ssl.SSLEOFError, ssl.SSLZeroReturnError), _CLOSED),
    ((TimeoutError, LateError), "it took too long"),
    ((ConnectionRefusedError,), "it was refused"),
    ((ConnectionResetError, ConnectionAbortedError, BrokenPipeError), _CLOSED),
    ((requests.exceptions.InvalidProxyURL,), "its address is not valid"),
    ((requests.exceptions.InvalidSchema,), "its address begins with an unknown scheme"),
)


def causes_of(error: BaseException) -> list[BaseException]:
    """The error and all errors inside it: urllib3 has them in `reason`, requests in `args`, Python in `__context__`."""
    seen: list[BaseException] = []
    pending: list[object] = [error]
    while pending and len(seen) < 20:  # noqa: PLR2004 - no real chain is as long
        item = pending.pop(0)
        if isinstance(item, BaseException) and item not in seen:
            seen.append(item)
            pending += [getattr(item, "reason", None), *item.args, item.__cause__, item.__context__]
    return seen


def reason(causes: list[BaseException]) -> str:
    """The most exact cause in words, as `: the words`; empty if there is nothing to say.

    The words are the system's or this module's. Those of a library may contain a URL, and a URL may contain the token.
    """
    for cause in reversed(causes):
        if isinstance(cause, OSError) and isinstance(cause.strerror, str) and cause.strerror:
            return f": {cause.strerror}"
    for cause in causes:
        if isinstance(cause, OSError) and (tunnel := _TUNNEL.match(str(cause))):
            return f": it answered with status {tunnel.group(1)}"
    for cause in reversed(causes):
        if words := next((words for types, words in _WORDS if isinstance(cause, types)), ""):
            return f": {words}"
    return ""

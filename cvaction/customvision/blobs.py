"""Downloads files from the storage that the service's answers name. The storage gets no key and no token.

An answer names the host, so the host is checked: a forged answer must not make this machine send requests to a stranger.
The address contains a signature, so no text shows it. Of the host's answer a text shows only a code of letters.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cvaction.clock import DeadlineExceededError, Permit
from cvaction.customvision import answers
from cvaction.customvision.answers import Answer
from cvaction.customvision.connections import hold
from cvaction.customvision.endpoint import loopback, parse_origin
from cvaction.customvision.errors import CustomVisionError, Kind
from cvaction.customvision.image_reader import FILE_LIMIT, FILE_SECONDS
from cvaction.customvision.retries import pause_after
from cvaction.customvision.sending import CONNECT_SECONDS
from cvaction.customvision.streaming import Received, saving

if TYPE_CHECKING:
    from collections.abc import Callable

    from cvaction.clock import Clock
    from cvaction.customvision.session import Session
    from cvaction.customvision.streaming import Body, Sink
    from cvaction.secret import Secret

    Saver = Callable[[Permit], Callable[[Body], object]]
    Call = Callable[[Callable[[Permit], Answer], float], Answer]

__all__ = ["OPERATION", "Blobs", "Download", "ForeignHostError", "State", "check_host", "relative"]

OPERATION = "the download of a file"
IDLE_SECONDS = 30.0  # the longest time without a byte
ASK_SECONDS = 30.0
# Azure Storage in the three clouds (documented endpoints of Blob Storage).
_STORAGE = re.compile(r"(?:[a-z0-9-]+\.)+blob\.core\.(?:windows\.net|usgovcloudapi\.net|chinacloudapi\.cn)")
_ODD = re.compile(r"[^!-\[\]-~]")  # blanks, control characters, a backslash, anything beyond ASCII
_CODE = re.compile(r"[A-Za-z]{1,60}")
_HEADERS = {"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": "cvaction"}


class ForeignHostError(Exception):
    """An address on an unknown host. `origin` is safe to show, and empty if the address is not valid."""

    def __init__(self, origin: str) -> None:
        super().__init__(f"a file has an address at {origin}" if origin else "a file has an invalid address")
        self.origin = origin


class State(Enum):
    """How a download ended, if not with an error."""

    WHOLE = "whole"
    STALE = "stale"  # 403: the signature has expired; GetImagesByIds gives a fresh address
    GONE = "gone"  # 404: the file was deleted


@dataclass(frozen=True)
class Download:
    """The result of a download. `received` is None unless the state is WHOLE."""

    state: State
    received: Received | None = None


_STATES = {HTTPStatus.FORBIDDEN: State.STALE, HTTPStatus.NOT_FOUND: State.GONE}


def relative(address: Secret) -> bool:
    """Whether an address is a path for GetArtifact, as resources in a virtual network return."""
    return address.reveal().startswith("/") and not address.reveal().startswith("//")


def check_host(address: Secret, endpoint: str, trusted: frozenset[str]) -> None:
    """Raise ForeignHostError unless the host is Azure's storage, or trusted, or this machine like the endpoint's host."""
    url = address.reveal()
    try:
        origin = parse_origin(url)
    except ValueError:
        raise ForeignHostError("") from None
    parts = urlsplit(origin)
    host = parts.hostname or ""
    if origin in trusted:
        return
    if loopback(host) and loopback(urlsplit(endpoint).hostname or ""):
        return
    if parts.scheme == "https" and parts.port is None and _STORAGE.fullmatch(host):
        return
    raise ForeignHostError(origin)


class _Deadline(Permit):
    """The permit of a request that no other thread watches: it ends by itself."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._end = clock.now() + seconds

    @property
    def revoked(self) -> bool:  # type: ignore[override] # it is only read here
        """False until the deadline; then raises DeadlineExceededError, as Clock.call does."""
        if self._clock.now() > self._end:
            raise DeadlineExceededError
        return False


class Blobs:
    """Downloads files, also from several threads: each download has its own session."""

    def __init__(
        self,
        endpoint: str,
        trusted: frozenset[str],
        *,
        clock: Clock,
        new_session: Callable[[], Session],
        label: str = "",
    ) -> None:
        self._endpoint = endpoint
        self._trusted = trusted
        self._clock = clock
        self._new_session = new_session
        self._label = label
        self._known: set[str] = set()  # the beginnings of addresses whose host was checked
        self._sessions: list[Session] = []  # sessions that are not in use

    def fetch(
        self,
        address: Secret,
        open_file: Callable[[], Sink],
        *,
        heard: Callable[[int], None] = lambda _size: None,
        seconds: float = FILE_SECONDS,
        alone: bool = False,
    ) -> Download:
        """Download a file; see `saving` for `open_file` and `heard`. Raises ForeignHostError or CustomVisionError.

        The request is repeated after 408, 429, 5xx and a broken connection. `seconds` is the limit of one attempt. `alone`:
        no other thread has to wait for the calling thread. Then the calling thread sends the request itself, which is much
        less work for a small file, and checks the time only when bytes come.
        """
        save = saving(open_file, FILE_LIMIT, heard)
        answer = self._answer(
            address,
            lambda permit: lambda response: save(response, permit),
            seconds,
            self._here if alone else self._clock.call,
        )
        if isinstance(answer.saved, Received):
            return Download(State.WHOLE, answer.saved)
        return Download(_STATES[HTTPStatus(answer.status)])

    def length(self, address: Secret) -> int | None:
        """How many bytes a file has, without a download; None if the storage does not say. Raises as `fetch` does."""
        answer = self._answer(address, None, ASK_SECONDS, self._clock.call)
        length = answer.headers.get("Content-Length", "")
        return int(length) if answer.status == HTTPStatus.OK and re.fullmatch(r"[0-9]{1,15}", length) else None

    def _check(self, address: Secret) -> None:
        """See check_host. A host is checked once, but again for every address with an odd character."""
        start = "/".join(address.reveal().split("/", 3)[:3])
        if start not in self._known or _ODD.search(address.reveal()):
            check_host(address, self._endpoint, self._trusted)
            self._known.add(start)

    def _here(self, work: Callable[[Permit], Answer], seconds: float) -> Answer:
        """Do what Clock.call does, in this thread."""
        return work(_Deadline(self._clock, seconds))

    def _answer(self, address: Secret, saver: Saver | None, seconds: float, call: Call) -> Answer:
        """The answer with status 200, 403 or 404. `saver` receives the body; without it a HEAD request is sent."""
        self._check(address)
        attempt = 0
        while True:
            attempt += 1
            try:
                return self._once(address, saver, seconds, call)
            except CustomVisionError as error:
                error.operation, error.attempts, error.label = OPERATION, attempt, self._label
                error.host, error.credential = urlsplit(address.reveal()).hostname or "", "none"
                pause = pause_after(error, attempt, repeatable=True)
                if pause is None:
                    raise
            self._clock.sleep(pause)

    def _once(self, address: Secret, saver: Saver | None, seconds: float, call: Call) -> Answer:
        try:
            session = self._sessions.pop()
        except IndexError:
            session = self._new_session()

        def work(permit: Permit) -> Answer:
            hold(permit)
            return _ask(session, address, saver(permit) if saver else None)

        try:
            answer = call(work, seconds)
        except DeadlineExceededError:  # the abandoned thread keeps the session
            raise CustomVisionError(Kind.TIMEOUT, f"the file was not received within {seconds:.0f} s") from None
        except CustomVisionError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever breaks a request becomes one exception
            raise answers.broken(error) from None
        self._sessions.append(session)
        if answer.status != HTTPStatus.OK and answer.status not in _STATES:
            raise _refused(answer)
        return answer


def _ask(session: Session, address: Secret, save: Callable[[Body], object] | None) -> Answer:
    """Send one request. The body of an error is not read: it may repeat the address."""
    method = "GET" if save else "HEAD"
    with session.fetch(method, address.reveal(), _HEADERS, (CONNECT_SECONDS, IDLE_SECONDS)) as response:
        saved = save(response) if save and response.status == HTTPStatus.OK else None
        return Answer(response.status, response.headers, b"", saved)


def _refused(answer: Answer) -> CustomVisionError:
    if answer.status < HTTPStatus.MULTIPLE_CHOICES:  # such as 206, a part of the file
        return CustomVisionError(
            Kind.UNREADABLE, f"the storage sends status {answer.status} in place of the file", status=answer.status
        )
    error = answers.refused(answer)
    code = answer.headers.get("x-ms-error-code", "")
    error.code = code if _CODE.fullmatch(code) else ""
    error.request_id = ""
    return error

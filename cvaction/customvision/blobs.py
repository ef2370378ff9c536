"""Downloads files from the storage that the service's answers name. The storage gets no key and no token.

The address contains a signature, so no text shows it. Of the host's answer a text shows only a code of letters.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cvaction.clock import DeadlineExceededError, Permit
from cvaction.customvision import answers
from cvaction.customvision.answers import Answer
from cvaction.customvision.connections import hold
from cvaction.customvision.download_models import Begun, Download, LaterError, State
from cvaction.customvision.errors import CustomVisionError, Kind
from cvaction.customvision.image_reader import FILE_LIMIT, FILE_SECONDS
from cvaction.customvision.retries import pause_after
from cvaction.customvision.sending import CONNECT_SECONDS
from cvaction.customvision.storage_hosts import ForeignHostError, check_host
from cvaction.customvision.streaming import Received, saving

if TYPE_CHECKING:
    from collections.abc import Callable

    from cvaction.clock import Clock
    from cvaction.customvision.session import Session
    from cvaction.customvision.streaming import Body, Sink
    from cvaction.secret import Secret

    Saver = Callable[[Permit], Callable[[Body], object]]
    Call = Callable[[Callable[[Permit], Answer], float], Answer]

__all__ = ["OPERATION", "Blobs"]

OPERATION = "the download of a file"
IDLE_SECONDS = 30.0  # the longest time without a byte
ASK_SECONDS = 30.0
_ODD = re.compile(r"[^!-\[\]-~]")  # blanks, control characters, a backslash, anything beyond ASCII
_CODE = re.compile(r"[A-Za-z]{1,60}")
_TIMEOUT = (CONNECT_SECONDS, IDLE_SECONDS)
_HEADERS = {"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": "cvaction"}


_STATES = {HTTPStatus.FORBIDDEN: State.STALE, HTTPStatus.NOT_FOUND: State.GONE}


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

    def fetch(  # noqa: PLR0913 - what may be said of a download
        self,
        address: Secret,
        open_file: Callable[[], Sink],
        *,
        heard: Callable[[int], None] = lambda _size: None,
        seconds: float = FILE_SECONDS,
        alone: bool = False,
        begun: Begun | None = None,
    ) -> Download:
        """Download a file; see `saving` for `open_file` and `heard`. Raises ForeignHostError or CustomVisionError.

        The request is repeated after 408, 429, 5xx and a broken connection. `seconds` is the limit of one attempt. `alone`:
        no other thread has to wait for the calling thread. Then the calling thread sends the request itself, which is much
        less work for a small file, and checks the time only when bytes come. `begun` is what `begin` returned. With it,
        raises LaterError in place of a pause: the answers to other requests may be waiting, and refused for the same time.
        """
        save = saving(open_file, FILE_LIMIT, heard)
        answer = self._answer(
            address,
            lambda permit: lambda response: save(response, permit),
            seconds,
            self._here if alone else self._clock.call,
            begun,
        )
        if isinstance(answer.saved, Received):
            return Download(State.WHOLE, answer.saved)
        return Download(_STATES[HTTPStatus(answer.status)])

    def begins(self, address: Secret) -> bool:
        """Whether `begin` would send the request: not through a proxy, and not to a relative or odd address."""
        try:
            self._check(address)
            session = self._session()
            asks = session.asks(address.reveal())
        except Exception:  # noqa: BLE001 - `fetch` will see what fails
            return False
        self._sessions.append(session)
        return asks

    def begin(self, address: Secret) -> Begun | None:
        """Send the request for a file, whose answer `fetch` reads. None if `fetch` must do it all.

        A thread may begin several downloads before it reads the first answer. For many small files it then seldom waits.
        """
        try:
            self._check(address)
        except ForeignHostError:  # also a relative address. `fetch` will raise it, or is not asked for it
            return None
        session = self._session()
        hold(_Deadline(self._clock, FILE_SECONDS))
        try:
            sent = session.ask("GET", address.reveal(), _HEADERS, _TIMEOUT)
        except Exception as error:  # noqa: BLE001 - the first attempt has failed: `fetch` will see it
            return Begun(session, error)
        if sent is None:
            self._sessions.append(session)
            return None
        return Begun(session, sent)

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

    def _answer(
        self, address: Secret, saver: Saver | None, seconds: float, call: Call, begun: Begun | None = None
    ) -> Answer:
        """The answer with status 200, 403 or 404. `saver` receives the body; without it a HEAD request is sent."""
        self._check(address)
        attempt = begun.attempts if begun else 0
        if begun and attempt:
            self._clock.sleep(max(0.0, begun.due - self._clock.now()))
        while True:
            attempt += 1
            try:
                return self._once(address, saver, seconds, call, begun if attempt == 1 else None)
            except CustomVisionError as error:
                error.operation, error.attempts, error.label = OPERATION, attempt, self._label
                error.host, error.credential = urlsplit(address.reveal()).hostname or "", "none"
                pause = pause_after(error, attempt, repeatable=True)
                if pause is None:
                    raise
            if begun:
                begun.attempts, begun.due = attempt, self._clock.now() + pause
                raise LaterError
            self._clock.sleep(pause)

    def _session(self) -> Session:
        try:
            return self._sessions.pop()
        except IndexError:
            return self._new_session()

    def _once(self, address: Secret, saver: Saver | None, seconds: float, call: Call, begun: Begun | None) -> Answer:
        session = begun.session if begun else self._session()

        def work(permit: Permit) -> Answer:
            hold(permit)
            return _ask(session, address, saver(permit) if saver else None, begun)

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


def _ask(session: Session, address: Secret, save: Callable[[Body], object] | None, begun: Begun | None) -> Answer:
    """Send one request, unless it was sent before. The body of an error is not read: it may repeat the address."""
    method = "GET" if save else "HEAD"
    with begun.reply() if begun else session.fetch(method, address.reveal(), _HEADERS, _TIMEOUT) as response:
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

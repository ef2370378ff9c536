"""Requests to one resource: credential, deadlines, retries, pace, no redirects. Knows HTTP, but no projects."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from requests.exceptions import ProxyError, SSLError

from cvaction.customvision import answers
from cvaction.customvision.connections import sent
from cvaction.customvision.errors import CustomVisionError, Kind
from cvaction.customvision.pace import Pace
from cvaction.customvision.retries import GATEWAY_PAUSE, LONGEST_RETRY_AFTER, pause_after
from cvaction.customvision.sending import TOTAL_SECONDS, exchange, in_time
from cvaction.customvision.session import Sessions, new_session

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import requests

    from cvaction.clock import Clock, Permit
    from cvaction.customvision.answers import Answer
    from cvaction.customvision.credentials import Admission, Credential
    from cvaction.customvision.streaming import Body
    from cvaction.secret import Secret

__all__ = [
    "LONGEST_RETRY_AFTER",
    "Call",
    "Pace",
    "Trace",
    "Transport",
    "pause_after",
]

T = TypeVar("T")

FIRST_OF_ALL = float("-inf")


class Trace(NamedTuple):
    """One sent request, for the debug log. `path`: without the query. `status`: 0 without an answer."""

    method: str
    path: str
    status: int
    seconds: float
    request_id: str


@dataclass(frozen=True, repr=False)  # a query or a body may hold a token
class Call:
    """A request to be made.

    `once`: not repeated at all. `secret` is one that the query holds: no error repeats it. `sending` is called just
    before it is sent, each time. `urgent`: it goes before all that wait for the pace, because much waits for it. `final`
    are statuses after which the same request is not sent again. `save` takes the body of a 200 that is a file; `parse`
    gets its result.
    """

    operation: str
    method: str
    path: str
    query: str = ""
    json: Mapping[str, Any] | None = None
    files: Mapping[str, tuple[str, bytes]] | None = None
    repeatable: bool = True
    once: bool = False
    seconds: float = TOTAL_SECONDS
    secret: Secret | None = None
    sending: Callable[[], None] | None = None
    urgent: bool = False
    final: frozenset[int] = frozenset()
    save: Callable[[Body, Permit], object] | None = None


class Transport:
    """All requests to one origin with one credential. Any thread may send.

    `label` names the resource in errors. `trace` is called with each request. `sessions` and `pace` may be shared with
    other transports of this origin. `moment`: since when a request counts as waiting; the pace serves in that order.
    """

    def __init__(  # noqa: PLR0913 - everything it touches is a parameter
        self,
        origin: str,
        credential: Credential,
        *,
        clock: Clock,
        new_session: Callable[[], requests.Session] = new_session,
        label: str = "",
        pace: Pace | None = None,
        sessions: Sessions | None = None,
        trace: Callable[[Trace], None] = lambda _trace: None,
        moment: Callable[[], float] | None = None,
    ) -> None:
        self.origin = origin
        self.label = label
        self.requests = 0
        self._credential = credential
        self._clock = clock
        self._lock = threading.Lock()
        self._sessions = sessions or Sessions(new_session)
        self._pace = pace or Pace(clock)
        self._trace = trace
        self._moment = moment or clock.now
        self._date: tuple[datetime, float] | None = None

    def share_pace(self, other: Transport) -> None:
        """Share the pace with another host of the same resource, because the limit is the resource's."""
        self._pace.join(other._pace)

    def time(self) -> datetime:
        """The service's time: its last Date header plus the time since then. Before the first answer, the machine's time."""
        heard = self._date
        if heard is None:
            return self._clock.today()
        date, at = heard
        try:
            return date + timedelta(seconds=self._clock.now() - at)
        except OverflowError:  # the year 9999 is a date, too
            return date

    def send(self, call: Call, parse: Callable[[object], T]) -> T:
        """Send a request until it succeeds, or until a repetition would be useless or dangerous. Raises CustomVisionError."""
        return self.send_counted(call, parse)[0]

    def send_counted(self, call: Call, parse: Callable[[object], T]) -> tuple[T, int]:
        """As `send`. Also returns how often the request was sent."""
        attempt, sent, admission = 1, 0, self._credential.admit(call)
        while True:
            sent += 1
            try:
                return self._once(call, admission, parse), sent
            except CustomVisionError as error:
                error.operation, error.host, error.label = call.operation, self.origin.partition("://")[2], self.label
                error.attempts, error.credential = sent, self._credential.kind
                self._slow_all(error)
                pause = admission.again(error)
                if pause is None:
                    final = call.once or error.status in call.final
                    pause = None if final else pause_after(error, attempt, repeatable=call.repeatable)
                    attempt += 1
                if pause is None:
                    raise
            self._clock.sleep(pause)

    def _slow_all(self, error: CustomVisionError) -> None:
        """After a 429 all threads pause. If the pause is so long that the call fails, no thread waits for it."""
        pause = GATEWAY_PAUSE if error.retry_after is None else error.retry_after
        if error.kind is Kind.THROTTLED and pause <= LONGEST_RETRY_AFTER:
            self._pace.hold(pause)

    def _once(self, call: Call, admission: Admission, parse: Callable[[object], T]) -> T:
        self._pace.wait(FIRST_OF_ALL if call.urgent else self._moment())
        try:
            headers = admission.headers()
        except BaseException:
            self._pace.give_back()
            raise
        with self._lock:
            self.requests += 1
        if call.sending is not None:
            call.sending()
        began, answer = self._clock.now(), None
        try:
            answer = self._exchange(call, headers)
        finally:
            self._pace.count()
            status, request_id = 0, ""
            if answer is not None:
                status, request_id = answer.status, answers.hidden_id(answer, lambda text: self._hide(call, text))
            self._trace(Trace(call.method, call.path, status, self._clock.now() - began, request_id))
        if answer.date:
            self._date = answer.date, self._clock.now()
        return answers.read(answer, parse, lambda text: self._hide(call, text))

    def _hide(self, call: Call, text: str) -> str:
        """A server's text without the secrets that were sent to it: the server may repeat them."""
        return self._credential.hide(call.secret.hide(text) if call.secret else text)

    def _exchange(self, call: Call, headers: Mapping[str, str]) -> Answer:
        def work(session: requests.Session, permit: Permit) -> Answer:
            try:
                save = (lambda response: call.save(response, permit)) if call.save else None  # type: ignore[misc] # it is set
                return exchange(session, self._prepare(call, headers), call.seconds, save)
            except (ProxyError, SSLError):
                if sent():  # proxy and handshake had succeeded, so the request may have arrived
                    raise CustomVisionError(Kind.RESET, "the connection broke after the request was sent") from None
                raise

        return in_time(self._sessions, self._clock, call.seconds, work)

    def _prepare(self, call: Call, headers: Mapping[str, str]) -> dict[str, Any]:
        url = f"{self.origin}{call.path}{'?' + call.query if call.query else ''}"
        sent = {**headers, "Accept": "application/json", "User-Agent": "cvaction"}
        return {"method": call.method, "url": url, "headers": sent, "json": call.json, "files": call.files}

"""Raw requests that the product's own client would never send: a bad token, a missing parameter, a path in capitals.

Everything else goes through the client. A request is repeated only after a 429, which says that it was not done. The
answer is returned as it came.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from cvaction.clock import DeadlineExceededError
from cvaction.customvision import answers
from cvaction.customvision.connections import hold
from cvaction.customvision.errors import CustomVisionError, Kind
from cvaction.customvision.pace import Pace
from cvaction.customvision.reader import BASE
from cvaction.customvision.sending import TOTAL_SECONDS, exchange
from cvaction.customvision.session import new_session
from cvaction.customvision.transport import Call

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import requests

    from cvaction.clock import Clock, Permit
    from cvaction.customvision.answers import Answer
    from cvaction.customvision.credentials import Credential

_HTML = b"<"
_PAUSES = (1.5, 3.0, 6.0)
"""Seconds before a request is repeated after a 429: others use the resource, too."""


class SlowPace(Pace):
    """At most so many requests a second, evenly and one after the other: the resource may be in production use."""

    def __init__(self, clock: Clock, per_second: float) -> None:
        super().__init__(clock)
        self._now = clock.now
        self._sleep = clock.sleep
        self._pause = 1.0 / per_second
        self._next = 0.0

    def wait(self, moment: float | None = None) -> None:  # noqa: ARG002 - who asks first is served first
        """See Pace."""
        if (pause := self._next - self._now()) > 0:
            self._sleep(pause)

    def count(self) -> None:
        """See Pace."""
        self.hold(self._pause)

    def give_back(self) -> None:
        """See Pace."""

    def hold(self, seconds: float) -> None:
        """See Pace."""
        self._next = max(self._next, self._now() + seconds)


@dataclass(frozen=True)
class Look:
    """How an answer looks: its status, which of the four shapes it has, and its code."""

    status: int
    shape: str
    code: str
    message: str

    @property
    def value(self) -> str:
        """The look in the facts' spelling."""
        return " ".join(part for part in (str(self.status), self.shape, self.code) if part)


def look(answer: Answer) -> Look:
    """Read an answer's shape. A success has none."""
    if answer.body.lstrip()[:1] == _HTML:
        title = answers.refused(answer).message if answer.status >= 300 else ""  # noqa: PLR2004 - no success
        return Look(answer.status, "html", "", title)
    try:
        data: Any = json.loads(answer.body or b"null")
    except ValueError:
        return Look(answer.status, "other", "", "")
    shape, told = "other", data
    if isinstance(data, dict) and isinstance(data.get("error"), dict):
        shape, told = "gateway", data["error"]
    elif isinstance(data, dict) and "statusCode" in data:
        shape, told = "entra", {"code": data["statusCode"], "message": data.get("message")}
    elif isinstance(data, dict) and "code" in data:
        shape = "service"
    if shape == "other":
        return Look(answer.status, shape, "", "")
    return Look(answer.status, shape, str(told.get("code") or ""), str(told.get("message") or ""))


def payload(answer: Answer, operation: str) -> Any:  # noqa: ANN401 - what the body holds
    """The JSON of a good answer. Raises CustomVisionError for a refusal, and for a body that cannot be read."""
    told = look(answer)
    if answer.status >= 300:  # noqa: PLR2004 - no success
        raise CustomVisionError(
            kind_of(answer.status), told.message, operation=operation, status=answer.status, code=told.code
        )
    try:
        return json.loads(answer.body or b"null")
    except ValueError:
        raise CustomVisionError(Kind.UNREADABLE, "the body is no JSON", operation=operation) from None


def kind_of(status: int) -> Kind:
    """The kind of failure of a status."""
    if status == 429:  # noqa: PLR2004 - too many requests
        return Kind.THROTTLED
    return Kind.SERVER if status >= 500 or status == 408 else Kind.REFUSED  # noqa: PLR2004 - as the client has it


class Wire:
    """Sends raw requests to one resource."""

    def __init__(  # noqa: PLR0913 - everything it touches is a parameter
        self,
        origin: str,
        credential: Credential,
        *,
        clock: Clock,
        pace: Pace,
        sessions: Callable[[], requests.Session],
        unmeasured: Callable[[], requests.Session],
    ) -> None:
        self.origin = origin
        self.requests = 0
        self._credential = credential
        self._clock = clock
        self._pace = pace
        self._session = sessions
        self._unmeasured = unmeasured
        self._open: requests.Session | None = None

    def ask(  # noqa: PLR0913 - a request has many parts
        self,
        method: str,
        path: str,
        query: str = "",
        *,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        files: Mapping[str, tuple[str, bytes]] | None = None,
        base: str = BASE,
        hurried: bool = False,
        measured: bool = True,
        seconds: float = TOTAL_SECONDS,
    ) -> Answer:
        """Send one request. Raises CustomVisionError if no complete answer came.

        `headers` take the credential's place; `hurried`: without the pace; not `measured`: without Content-Length.
        """
        call = Call("probe", method, f"{base}{path}", repeatable=method == "GET")
        url = f"{self.origin}{base}{path}{'?' + query if query else ''}"
        request = {"method": method, "url": url, "json": body, "files": files}
        for pause in (*(() if hurried else _PAUSES), None):
            sent = {**(self._credential.admit(call).headers() if headers is None else headers)}
            request["headers"] = {**sent, "Accept": "application/json", "User-Agent": "cvaction"}
            answer = self._paced(request, seconds, measured=measured, hurried=hurried)
            if answer.status != HTTPStatus.TOO_MANY_REQUESTS or pause is None:
                break
            self._clock.sleep(pause)
        return answer

    def _paced(self, request: dict[str, Any], seconds: float, *, measured: bool, hurried: bool = False) -> Answer:
        if not hurried:
            self._pace.wait()
        self.requests += 1
        try:
            return self._send(request, seconds, measured=measured)
        finally:
            self._pace.count()

    def fetch(self, address: str) -> Answer:
        """Download a file from another host. No key and no token is sent there."""
        request = {"method": "GET", "url": address, "headers": {"User-Agent": "cvaction"}}
        return self._paced(request, TOTAL_SECONDS, measured=True)

    def _send(self, request: dict[str, Any], seconds: float, *, measured: bool) -> Answer:
        session = (self._open or self._session()) if measured else self._unmeasured()
        if measured:
            self._open = session

        def work(permit: Permit) -> Answer:
            hold(permit)
            return exchange(session, request, seconds)

        try:
            return self._clock.call(work, seconds)
        except DeadlineExceededError:
            self._open = None  # the abandoned thread keeps it
            raise CustomVisionError(Kind.TIMEOUT, f"no whole answer came within {seconds:.0f} s") from None
        except CustomVisionError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever breaks a request becomes one exception
            raise answers.broken(error) from None


class _Unmeasured:
    """Sends no Content-Length, which HTTP's own library adds to every POST."""

    def putheader(self, header: str, *values: Any) -> None:  # noqa: ANN401 - http.client's own signature
        if header.lower() != "content-length":
            super().putheader(header, *values)  # type: ignore[misc] # the next class in line is urllib3's


class _HTTP(_Unmeasured, HTTPConnection):  # type: ignore[misc] # urllib3's own signature is narrower
    pass


class _HTTPS(_Unmeasured, HTTPSConnection):  # type: ignore[misc] # urllib3's own signature is narrower
    pass


class _PoolHTTP(HTTPConnectionPool):
    ConnectionCls = _HTTP


class _PoolHTTPS(HTTPSConnectionPool):
    ConnectionCls = _HTTPS


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - requests' own signature
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PoolHTTP, "https": _PoolHTTPS}


def unmeasured_session() -> requests.Session:
    """A session whose POST has no Content-Length, else like the product's own."""
    session = new_session()
    for scheme in ("https://", "http://"):
        session.mount(scheme, _Adapter())
    return session

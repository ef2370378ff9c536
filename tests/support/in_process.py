"""The action in this process: the real code from `main.run` down, a fake clock, and the emulator without a network.

A kill is an exception that nothing catches; a request after it would be a fault of the harness and is reported.
"""

from __future__ import annotations

import contextlib
import io
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import requests
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import ProtocolError

from cvaction.commands.promote import COMMAND
from cvaction.github.runner import Runner
from cvaction.main import run
from emulator import Fault, Faults, Request, Response
from emulator.api.routes import operation_of
from emulator.host.beside import Party
from emulator.host.blobs import BLOBS, BlobHost

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from cvaction.commands import Command
    from emulator import Emulator, Resource
    from emulator.host.identity_service import IdentityService
    from tests.support.fake_clock import FakeClock

REPOSITORY_ID = "1296269"
REQUEST_SECONDS = 0.02
HANG_SECONDS = 20.0  # what requests waits for a silent server before it gives up


class Killed(BaseException):
    """SIGKILL: the process is gone."""


class ReadTwiceError(BaseException):
    """An answer was read or given up before. No real answer would come, so nothing may catch this."""


class Recorder(Runner):
    """The real runner door; outputs and summary are kept instead of written to the runner's files."""

    def __init__(self) -> None:
        super().__init__({})
        self.outputs: dict[str, str] = {}
        self.summary = ""

    def set_output(self, name: str, value: str) -> None:
        self.outputs[name] = self.redact(value)

    def add_summary(self, markdown: str) -> None:
        self.summary += self.redact(markdown)


@dataclass(frozen=True)
class Result:
    """What one attempt left: `exit_code` is None after a kill."""

    exit_code: int | None
    outputs: dict[str, str]
    summary: str
    log: str

    @property
    def status(self) -> str:
        return self.outputs.get("status", "")

    @property
    def report(self) -> dict[str, Any]:
        report: dict[str, Any] = json.loads(self.outputs["report"])
        return report


@dataclass
class Wire:
    """Between the action and the emulator: counts the requests, and does to the n-th what `plan` says.

    Kinds: those of the emulator's faults, `kill-before`, `kill-after`, `hang-before`, `hang-after`, `drip`, and any
    callable, which is called before the request as a change of the world.
    """

    emulator: Emulator
    clock: FakeClock
    resources: Mapping[str, Resource | Party]
    plan: dict[int, Any] = field(default_factory=dict)
    count: int = 0
    dead: bool = False
    after_death: int = 0
    ahead: list[Sent] = field(default_factory=list)  # requests whose answers are not read yet
    identity: IdentityService | None = None  # what answers a party's requests

    def session(self, *, measured: bool = True) -> Any:
        return Session(self, measured=measured)

    def exchange(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Response:
        if self.dead:
            self.after_death += 1
            raise Killed
        number, self.count = self.count, self.count + 1
        self.clock.advance(REQUEST_SECONDS)
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        # Whatever the emulator calls its blob host: no test has to know it.
        blobs = origin == self.emulator.blob_origin or parts.netloc.endswith(".blob.core.windows.net")
        resource = Party(BLOBS) if blobs else self.resources[origin]
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        sent = {"Content-Length": str(len(body)), **headers}
        sent = {name: value for name, value in sent.items() if value}
        kind = self.plan.get(number)
        if kind is None:
            fault = self.emulator.faults.take(resource.name, method, parts.path, operation_of(method, parts.path))
            plain = fault and not (fault.seconds or fault.status or fault.location)
            kind = fault.kind if fault and plain else fault
        return self._do(kind, resource, Request(method, parts.path, query, sent, body))

    def _do(self, kind: Any, resource: Any, request: Request) -> Response:
        service: Any = self.emulator if hasattr(resource, "tier") else self.identity
        if resource.name == BLOBS:
            service = BlobHost(self.emulator)
        if callable(kind):
            kind(self)
            kind = None
        if kind is None:
            return service.handle(resource, request)  # type: ignore[no-any-return] # one of two services
        if isinstance(kind, str) and kind in {"kill-before", "reset-before", "hang-before", "hang"}:
            self._end(kind)
        if isinstance(kind, str) and kind in {"kill-after", "reset-after", "hang-after", "drip", "truncated"}:
            response: Response = service.handle(resource, request)
            if kind == "truncated":
                return Response(response.status, {**response.headers, "X-Truncated": "1"}, response.body[:-1])
            if kind == "drip":
                self.clock.advance(90.0)
                return response
            self._end(kind)
        fault = kind if isinstance(kind, Fault) else Fault(kind)
        answer = Faults.answer(fault, service, resource, request)
        assert answer is not None, kind
        return answer

    def _end(self, kind: str) -> None:
        if kind.startswith("kill"):
            self.dead = True
            raise Killed
        if kind.startswith("hang"):
            self.clock.advance(HANG_SECONDS)
            raise requests.exceptions.ReadTimeout
        raise requests.exceptions.ConnectionError(
            ProtocolError("Connection aborted.", ConnectionResetError(104, "reset"))
        )


class _Body(io.BytesIO):
    """What urllib3 has for an answer."""

    def __init__(self, answer: Response) -> None:
        super().__init__(answer.body)
        self.status = answer.status
        self.headers = CaseInsensitiveDict(answer.headers)
        self.truncated = "X-Truncated" in answer.headers

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        if not data and self.truncated:
            raise requests.exceptions.ChunkedEncodingError(
                ProtocolError("IncompleteRead(1 bytes read, 1 more expected)")
            )
        return data

    def read1(self, size: int | None = -1, /, **_: object) -> bytes:
        """For a file."""
        return self.read(size)

    def stream(self, size: int, **_: object) -> Iterator[bytes]:
        """For an answer that is not large."""
        while chunk := self.read(size):
            yield chunk


class Sent:
    """A request whose answer is read later. What breaks it is told then, too."""

    def __init__(self, wire: Wire, exchange: Callable[[], Response]) -> None:
        self._wire = wire
        self._answer: Response | None = None
        self._error: Exception | None = None
        wire.ahead.append(self)
        try:
            self._answer = exchange()
        except Exception as error:  # noqa: BLE001 - raised by `reply`
            self._error = error

    def reply(self) -> _Body:
        if self not in self._wire.ahead:
            raise ReadTwiceError
        self._wire.ahead.remove(self)
        if self._answer is None:
            assert self._error
            raise self._error
        return _Body(self._answer)

    def close(self) -> None:
        if self in self._wire.ahead:
            self._wire.ahead.remove(self)


class Session:
    def __init__(self, wire: Wire, *, measured: bool = True) -> None:
        self._wire = wire
        self._without = {} if measured else {"Content-Length": ""}

    def request(self, method: str, url: str, **options: Any) -> requests.Response:
        assert options["allow_redirects"] is False
        headers, body = {**options["headers"], **self._without}, b""
        if options.get("json") is not None:
            body = json.dumps(options["json"]).encode()
            headers["Content-Type"] = "application/json"
        elif options.get("data"):
            body = urlencode(options["data"]).encode()
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        elif options.get("files"):
            prepared = requests.Request(method, url, files=options["files"]).prepare()
            assert isinstance(prepared.body, bytes)
            body = prepared.body
            headers["Content-Type"] = prepared.headers["Content-Type"]
        return self._answered(method, url, headers, body)

    def ask(self, method: str, url: str, headers: Mapping[str, str], _timeout: object) -> Sent:
        return Sent(self._wire, lambda: self._wire.exchange(method, url, headers, b""))

    def asks(self, _url: str) -> bool:
        return True

    def fetch(self, method: str, url: str, headers: Mapping[str, str], _timeout: object) -> _Body:
        return _Body(self._wire.exchange(method, url, headers, b""))

    def _answered(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> requests.Response:
        answer = self._wire.exchange(method, url, headers, body)
        response = requests.Response()
        response.raw = _Body(answer)
        response.status_code, response.headers = answer.status, response.raw.headers
        return response


def attempt(wire: Wire, environ: Mapping[str, str], command: Command[Any, Any] | None = None) -> Result:
    """Run an action once; the one at the root unless another is named."""
    recorder, out = Recorder(), io.StringIO()
    code: int | None = None
    with contextlib.redirect_stdout(out), contextlib.suppress(Killed):
        code = run(environ, recorder, wire.clock, wire.session, command or COMMAND)
    return Result(code, recorder.outputs, recorder.summary, out.getvalue())


def environment(inputs: Mapping[str, str], *, run_id: str = "900", attempt_number: int = 1) -> dict[str, str]:
    """What the runner gives the action."""
    return {
        **{f"INPUT_{name.upper()}": value for name, value in inputs.items()},
        "GITHUB_REPOSITORY": "octo/release",
        "GITHUB_REPOSITORY_ID": REPOSITORY_ID,
        "GITHUB_RUN_ID": run_id,
        "GITHUB_RUN_ATTEMPT": str(attempt_number),
        "GITHUB_SHA": "0123456789abcdef0123456789abcdef01234567",
        "GITHUB_SERVER_URL": "https://github.com",
    }

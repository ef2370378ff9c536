"""One request on one connection, sent and read to its end in a given time. All that breaks becomes one kind of error."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from cvaction.clock import DeadlineExceededError
from cvaction.customvision import answers
from cvaction.customvision.answers import Answer
from cvaction.customvision.connections import hold
from cvaction.customvision.errors import CustomVisionError, Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    import requests

    from cvaction.clock import Clock, Permit
    from cvaction.customvision.session import Sessions
    from cvaction.customvision.streaming import Body

__all__ = ["CONNECT_SECONDS", "TOTAL_SECONDS", "exchange", "in_time"]

CONNECT_SECONDS, READ_SECONDS, TOTAL_SECONDS = 10.0, 15.0, 30.0
BODY_LIMIT = 32 * 1024 * 1024


def in_time(
    sessions: Sessions, clock: Clock, seconds: float, work: Callable[[requests.Session, Permit], Answer]
) -> Answer:
    """The answer that `work` gets with a session, within `seconds`. Raises CustomVisionError for every broken request.

    After the deadline the abandoned thread keeps the session. An answer that it still gets is ignored.
    """
    session = sessions.take()

    def held(permit: Permit) -> Answer:
        hold(permit)
        return work(session, permit)

    try:
        answer = clock.call(held, seconds)
    except DeadlineExceededError:
        raise CustomVisionError(Kind.TIMEOUT, f"no whole answer came within {seconds:.0f} s") from None
    except Exception as error:
        sessions.give_back(session)
        if isinstance(error, CustomVisionError):
            raise
        raise answers.broken(error) from None  # every broken request becomes one kind of exception
    sessions.give_back(session)
    return answer


def exchange(
    session: requests.Session,
    request: dict[str, Any],
    seconds: float,
    save: Callable[[Body], object] | None = None,
) -> Answer:
    """Send one request and read its answer to the end; the caller's clock bounds the whole. `save` takes a file."""
    timeout = (CONNECT_SECONDS, min(READ_SECONDS, seconds) if seconds <= TOTAL_SECONDS else seconds)
    with session.request(**request, timeout=timeout, allow_redirects=False, stream=True) as response:
        if response.status_code < HTTPStatus.OK:
            # The real answer is still to come, and the next request would get it. So this connection is closed.
            raise CustomVisionError(
                Kind.RESET, f"an interim answer ({response.status_code}) came in place of the answer"
            )
        if save is not None and response.status_code == HTTPStatus.OK:
            return Answer(response.status_code, response.headers, b"", save(response.raw))
        body = bytearray()
        for chunk in response.iter_content(65536):
            body += chunk
            if len(body) > BODY_LIMIT:
                raise CustomVisionError(Kind.UNREADABLE, "the answer is larger than any of the service's")
        if response.status_code == HTTPStatus.NO_CONTENT:
            body.clear()
        return Answer(response.status_code, response.headers, bytes(body))

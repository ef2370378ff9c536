"""What can go wrong between this machine and the service, as one exception."""

from __future__ import annotations

from enum import Enum

__all__ = ["CustomVisionError", "Kind", "MalformedError"]


class Kind(Enum):
    """Where a request failed. The kind decides whether the request may be repeated, and which text a person reads."""

    REFUSED = "refused"  # a 4xx: the service read the request and said no
    THROTTLED = "throttled"  # 429: not done, and may be repeated later
    SERVER = "server"  # a 5xx: it is unknown whether the work was done
    UNREADABLE = "unreadable"  # a 2xx whose body cannot be read
    REDIRECT = "redirect"  # a 3xx: never followed, because the key would be sent along
    DNS = "dns"
    CONNECT = "connect"
    TLS = "tls"
    CA_BUNDLE = "ca-bundle"  # REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE names something that is not a bundle
    PROXY = "proxy"
    SOCKS = "socks"  # a proxy of a kind that is not supported
    TIMEOUT = "timeout"  # sent, but no whole answer in time
    FILE = "file"  # what came could not be written on this machine
    RESET = "reset"  # the connection broke after the request may have been sent


class MalformedError(ValueError):
    """An answer that is JSON, but not as the API describes it."""


# The request may have been carried out although no good answer came.
_AMBIGUOUS = frozenset({Kind.SERVER, Kind.UNREADABLE, Kind.TIMEOUT, Kind.RESET})
# The service certainly did not carry out the request. It may do so the next time.
_UNSENT = frozenset({Kind.THROTTLED, Kind.DNS, Kind.CONNECT, Kind.PROXY})


class CustomVisionError(Exception):
    """A failed request: the four forms of error of the service, and every way to get no answer at all.

    `status`: the HTTP status; 0 without an answer. `code`: the service's or the gateway's code; may be empty.
    `request_id`: the `apim-request-id` that the vendor's support asks for.
    """

    def __init__(  # noqa: PLR0913 - a record of a failed request
        self,
        kind: Kind,
        message: str,
        *,
        operation: str = "",
        status: int = 0,
        code: str = "",
        request_id: str = "",
        host: str = "",
        label: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.operation = operation
        self.status = status
        self.code = code
        self.request_id = request_id
        self.host = host
        self.label = label
        self.retry_after = retry_after
        self.attempts = 1  # how often the request was sent
        self.credential = "key"  # what the request was sent with: a key or a token

    @property
    def ambiguous(self) -> bool:
        """Whether the work may have been done in spite of the error."""
        return self.kind in _AMBIGUOUS

    @property
    def unsent(self) -> bool:
        """Whether the work was certainly not done, so that even an import may be sent again."""
        return self.kind in _UNSENT

    @property
    def transient(self) -> bool:
        """Whether the same request may succeed a little later."""
        return self.ambiguous or self.unsent

    def __str__(self) -> str:
        shown = " ".join(part for part in (str(self.status or ""), self.code) if part)
        return f"{self.operation}: {shown + ': ' if shown else ''}{self.message}"

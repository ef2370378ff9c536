"""What counts as an endpoint, and which endpoints may get a key."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

__all__ = ["Endpoint", "family", "loopback", "parse_endpoint", "parse_origin"]

_LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
# Patterns as text: each is compiled when an endpoint needs it.
_REGIONAL = rf"{_LABEL}\.api\.cognitive\.(?:microsoft\.com|microsoft\.us|azure\.cn)"
_NAMED = rf"{_LABEL}\.cognitiveservices\.azure\.(?:com|us|cn)"
_DEFAULT_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True)
class Endpoint:
    """Scheme, host and port of a resource. `shared`: whether training and prediction have the same origin."""

    origin: str
    shared: bool

    @property
    def host(self) -> str:
        """Host and port, for a person to read."""
        return self.origin.partition("://")[2]


def parse_origin(text: str) -> str:
    """`https://host[:port]` in a uniform spelling. A path is cut off. Raises ValueError with the reason."""
    try:
        parts = urlsplit(text.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        parts, host, port = urlsplit(""), "", None
    if parts.scheme not in _DEFAULT_PORTS or not host or re.search(r"[\s\\\x00-\x1f]", text.strip()):
        msg = "is not a URL of the form https://HOST"
        raise ValueError(msg)
    if parts.username is not None or parts.password is not None:
        msg = "contains a user name: an endpoint is only https://HOST, and the key has its own input"
        raise ValueError(msg)
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}{'' if port in {None, _DEFAULT_PORTS[parts.scheme]} else f':{port}'}"


def parse_endpoint(text: str, trusted: frozenset[str], *, prediction: bool = False) -> Endpoint:
    """An endpoint that may get a key. Raises ValueError with the reason and the fix.

    The hosts are those of the vendor's documentation of endpoints. `trusted`: origins as `parse_origin` returns them.
    """
    origin = parse_origin(text)
    if not prediction and re.search(r"/customvision/v[^/]*/prediction\b", text, re.IGNORECASE):
        msg = (
            "is a prediction URL: give the endpoint of the training resource instead, without a path "
            "(Azure portal: the training resource, Keys and Endpoint)"
        )
        raise ValueError(msg)
    host = urlsplit(origin).hostname or ""
    if origin in trusted:
        return Endpoint(origin, shared=True)
    if origin.startswith("http://"):
        if loopback(host):
            return Endpoint(origin, shared=True)
        msg = f"would send the key unencrypted: use https, or list {origin} in trusted-endpoints"
        raise ValueError(msg)
    host = host.removesuffix(".")  # of a full name; only here, because `localhost.` is looked up like any other name
    regional = re.fullmatch(_REGIONAL, host) is not None
    if urlsplit(origin).port is None and (regional or re.fullmatch(_NAMED, host)):
        return Endpoint(origin, shared=regional)
    msg = (
        f"is not a host of Azure Cognitive Services: the key would go to an unknown host. "
        f"If {origin} is your own gateway, list it in trusted-endpoints"
    )
    raise ValueError(msg)


def family(origin: str) -> str:
    """The vendor's family that a host belongs to, whatever its scheme and port: `regional`, `named`, or empty."""
    host = (urlsplit(origin).hostname or "").removesuffix(".")
    return "regional" if re.fullmatch(_REGIONAL, host) else "named" if re.fullmatch(_NAMED, host) else ""


def loopback(host: str) -> bool:
    """Whether a host is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

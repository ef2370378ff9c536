"""Which hosts may be asked for a file. An answer of the service names the host.

A forged answer must not make this machine send requests to a stranger.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cvaction.customvision.endpoint import loopback, parse_origin

if TYPE_CHECKING:
    from cvaction.secret import Secret

__all__ = ["ForeignHostError", "check_host", "relative"]

# Azure Storage in the three clouds (documented endpoints of Blob Storage).
_STORAGE = re.compile(r"(?:[a-z0-9-]+\.)+blob\.core\.(?:windows\.net|usgovcloudapi\.net|chinacloudapi\.cn)")


class ForeignHostError(Exception):
    """An address on an unknown host. `origin` is safe to show, and empty if the address is not valid."""

    def __init__(self, origin: str) -> None:
        super().__init__(f"a file has an address at {origin}" if origin else "a file has an invalid address")
        self.origin = origin


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

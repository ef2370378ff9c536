"""Which Entra ID belongs to an endpoint, and what a token for it is called."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Cloud", "cloud_of"]


@dataclass(frozen=True)
class Cloud:
    """Where a token is asked for, and what for."""

    authority: str
    scope: str


PUBLIC = Cloud("https://login.microsoftonline.com", "https://cognitiveservices.azure.com/.default")
# The scopes of the two national clouds follow from the first one's: see docs/unverified.md.
_NATIONAL = {
    (".azure.us", ".microsoft.us"): Cloud(
        "https://login.microsoftonline.us", "https://cognitiveservices.azure.us/.default"
    ),
    (".azure.cn",): Cloud("https://login.partner.microsoftonline.cn", "https://cognitiveservices.azure.cn/.default"),
}


def cloud_of(host: str) -> Cloud:
    """The cloud of an endpoint's host, without its port; of a host that is not Azure's, the public one."""
    host = host.lower().removesuffix(".")
    return next((cloud for suffixes, cloud in _NATIONAL.items() if host.endswith(suffixes)), PUBLIC)

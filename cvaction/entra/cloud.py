"""The Entra ID that belongs to an endpoint, and the scope of a token for it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Cloud", "cloud_of"]


@dataclass(frozen=True)
class Cloud:
    """`authority`: the origin that gives tokens. `scope`: what a token is for."""

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
    """The cloud of an endpoint. `host`: without a port. A host that is not Azure's counts as the public cloud's."""
    host = host.lower().removesuffix(".")
    return next((cloud for suffixes, cloud in _NATIONAL.items() if host.endswith(suffixes)), PUBLIC)

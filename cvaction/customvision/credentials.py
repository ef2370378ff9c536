"""Credentials: each gives the header for a request, and hides its secrets in texts. A key is the first kind.

Only the transport of one origin uses a credential, and only that transport's requests get the header.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cvaction.customvision.errors import CustomVisionError
    from cvaction.customvision.transport import Call
    from cvaction.secret import Secret

__all__ = ["Admission", "Credential", "KeyCredential"]


class Admission(Protocol):
    """The credential of one call with all its repetitions."""

    def headers(self) -> Mapping[str, str]:
        """The headers of the next attempt. Raises CustomVisionError if there are none."""

    def again(self, error: CustomVisionError) -> float | None:
        """Seconds until the call is repeated because of the credential. None if the credential is not the reason."""


class Credential(Protocol):
    """The key or the identity that asks a resource."""

    kind: str  # "key" or "token": it decides which texts fit a refusal

    def admit(self, call: Call) -> Admission:
        """The credential for one call."""

    def hide(self, text: str) -> str:
        """The text without the secrets that the credential has sent."""


class KeyCredential:
    """A training key: the same for every request, and never renewed."""

    kind = "key"

    def __init__(self, key: Secret) -> None:
        self._key = key

    def admit(self, _call: Call) -> Admission:
        """See Credential."""
        return self

    def headers(self) -> Mapping[str, str]:
        """See Admission."""
        return {"Training-Key": self._key.reveal()}

    def again(self, _error: CustomVisionError) -> float | None:
        """See Admission."""
        return None

    def hide(self, text: str) -> str:
        """See Credential."""
        return self._key.hide(text)

"""What lets a request in: an object that gives its header, and hides itself in texts. The key is the first kind.

A credential is asked by the transport of one origin alone, and its header goes into that transport's requests alone.
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
    """The way in for one call, with all its repetitions."""

    def headers(self) -> Mapping[str, str]:
        """The headers of the next attempt; raises CustomVisionError where there are none."""

    def again(self, error: CustomVisionError) -> float | None:
        """Seconds before the call is made once more because of the credential, or None: it is not the reason."""


class Credential(Protocol):
    """Who asks the resource."""

    kind: str  # "key" or "token": which texts fit a refusal

    def admit(self, call: Call) -> Admission:
        """The way in for a call."""

    def hide(self, text: str) -> str:
        """A text without the secrets that the credential has sent."""


class KeyCredential:
    """A training key: the same for every request, and nothing to renew."""

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

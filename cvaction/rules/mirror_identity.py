"""W and R of a mirror's projects (docs/protocol.md, 9.1)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cvaction.rules.names import Identity, digest

if TYPE_CHECKING:
    from cvaction.rules.mark import Mark

__all__ = ["MIRROR", "MirrorIdentity", "identify_mirror"]

MIRROR = "mirror"  # part of W, so that no promotion has the same W; also in the mark


@dataclass(frozen=True)
class MirrorIdentity:
    """W and R of a mirror's projects. `between`: the repository's id and both origins. `names`: target-project-names."""

    between: tuple[str, ...]
    names: str
    run: str
    repeatable: bool

    def work(self, source_id: str) -> Identity:
        """W and R of one source project. W depends on the source's id, not its name: a renamed source is the same work."""
        return Identity(digest(8, *self.between, MIRROR, source_id, self.names), self.run, self.repeatable)

    def made(self, mark: Mark | None) -> bool:
        """Whether this mirror wrote the mark, in any run."""
        return mark is not None and mark.work == self.work(mark.source).work


def identify_mirror(between: tuple[str, ...], names: str, run_id: str, *choices: str) -> MirrorIdentity:
    """The identity of a mirror's run. Without a run id a second start looks like another run."""
    if not run_id:
        return MirrorIdentity(between, names, secrets.token_hex(3), repeatable=False)
    return MirrorIdentity(between, names, digest(6, run_id, *choices), repeatable=True)

"""Projects as other people's software made them: the emulator answers with fields left out, or with other values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulator.api import call, operations, tags

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from types import ModuleType

    import pytest

ABSENT = object()
"""In the place of a field's value: the field is left out."""


class Rows:
    """Changes what the emulator tells of projects, tags and iterations, in listings and one by one."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch

    def alter(self, *ids: str, **changes: Any) -> None:
        """Change the projects of these ids, or all where none is given."""
        self._patch("project_json", ids, changes)

    def alter_tags(self, **changes: Any) -> None:
        """Change all tags."""
        self._patch("tag_json", (), changes)

    def alter_iterations(self, *ids: str, **changes: Any) -> None:
        """Change the iterations of these ids, or all where none is given."""
        self._patch("iteration_json", ids, changes)

    def _patch(self, name: str, ids: Collection[str], changes: dict[str, Any]) -> None:
        for module in (call, operations, tags):
            if hasattr(module, name):
                self._patch_in(module, name, ids, changes)

    def _patch_in(self, module: ModuleType, name: str, ids: Collection[str], changes: dict[str, Any]) -> None:
        original: Callable[..., dict[str, Any]] = getattr(module, name)

        def altered(*arguments: Any) -> dict[str, Any]:
            row = original(*arguments)
            if ids and row["id"] not in ids:
                return row
            return {key: value for key, value in {**row, **changes}.items() if value is not ABSENT}

        self._monkeypatch.setattr(module, name, altered)

"""The probe's record of what it made, on this machine. It is written before and after each step: a kill loses nothing.

Each step is a line of JSON. The file contains ids; facts.json does not.
"""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


class Journal:
    """The runs of this machine, and the projects that they made and have not yet deleted."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.runs: set[str] = set()
        self._origins: set[str] = set()
        self.made: dict[str, set[str]] = {}
        self._unanswered = 0  # requests that make a project, and whose answer gave no id
        for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
            self._take(line)

    @property
    def unsure(self) -> bool:
        """Whether a project may have been made whose id is not known: only a listing could show such a project.

        Each request makes at most one project. An id in an answer settles one request; a refusal settles none.
        """
        return self._unanswered > 0

    def begin(self, run: str, origins: Iterable[str]) -> None:
        """Record a run and its resources before it makes anything. Raises OSError if that cannot be written."""
        self.runs.add(run)
        self._origins.update(origins)
        self._write({"run": run, "on": sorted(origins)})

    def intend(self) -> None:
        """Record that a project is about to be made: its id is not known yet."""
        self._unanswered += 1
        self._write({"intended": True})

    def note(self, origin: str, project_id: str) -> None:
        """Record the id of a project that was made."""
        self.made.setdefault(origin, set()).add(project_id)
        self._unanswered -= 1
        self._write({"made": project_id, "on": origin})

    def gone(self, origin: str, project_id: str) -> None:
        """Record that a project does not exist any more."""
        if project_id in self.made.get(origin, ()):
            self.made[origin].discard(project_id)
            with suppress(OSError):  # without the line the next probe looks once more, which is harmless
                self._write({"gone": project_id, "on": origin})

    def end(self, origins: Iterable[str]) -> None:
        """Remove the journal, if it names no other resources: everything that was made is deleted."""
        if self._origins <= set(origins):
            self.runs.clear()
            self.made.clear()
            self._path.unlink(missing_ok=True)

    def owns(self, origin: str, project_id: str) -> bool:
        """Whether a run of this journal has made the project."""
        return project_id in self.made.get(origin, ())

    def _write(self, line: dict[str, Any]) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    def _take(self, line: str) -> None:
        """Read a line. A line that a kill has cut is ignored."""
        try:
            told = json.loads(line)
        except ValueError:
            return
        if not isinstance(told, dict):
            return
        if "run" in told:
            self.runs.add(str(told["run"]))
            self._origins.update(map(str, told.get("on") or ()))
        elif "made" in told:
            self.made.setdefault(str(told.get("on")), set()).add(str(told["made"]))
            self._unanswered -= 1
        elif "gone" in told:
            self.made.get(str(told.get("on")), set()).discard(str(told["gone"]))
        elif "intended" in told:
            self._unanswered += 1

"""Which projects are the probe's own, and how they are deleted.

A project is own if this journal knows its id. It is also own if it has the name's beginning *and* the mark in its
description, of a run of this journal, or of another probe and is older than two hours. Nothing else is ever touched.
"""

from __future__ import annotations

import re
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from cvaction.customvision.codes import IS_PUBLISHED
from cvaction.customvision.errors import CustomVisionError
from cvaction.customvision.models import IMPORTING, Project

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from conformance.probe.journal import Journal
    from conformance.probe.side import Side
    from cvaction.clock import Clock

PREFIX: Final = "cvaction probe "
MARK: Final = "cvaction-probe run="
ABANDONED: Final = timedelta(hours=2)
"""The age at which another probe's project is a leftover."""
_RUN: Final = re.compile(rf"{MARK}([0-9a-f]{{8}})")
_LOOKS, _LOOK_PAUSE = 4, 3.0  # like the product, for projects that a listing does not show yet
_HIDDEN_SECONDS: Final = 60.0
"""How long the probe waits for the description of an import."""


def run_of(project: Project) -> str:
    """The run that made a project, by its name and description; empty if no probe made it."""
    if not project.name.strip().startswith(PREFIX):
        return ""
    found = _RUN.search(project.description)
    return found.group(1) if found else ""


def owned(project: Project, origin: str, journal: Journal, now: datetime) -> bool:
    """Whether a project may be deleted."""
    if journal.owns(origin, project.id):
        return True
    run = run_of(project)
    if not run:
        return False
    return run in journal.runs or (project.created is not None and project.created < now - ABANDONED)


class Cleaner:
    """Deletes the own projects on one side."""

    def __init__(self, side: Side, journal: Journal, clock: Clock, say: Callable[[str], None]) -> None:
        self._side = side
        self._journal = journal
        self._clock = clock
        self._say = say

    def clean(self, keep: Iterable[str] = (), *, thoroughly: bool = True) -> int:
        """Delete all own projects except `keep`; returns how many could not be deleted.

        `thoroughly`: list repeatedly if a project may have been made whose id is not known, because a listing may not
        show it yet. A project whose id is known is read by this id, so one look is enough.
        """
        kept, left = set(keep), set()
        looks = _LOOKS if thoroughly and self._journal.unsure else 1
        for number in range(looks):
            if number:
                self._clock.sleep(_LOOK_PAUSE)
            for project in self._candidates(kept):
                if self.delete(project.id):
                    left.discard(project.id)
                else:
                    left.add(project.id)
        return len(left)

    def _candidates(self, kept: set[str]) -> list[Project]:
        side, journal = self._side, self._journal
        rows = {row.id: row for row in self._listing()}
        for project_id in journal.made.get(side.origin, set()) - kept:
            if project_id in rows:
                continue
            project = side.client.find_project(project_id)  # a lagging listing may not show it
            if project is None:
                journal.gone(side.origin, project_id)
            else:
                rows[project_id] = project
        now = side.client.time()
        return [row for row in rows.values() if row.id not in kept and owned(row, side.origin, journal, now)]

    def _listing(self) -> tuple[Project, ...]:
        """A listing in which every own import shows its description, or the last one after a minute."""
        until = self._clock.now() + _HIDDEN_SECONDS
        while True:
            rows = self._side.listing()
            hidden = [row for row in rows if row.status == IMPORTING and not row.description]
            ours = [row for row in hidden if any(row.name.startswith(PREFIX + run) for run in self._journal.runs)]
            if not ours or self._clock.now() >= until:
                return rows
            self._clock.sleep(_LOOK_PAUSE)

    def delete(self, project_id: str) -> bool:
        """Delete an own project; False if that failed."""
        client = self._side.client
        try:
            try:
                client.delete_project(project_id)
            except CustomVisionError as error:
                if error.status not in {HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT} and error.code != IS_PUBLISHED:
                    raise
                for iteration in client.get_iterations(project_id):
                    if iteration.publish_name:
                        client.unpublish_iteration(project_id, iteration.id)
                client.delete_project(project_id)
        except CustomVisionError as error:
            self._say(f"A project of a probe could not be deleted: {error}")
            return False
        self._journal.gone(self._side.origin, project_id)
        return True

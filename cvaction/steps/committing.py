"""The commit: the mark is written and read back while the copy is still unnamed (protocol, step 7)."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from cvaction.copy_errors import ImportVanishedError, MarkRefusedError
from cvaction.customvision.errors import CustomVisionError, Kind
from cvaction.job import quoted
from cvaction.mark import described, mark_of

if TYPE_CHECKING:
    from cvaction.customvision.models import Project
    from cvaction.job import Job
    from cvaction.mark import Mark


def commit(job: Job, project: Project, mark: Mark) -> Project:
    """Write the mark and read it back; a refused or cut one is written again without URL and commit.

    This tries UpdateProject before anything old is touched. Raises MarkRefusedError, the name unchanged.
    """
    refusal = "The service cut the description."
    for short in (False, True):
        now = job.target.find_project(project.id)
        if now is None:
            msg = f"The copy {quoted(project)} was proved, and now the target resource does not know it."
            raise ImportVanishedError(msg)
        try:
            job.target.update_project(now, name=now.name, description=described(now.description, mark, short=short))
        except CustomVisionError as error:
            if error.kind is not Kind.REFUSED or error.status != HTTPStatus.BAD_REQUEST:
                raise
            refusal = str(error)
            continue
        read = job.target.get_project(project.id)
        found = mark_of(read)
        if found is not None and found.line(short=short) == mark.line(short=short):
            return read
    msg = f"The proved copy {quoted(project)} could not be marked: {refusal}"
    raise MarkRefusedError(msg)

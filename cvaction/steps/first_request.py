"""The first request, sent before the rest of the program is loaded, which it would have to wait for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cvaction.job import Job
    from cvaction.steps.own_work import OwnWork


def look_for_own_work(job: Job) -> OwnWork:
    """What this run has made already, looked for before anything else (protocol, step 1); nothing without a target."""
    if job.target_side is None:
        from cvaction.steps.own_work import OwnWork  # noqa: PLC0415 - the source is asked first

        return OwnWork()
    with job.stage("look for own work"):
        listing = job.target.get_projects()
        from cvaction.steps.own_work import own_work_in  # noqa: PLC0415 - only after the first request

        return own_work_in(job, listing)

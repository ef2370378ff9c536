"""A restore from its first line to its last (docs/restore.md; the steps are those of docs/protocol.md).

In this order, so that whatever is killed can be run again: the backup is verified; own work is looked for; the resource
is looked at; the project is made under its own name and filled; every image is compared; the mark is written; the
project gets its name; then it is trained and published. Until it has its mark a re-run fills the same project again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cvaction.commands.restore import plan
from cvaction.commands.restore.backup import Backup, open_backup
from cvaction.commands.restore.completing import Completer
from cvaction.commands.restore.creating import adopt, create, remove_twins
from cvaction.commands.restore.own import Own, State, find_own, remove_dead, remove_unfinished
from cvaction.commands.restore.tagging import make_tags, set_augmentation
from cvaction.commands.restore.training import metrics_before, metrics_now, shown, trained
from cvaction.commands.restore.uploading import Uploader, refusal_text
from cvaction.customvision.project_reader import ProjectReader
from cvaction.failures.restore_errors import DomainMissingError, RestoreNameTakenError, RestoreVanishedError
from cvaction.github.text import one_line
from cvaction.job import listed, quoted
from cvaction.rules.names import same_name
from cvaction.rules.restored_mark import RestoredMark, restored_mark_of
from cvaction.status import Status
from cvaction.steps.committing import commit
from cvaction.steps.publishing import publish
from cvaction.steps.renaming import check_free_name, take_free_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cvaction.commands.restore.inputs import Inputs
    from cvaction.commands.restore.outputs import Restored
    from cvaction.customvision.models import Iteration, Project
    from cvaction.job import Job


def opened(job: Job, inputs: Inputs, facts: Restored) -> Backup:
    """The backup, verified before anything is asked of the service."""
    with job.stage("verify backup"):
        backup = open_backup(inputs.path, inputs.project_name, job.clock, job.say)
    facts.backup_project_id, facts.backup_sha256 = backup.manifest.id, backup.sha256
    facts.not_restored = tuple(plan.not_restored(backup))
    for twin in list(backup.twins.values())[:1]:
        _tell_twins(job, backup, twin.row.id)
    return backup


def _tell_twins(job: Job, backup: Backup, example: str) -> None:
    twins = backup.twins.values()
    differ, dropped = sum(twin.differ for twin in twins), sum(twin.dropped for twin in twins)
    text = f"{len(twins):,} pictures are in the backup more than once (such as {example}); a project keeps each once."
    if differ:
        text += f" {differ:,} of them have different labels: the restored image gets all of them."
    if dropped:
        text += (
            f" For {dropped:,} it cannot: there the labels of the oldest labelled one are restored, the others are not."
        )
    job.warn("The backup holds pictures twice", text)


def restore(job: Job, inputs: Inputs, facts: Restored, backup: Backup) -> Status:
    """Restore, or plan it; returns the status."""
    with job.stage("look at target"):
        listing = job.target.get_projects()
        job.memory.strangers = frozenset(row.id for row in listing)
        copies = find_own(job, listing)
        for copy in copies:
            job.say(f"This run has made {quoted(copy.project)} already: {copy.state.name.lower()}.")
        best = copies[0] if copies else None
        if best is None or best.state is State.UNFINISHED:
            _check_target(job, inputs, backup, listing, copies)
    if inputs.dry_run:
        return _plan(job, inputs, backup, best)
    if best is not None and best.state is State.FINISHED:
        project = _checked_name(job, best.project, backup)
    elif best is not None and best.state is State.COMMITTED:
        project = _named(job, best.project, backup)
    else:
        project = _filled(job, inputs, facts, backup, copies)
    _tell_counts(job, facts, backup)
    if inputs.train:
        _train(job, inputs, facts, backup, project)
    with job.stage("finish"):
        remove_dead(job, job.target.get_projects())
    job.say(f"{quoted(project)} is restored.")
    return Status.RESTORED


def _tell_counts(job: Job, facts: Restored, backup: Backup) -> None:
    facts.tag_count = len(backup.tags)
    if facts.image_count is None:  # finished by an earlier attempt, which compared it
        facts.image_count = job.target.tagged_image_count(facts.project_id) + job.target.untagged_image_count(
            facts.project_id
        )


def _check_target(job: Job, inputs: Inputs, backup: Backup, listing: Sequence[Project], copies: Sequence[Own]) -> None:
    """What cannot go well is told before anything is made; a decision to stop removes what is unfinished."""
    held = [row for row in listing if same_name(row.name, backup.name)]
    if inputs.if_exists == "fail" and held:
        if not inputs.dry_run:
            remove_unfinished(job, copies, "the restore stops before it is made")
        msg = f"The resource has {listed(held)[2:]} already."
        raise RestoreNameTakenError(msg)
    wanted = str(backup.settings.get("domainId") or "").lower()
    domains = ProjectReader(job.target).domains()
    if wanted and not any(domain.id == wanted and domain.enabled for domain in domains):
        if not inputs.dry_run:
            remove_unfinished(job, copies, "the restore stops before it is made")
        kind = "ObjectDetection" if backup.manifest.kind == "detection" else "Classification"
        offered = [one for one in domains if one.enabled and one.type in {kind, ""}]
        lines = "\n".join(f"- {one_line(one.name, 80)} ({one.id})" for one in offered) or "- none"
        name = one_line(str(backup.manifest.domain.get("name") or "unknown"), 80)
        msg = (
            f"The backed-up project has the domain '{name}' ({wanted}). For {backup.manifest.kind} there are:\n{lines}"
        )
        raise DomainMissingError(msg)


def _plan(job: Job, inputs: Inputs, backup: Backup, best: Own | None) -> Status:
    lines = list(plan.lines(backup, inputs))
    if best is not None:
        lines.insert(0, f"Go on with {quoted(best.project)}, which is {best.state.name.lower()}.")
    job.facts.plan = tuple(lines)
    for number, line in enumerate(lines, 1):
        job.say(f"{number}. {line}")
    return Status.PLANNED


def _filled(job: Job, inputs: Inputs, facts: Restored, backup: Backup, copies: Sequence[Own]) -> Project:
    with job.stage("make project"):
        project = adopt(job, backup, copies) or create(job, backup)
        project = set_augmentation(job, backup, project)
        tags = make_tags(job, backup, project)
    with job.stage("upload"):
        uploader = Uploader(job, backup, project, tags, skip=inputs.skip_refused)
        facts.refused = uploader.landed.refused
        landed = uploader.run()
        if landed.refused:
            job.warn("Images were refused and left out", refusal_text(landed.refused, project.name))
    with job.stage("compare"):
        facts.image_count = Completer(job, backup, project, tags, landed).run()
        job.say(f"{facts.image_count:,} images are as the backup has them.")
    with job.stage("commit"):
        remove_twins(job, project)
        now = job.target.find_project(project.id)
        if now is None:
            job.facts.forget_project(project.id)
            msg = f"The project {quoted(project)} was filled, and now the resource does not know it."
            raise RestoreVanishedError(msg)
        marked = commit(job, now, _mark(job, now, backup), job.clock.now(), restored_mark_of)
    with job.stage("name"):
        return take_free_name(job, marked.project, backup.name, marked)


def _mark(job: Job, project: Project, backup: Backup) -> RestoredMark:
    context = job.context
    return RestoredMark(
        copy=project.id,
        work=job.work.work,
        run=job.work.run,
        restored=backup.manifest.id,
        manifest=backup.sha256,
        repository=context.repository_id,
        name=backup.name,
        url=context.url,
        commit=context.commit,
    )


def _named(job: Job, project: Project, backup: Backup) -> Project:
    with job.stage("name"):
        job.facts.tell_project(project)
        return take_free_name(job, project, backup.name)


def _checked_name(job: Job, project: Project, backup: Backup) -> Project:
    with job.stage("name"):
        job.facts.tell_project(project)
        return check_free_name(job, project, backup.name)


def _train(job: Job, inputs: Inputs, facts: Restored, backup: Backup, project: Project) -> None:
    facts.notes.append(f"The project {quoted(project)} itself is restored.")
    with job.stage("train"):
        iteration: Iteration = trained(job, project, inputs.wait_minutes)
        now = metrics_now(job, project, iteration)
        facts.metrics_now = (iteration.name, (now.precision, now.recall, now.average_precision))
        name, before = metrics_before(backup)
        if before:
            numbers = tuple(before.get(key) for key in ("precision", "recall", "averagePrecision"))
            facts.metrics_before = (name, numbers)
            job.say(shown(f"Before, '{one_line(name, 80)}'", numbers))
        job.say(shown(f"Now, '{one_line(iteration.name, 80)}'", facts.metrics_now[1]))
    if inputs.publish_name:
        with job.stage("publish"):
            publish(job, project, iteration, job.target.get_iterations(project.id))
    facts.notes.clear()

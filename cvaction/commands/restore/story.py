"""A restore from its first line to its last (docs/restore.md; the steps are those of docs/protocol.md).

In this order a killed run can always be run again. The backup is verified. The run looks for own work. The target is
checked. The project is made under its own name and filled. Every image is compared. The mark is written. The project
gets its name. The project is trained and published. Until the project has its mark, a re-run fills the same project
again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cvaction.commands.restore import plan
from cvaction.commands.restore.backup import Backup, open_backup
from cvaction.commands.restore.completing import Completer
from cvaction.commands.restore.creating import adopt, create, remove_twins
from cvaction.commands.restore.naming import check_name, give_name
from cvaction.commands.restore.own import Own, State, find_own, remove_dead, remove_unfinished
from cvaction.commands.restore.tagging import make_tags, set_augmentation
from cvaction.commands.restore.training import metrics_before, metrics_now, shown, trained
from cvaction.commands.restore.uploading import Uploader, refusal_text
from cvaction.customvision.errors import CustomVisionError
from cvaction.customvision.project_reader import ProjectReader
from cvaction.failures.restore_errors import DomainMissingError, RestoreNameTakenError, RestoreVanishedError
from cvaction.github.text import one_line
from cvaction.rules.names import same_name
from cvaction.rules.restored_mark import RestoredMark, restored_mark_of
from cvaction.status import Status
from cvaction.steps.committing import commit
from cvaction.steps.publishing import Publisher, Serving
from cvaction.telling import listed, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cvaction.clock import Clock
    from cvaction.commands.restore.inputs import Inputs
    from cvaction.commands.restore.outputs import Restored
    from cvaction.commands.restore.running import Running
    from cvaction.customvision.models import Iteration, Project
    from cvaction.telling import Narrator


def opened(inputs: Inputs, facts: Restored, clock: Clock, narrator: Narrator) -> Backup:
    """The backup, verified before anything is asked of the service."""
    with narrator.stage("verify backup"):
        backup = open_backup(inputs.path, inputs.project_name, clock, narrator.say)
    facts.backup_project_id, facts.backup_sha256 = backup.manifest.id, backup.sha256
    facts.not_restored = tuple(plan.not_restored(backup))
    if backup.twins:
        _tell_twins(narrator, backup)
    return backup


def _tell_twins(narrator: Narrator, backup: Backup) -> None:
    twins = list(backup.twins.values())
    differ, dropped = sum(twin.differ for twin in twins), sum(twin.dropped for twin in twins)
    example = twins[0].row.id
    text = f"{len(twins):,} pictures are in the backup more than once (such as {example}). A project keeps each once."
    if differ > dropped:
        text += f" {differ - dropped:,} of them have different labels: the restored image gets all the labels."
    if dropped:
        text += (
            f" {dropped:,} of them have labels that one image cannot have together: the restored image gets those of the "
            "oldest labelled one."
        )
    narrator.warn("The backup holds pictures twice", text)


def restore(run: Running, inputs: Inputs, facts: Restored, backup: Backup) -> Status:
    """Restore the backup, or print the plan of it; returns the status."""
    with run.narrator.stage("look at target"):
        listing = run.client.get_projects()
        run.memory.strangers = frozenset(row.id for row in listing)
        copies = find_own(run, listing)
        for copy in copies:
            run.narrator.say(f"This run has made {quoted(copy.project)} already: {copy.state.name.lower()}.")
        best = copies[0] if copies else None
        if best is None or best.state is State.UNFINISHED:
            _check_target(run, inputs, backup, listing, copies)
    if inputs.dry_run:
        return _plan(run, inputs, backup, best)
    if best is not None and best.state is not State.UNFINISHED:
        project = _named(run, inputs, best, backup)
    else:
        try:
            project = _filled(run, inputs, facts, backup, copies)
        except CustomVisionError:
            if facts.copy.project_id:
                facts.notes.append(
                    "The project is not finished. A re-run of this job (Re-run failed jobs) continues with it."
                )
            raise
    _tell_counts(run, facts, backup)
    if inputs.train:
        _train(run, inputs, facts, backup, project)
    with run.narrator.stage("finish"):
        remove_dead(run, run.client.get_projects())
    run.narrator.say(f"{quoted(project)} is restored.")
    return Status.RESTORED


def _tell_counts(run: Running, facts: Restored, backup: Backup) -> None:
    images = facts.copy.image_count
    if images is None:  # finished by an earlier attempt, which compared it
        project_id = facts.copy.project_id
        images = run.client.tagged_image_count(project_id) + run.client.untagged_image_count(project_id)
    facts.copy = replace(facts.copy, image_count=images, tag_count=len(backup.tags))


def _check_target(
    run: Running, inputs: Inputs, backup: Backup, listing: Sequence[Project], copies: Sequence[Own]
) -> None:
    """Raise what cannot succeed before anything is made. A decision to stop removes unfinished projects."""
    held = [row for row in listing if same_name(row.name, backup.name)]
    if inputs.if_exists == "fail" and held:
        if not inputs.dry_run:
            remove_unfinished(run, copies, "the name is taken, so the restore stops")
        msg = f"The resource has {listed(held)[2:]} already."
        raise RestoreNameTakenError(msg)
    wanted = str(backup.settings.get("domainId") or "").lower()
    domains = ProjectReader(run.client).domains()
    if wanted and not any(domain.id == wanted and domain.enabled for domain in domains):
        if not inputs.dry_run:
            remove_unfinished(run, copies, "the domain is not offered, so the restore stops")
        kind = "ObjectDetection" if backup.manifest.kind == "detection" else "Classification"
        offered = [one for one in domains if one.enabled and one.type in {kind, ""}]
        lines = "\n".join(f"- {one_line(one.name, 80)} ({one.id})" for one in offered) or "- none"
        name = one_line(str(backup.manifest.domain.get("name") or "unknown"), 80)
        msg = (
            f"The backed-up project has the domain '{name}' ({wanted}). For {backup.manifest.kind} there are:\n{lines}"
        )
        raise DomainMissingError(msg)


def _plan(run: Running, inputs: Inputs, backup: Backup, best: Own | None) -> Status:
    lines = list(plan.lines(backup, inputs))
    if best is not None:
        lines.insert(0, f"Continue with {quoted(best.project)}, which is {best.state.name.lower()}.")
    run.facts.plan = tuple(lines)
    for number, line in enumerate(lines, 1):
        run.narrator.say(f"{number}. {line}")
    return Status.PLANNED


def _filled(run: Running, inputs: Inputs, facts: Restored, backup: Backup, copies: Sequence[Own]) -> Project:
    with run.narrator.stage("make project"):
        project = adopt(run, backup, copies) or create(run, backup)
        project = set_augmentation(run, backup, project)
        tags = make_tags(run, backup, project)
    with run.narrator.stage("upload"):
        uploader = Uploader(run, backup, project, tags, skip=inputs.skip_refused)
        facts.refused = uploader.landed.refused
        landed = uploader.run()
        if landed.refused:
            run.narrator.warn("Images were refused and left out", refusal_text(landed.refused, project.name))
    with run.narrator.stage("compare"):
        count = Completer(run, backup, project, tags, landed).run()
        facts.copy = replace(facts.copy, image_count=count, tag_count=len(backup.tags))
        run.narrator.say(f"{count:,} images are as the backup has them.")
    with run.narrator.stage("commit"):
        remove_twins(run, project)
        now = run.client.find_project(project.id)
        if now is None:
            run.facts.forget_project(project.id)
            msg = f"The project {quoted(project)} was filled, and now the resource does not know it."
            raise RestoreVanishedError(msg)
        marked = commit(run.editor, now, _mark(run, now, backup), run.clock.now(), restored_mark_of)
    with run.narrator.stage("name"):
        return give_name(run, marked.project, backup.name, marked, expected=inputs.if_exists == "new")


def _mark(run: Running, project: Project, backup: Backup) -> RestoredMark:
    context = run.context
    return RestoredMark(
        copy=project.id,
        work=run.identity.work,
        run=run.identity.run,
        restored=backup.manifest.id,
        manifest=backup.sha256,
        repository=context.repository_id,
        name=backup.name,
        url=context.url,
        commit=context.commit,
    )


def _named(run: Running, inputs: Inputs, own: Own, backup: Backup) -> Project:
    """A project that an earlier attempt has filled and marked: it gets its name, or its name is checked once more."""
    expected = inputs.if_exists == "new"
    with run.narrator.stage("name"):
        run.facts.tell_project(own.project)
        if own.state is State.FINISHED:
            return check_name(run, own.project, backup.name, expected=expected)
        return give_name(run, own.project, backup.name, expected=expected)


def _train(run: Running, inputs: Inputs, facts: Restored, backup: Backup, project: Project) -> None:
    facts.notes.append(f"The project {quoted(project)} itself is restored.")
    with run.narrator.stage("train"):
        iteration: Iteration = trained(run, project, inputs.wait_minutes)
        now = metrics_now(run, project, iteration)
        facts.metrics_now = (iteration.name, (now.precision, now.recall, now.average_precision))
        name, before = metrics_before(backup)
        if before:
            numbers = tuple(before.get(key) for key in ("precision", "recall", "averagePrecision"))
            facts.metrics_before = (name, numbers)
            run.narrator.say(shown(f"Before, '{one_line(name, 80)}'", numbers))
        run.narrator.say(shown(f"Now, '{one_line(iteration.name, 80)}'", facts.metrics_now[1]))
    if inputs.publish_name:
        with run.narrator.stage("publish"):
            # The prediction URL is not reported: no input gives the prediction resource's endpoint.
            serving = Serving(inputs.publish_name, inputs.prediction_resource_id, "")
            publisher = Publisher(run.client, run.narrator, facts, run.memory, serving)
            publisher.publish(project, iteration, run.client.get_iterations(project.id))
    facts.notes.clear()

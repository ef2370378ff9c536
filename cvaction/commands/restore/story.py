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
from cvaction.commands.restore.own import Own, State, find_own, of_state, remove_dead, remove_unfinished
from cvaction.commands.restore.tagging import make_tags, set_augmentation
from cvaction.commands.restore.training import metrics_before, metrics_now, shown, trained
from cvaction.commands.restore.trying import try_name
from cvaction.commands.restore.uploading import Filling, Uploader, refusal_text
from cvaction.customvision.errors import CustomVisionError
from cvaction.customvision.project_reader import ProjectReader
from cvaction.failures.restore_errors import DomainMissingError, RestoreNameTakenError, RestoreVanishedError
from cvaction.github.text import one_line
from cvaction.plural import counted
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
    from cvaction.commands.restore.training import Trainer
    from cvaction.customvision.models import Iteration, Project
    from cvaction.customvision.reader import ReadingClient
    from cvaction.github.context import RunContext
    from cvaction.outcome.ledger import Facts
    from cvaction.rules.names import Identity
    from cvaction.steps.editor import Editor
    from cvaction.steps.removing import Remover
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
    text = f"{counted(len(twins), 'picture is', 'pictures are')} in the backup more than once (such as {example}). "
    text += "A project keeps each once."
    if differ > dropped:
        text += f" {counted(differ - dropped, 'of them has', 'of them have')} different labels: "
        text += "the restored image gets all the labels."
    if dropped:
        text += (
            f" {counted(dropped, 'of them has', 'of them have')} labels that one image cannot have together: "
            "the restored image gets those of the oldest labelled one."
        )
    narrator.warn("The backup holds pictures twice", text)


def restore(run: Running, inputs: Inputs, backup: Backup) -> Status:
    """Restore the backup, or print the plan of it; returns the status."""
    client, narrator, facts = run.client, run.narrator, run.facts
    with narrator.stage("look at target"):
        listing = client.get_projects()
        run.memory.strangers = frozenset(row.id for row in listing)
        copies = of_state(find_own(run.finder, listing), backup.sha256, run.context.attempt)
        for copy in copies:
            narrator.say(f"This run has made {quoted(copy.project)} already: {copy.state.name.lower()}.")
        best = copies[0] if copies else None
        if best is None or best.state is State.UNFINISHED:
            _check_target(run.remover, inputs, backup, listing, copies)
    if best is not None and best.mark and best.mark.manifest != backup.sha256:
        narrator.warn(
            "The project was restored from another state of the backup",
            f"An earlier attempt of this run has restored {quoted(best.project)} from a backup whose manifest.json has another "
            "sha256. The project is left as it is. To restore the present backup, start a new run.",
        )
    if inputs.dry_run:
        return _plan(narrator, facts, inputs, backup, best)
    if best is not None and best.state is not State.UNFINISHED:
        project = _named(run.editor, best, backup.name, expected=inputs.if_exists == "new")
    else:
        try:
            project = _filled(run, inputs, backup, copies)
        except CustomVisionError:
            if facts.copy.project_id:
                facts.notes.append(
                    "The project is not finished. A re-run of this job (Re-run failed jobs) continues with it."
                )
            raise
    _tell_counts(client, facts, backup)
    if inputs.train:
        facts.notes.append(f"The project {quoted(project)} itself is restored.")
        iteration = _train(run.trainer, facts, backup, project, inputs.wait_minutes)
        # The prediction URL is not reported: no input gives the prediction resource's endpoint.
        serving = Serving(inputs.publish_name, inputs.prediction_resource_id, "")
        _publish(Publisher(client, narrator, facts, run.memory, serving), project, iteration)
        facts.notes.clear()
    with narrator.stage("finish"):
        remove_dead(run.remover, run.identity, client.get_projects())
    narrator.say(f"{quoted(project)} is restored.")
    return Status.RESTORED


def _tell_counts(client: ReadingClient, facts: Facts, backup: Backup) -> None:
    images = facts.copy.image_count
    if images is None:  # finished by an earlier attempt, which compared it
        project_id = facts.copy.project_id
        images = client.tagged_image_count(project_id) + client.untagged_image_count(project_id)
    facts.copy = replace(facts.copy, image_count=images, tag_count=len(backup.tags))


def _check_target(
    remover: Remover, inputs: Inputs, backup: Backup, listing: Sequence[Project], copies: Sequence[Own]
) -> None:
    """Raise what cannot succeed before anything is made. A decision to stop removes unfinished projects."""
    held = [row for row in listing if same_name(row.name, backup.name)]
    if inputs.if_exists == "fail" and held:
        if not inputs.dry_run:
            remove_unfinished(remover, copies, "the name is taken, so the restore stops")
        msg = f"The resource has {listed(held)[2:]} already."
        raise RestoreNameTakenError(msg)
    wanted = str(backup.settings.get("domainId") or "").lower()
    domains = ProjectReader(remover.client).domains()
    if wanted and not any(domain.id == wanted and domain.enabled for domain in domains):
        if not inputs.dry_run:
            remove_unfinished(remover, copies, "the domain is not offered, so the restore stops")
        kind = "ObjectDetection" if backup.manifest.kind == "detection" else "Classification"
        offered = [one for one in domains if one.enabled and one.type in {kind, ""}]
        lines = "\n".join(f"- {one_line(one.name, 80)} ({one.id})" for one in offered) or "- none"
        name = one_line(str(backup.manifest.domain.get("name") or "unknown"), 80)
        msg = (
            f"The backed-up project has the domain '{name}' ({wanted}). For {backup.manifest.kind} there are:\n{lines}"
        )
        raise DomainMissingError(msg)


def _plan(narrator: Narrator, facts: Facts, inputs: Inputs, backup: Backup, best: Own | None) -> Status:
    lines = list(plan.lines(backup, inputs))
    if best is not None:
        lines.insert(0, f"Continue with {quoted(best.project)}, which is {best.state.name.lower()}.")
    facts.plan = tuple(lines)
    for number, line in enumerate(lines, 1):
        narrator.say(f"{number}. {line}")
    return Status.PLANNED


def _filled(run: Running, inputs: Inputs, backup: Backup, copies: Sequence[Own]) -> Project:
    client, clock, narrator, facts = run.client, run.clock, run.narrator, run.facts
    with narrator.stage("make project"):
        project = adopt(run.remover, backup, copies) or create(run.maker, backup)
        project = try_name(run.editor, run.remover, run.identity, backup, project)
        project = set_augmentation(client, narrator, backup, project)
        filling = Filling(backup, project, make_tags(run.remover, backup, project))
    with narrator.stage("upload"):
        uploader = Uploader(client, clock, narrator, filling, skip=inputs.skip_refused)
        facts.refused = uploader.landed.refused
        landed = uploader.run()
        if landed.refused:
            narrator.warn("Images were refused and left out", refusal_text(landed.refused, project.name))
    with narrator.stage("compare"):
        count = Completer(client, clock, narrator, filling, landed).run()
        facts.copy = replace(facts.copy, image_count=count, tag_count=len(backup.tags))
        narrator.say(f"{counted(count, 'image is', 'images are')} as in the backup.")
    with narrator.stage("commit"):
        remove_twins(run.maker, project, backup)
        now = client.find_project(project.id)
        if now is None:
            facts.forget_project(project.id)
            msg = f"The project {quoted(project)} was filled, and now the resource does not know it."
            raise RestoreVanishedError(msg)
        mark = _mark(run.context, run.identity, now, backup)
        marked = commit(run.editor, now, mark, clock.now(), restored_mark_of)
    with narrator.stage("name"):
        return give_name(run.editor, marked.project, backup.name, marked, expected=inputs.if_exists == "new")


def _mark(context: RunContext, identity: Identity, project: Project, backup: Backup) -> RestoredMark:
    return RestoredMark(
        copy=project.id,
        work=identity.work,
        run=identity.run,
        restored=backup.manifest.id,
        manifest=backup.sha256,
        repository=context.repository_id,
        name=backup.name,
        url=context.url,
        commit=context.commit,
    )


def _named(editor: Editor, own: Own, wanted: str, *, expected: bool) -> Project:
    """A project that an earlier attempt has filled and marked: it gets its name, or its name is checked once more."""
    with editor.narrator.stage("name"):
        editor.facts.record_project(own.project)
        if own.state is State.FINISHED:
            return check_name(editor, own.project, wanted, expected=expected)
        return give_name(editor, own.project, wanted, expected=expected)


def _train(trainer: Trainer, facts: Restored, backup: Backup, project: Project, minutes: float) -> Iteration:
    narrator = trainer.narrator
    with narrator.stage("train"):
        iteration = trained(trainer, project, minutes)
        now = metrics_now(trainer, project, iteration)
        if now is None:
            return iteration
        facts.metrics_now = (iteration.name, (now.precision, now.recall, now.average_precision))
        name, before = metrics_before(backup)
        if before:
            numbers = tuple(before.get(key) for key in ("precision", "recall", "averagePrecision"))
            facts.metrics_before = (name, numbers)
            narrator.say(shown(f"Before, '{one_line(name, 80)}'", numbers))
        narrator.say(shown(f"Now, '{one_line(iteration.name, 80)}'", facts.metrics_now[1]))
    return iteration


def _publish(publisher: Publisher, project: Project, iteration: Iteration) -> None:
    if publisher.name:
        with publisher.narrator.stage("publish"):
            publisher.publish(project, iteration, publisher.client.get_iterations(project.id))

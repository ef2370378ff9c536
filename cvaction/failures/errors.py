"""A class for each kind of failure: its texts, the status and the exit code.

This module has the base class, and the failures of the run itself: its inputs, names, gates, files and signals.
source_errors.py has those of the source, and copy_errors.py those that come after the export.
"""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, ClassVar

from cvaction.failures.wording import OWN_PULL_REQUESTS, Texts
from cvaction.github.text import one_line
from cvaction.plural import counted
from cvaction.status import Status

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence


class Failure(Exception):  # noqa: N818 - the base of the classes below, each an error by its name
    """A run that fails. `happened` is the fact of this run. The other texts are the same for every run."""

    texts: Texts
    status: ClassVar[Status] = Status.FAILED

    def __init__(self, happened: str, *, code: str = "", request_id: str = "") -> None:
        super().__init__(happened)
        self.happened = happened
        self.code = code
        self.request_id = request_id
        self.notes: list[str] = []

    @property
    def exit_code(self) -> int:
        """The code that the container ends with."""
        return self.status.exit_code()

    def fit(self, inputs: Collection[str]) -> None:
        """Advise only what an action with these inputs can do."""
        self.texts = self.texts.within(inputs)

    def text(self) -> str:
        """The whole text for a person: what happened, the likely cause, what to do, and ids for support."""
        parts = [self.happened, *self.notes]
        if self.texts.cause:
            parts.append(f"Likely cause: {self.texts.cause}")
        parts.append(f"What to do: {self.texts.fix}")
        evidence = [f"service code {self.code}"] if self.code else []
        if self.request_id:
            evidence.append(f"request id {self.request_id}")
        if evidence:
            parts.append(f"For support: {', '.join(evidence)}.")
        return "\n".join(parts)


class InputError(Failure):
    """Inputs that are wrong, are missing or contradict each other. One failure lists all of them."""

    texts = Texts(
        "The inputs are wrong",
        "a typing mistake, or a variable or secret that is empty in this workflow.",
        "correct the inputs named above under `with:`. Endpoints and ids belong in `vars`, keys in `secrets` "
        "(Settings > Secrets and variables > Actions). A job with `environment:` gets those of that environment.",
    )

    def __init__(self, problems: Sequence[str], *, fork: bool = False) -> None:
        shown = "\n".join(f"- {problem}" for problem in problems)
        super().__init__(f"{counted(len(problems), 'problem')} with the inputs:\n{shown}")
        self.problems = tuple(problems)
        if fork and any("-key: is required" in f"-{problem}" for problem in problems):
            self.notes.append(
                "This run is a pull request. From a fork (and for Dependabot) all secrets are empty: skip the step with "
                f"`if: {OWN_PULL_REQUESTS}`."
            )


class NameTakenError(Failure):
    """`if-exists: fail`, and the name is taken."""

    texts = Texts(
        "The target already has a project of that name",
        "that project was promoted or made earlier, and with `if-exists: fail` the run then stops.",
        "set `if-exists: replace` to give the name to the new copy, `new` to keep both, or choose another "
        "target-project-name.",
        ("if-exists", "target-project-name"),
        "rename or delete that project at customvision.ai, then re-run this job.",
    )


class OneResourceError(Failure):
    """`replace` or `sync` would rename the source itself."""

    texts = Texts(
        "Source and target are the same project",
        "both endpoints lead to one resource, and the copy is to take the source's own name.",
        "correct target-endpoint and target-key, or set target-project-name to another name.",
        ("target-project-name",),
        "correct target-endpoint and target-key.",
    )


class GateMissedError(Failure):
    """A gate was missed: nothing was exported."""

    status = Status.GATED
    texts = Texts(
        "The model missed a gate",
        "the chosen iteration is worse than the bounds of this workflow allow.",
        "train a better iteration, or choose another with `iteration`. To promote this one anyway, "
        "give the reason as `gate-override: <why>`. The report contains the reason.",
        ("iteration", "gate-override"),
        "train a better iteration, then re-run this job.",
    )


class GateUnreadableError(Failure):
    """A gate was asked for that cannot be computed."""

    texts = Texts(
        "A gate cannot be computed",
        "the service has no such metric for one of the iterations (some have no average precision).",
        "leave that gate out, or choose an iteration that has the metric (customvision.ai, Performance).",
    )


class WorkflowFileError(Failure):
    """The runner's file for outputs cannot be written: before the first request or, rarely, at the end."""

    texts = Texts(
        "The runner's files cannot be written",
        "a full disk on the runner, or a container hook or an option that does not bring the runner's folder "
        "into the action's container.",
        "make sure that the runner's disk has room, and that the folder in GITHUB_OUTPUT exists and can be written in the "
        "container (docs/self-hosted.md). Then re-run this job: it goes on with the copy, if there is one already.",
    )


class RunCancelledError(Failure):
    """A SIGINT or a SIGTERM ended the run. An import was left as it is."""

    status = Status.CANCELLED
    texts = Texts(
        "The promotion was cancelled",
        "somebody cancelled the workflow, or the job reached its `timeout-minutes`.",
        "re-run this job (Re-run failed jobs): it goes on where this one stopped. If the job's own time limit "
        "ended this one, raise `timeout-minutes` above `wait-minutes`.",
    )

    def __init__(self, happened: str, *, signum: int) -> None:
        super().__init__(happened)
        self._signum = signum

    @property
    def exit_code(self) -> int:
        """The exit code: each signal has its own."""
        return self.status.exit_code(self._signum)


class CommandError(Failure):
    """The container was started with a command that it does not have."""

    texts = Texts(
        "The action has no such command",
        "the image is of another version than the action.yml that starts it, or `args` were given by hand.",
        "use one of this repository's actions at a release's commit, and give no `args` of your own.",
    )


class BugError(Failure):
    """Something that this action did not foresee."""

    texts = Texts(
        "A fault in this action",
        "a case that the authors did not foresee.",
        "re-run with debug logging, and open an issue with the log. Keys and tokens are masked in the log.",
    )

    @classmethod
    def of(cls, error: Exception) -> BugError:
        """The failure for an unexpected exception. It names the place where the exception was raised."""
        last = traceback.extract_tb(error.__traceback__)[-1]
        text = one_line(str(error), 200)
        return cls(f"{type(error).__name__} in {last.name}, line {last.lineno}: {text}")

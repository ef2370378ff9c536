"""The result of one step: its exit code, the bytes that it printed and the files that it wrote."""

from __future__ import annotations

from dataclasses import dataclass

from runner_double.file_commands import SUMMARY_LIMIT, FileCommandError, parse_pairs
from runner_double.log_commands import Annotation, StepLog, split_lines


@dataclass(frozen=True)
class StepResult:
    """What a workflow, and a person who reads its page, get from one step."""

    exit_code: int  # as a shell has it: 128 + n after signal n
    seconds: float
    outputs: dict[str, str]
    state: dict[str, str]
    environment: dict[str, str]  # what the step wrote to GITHUB_ENV
    path: list[str]
    summary: str
    log: str  # as a user sees it: masked, commands rendered
    raw: bytes  # as the process wrote it
    files: dict[str, bytes]  # the file commands, as the process wrote them
    masks: list[str]
    annotations: list[Annotation]
    dropped_annotations: list[Annotation]
    groups: list[str]
    debug: list[str]
    unexpected_commands: list[str]
    runner_errors: list[str]

    @property
    def conclusion(self) -> str:
        """`success` or `failure`: a bad file command fails a step that exited with 0."""
        return "success" if self.exit_code == 0 and not self.runner_errors else "failure"

    @property
    def lost_between_jobs(self) -> list[str]:
        """The outputs that another job would not see, because they contain a masked value."""
        return [name for name, value in self.outputs.items() if any(mask in value for mask in self.masks if mask)]

    @property
    def written(self) -> bytes:
        """Every byte that left the process through the log or a file command."""
        return b"\n".join([self.raw, *self.files.values()])

    def messages(self, level: str) -> list[str]:
        """The annotations of a level, title and message on one line each."""
        return [f"{a.title}: {a.message}" for a in self.annotations if a.level == level]


def read_result(*, exit_code: int, seconds: float, raw: bytes, files: dict[str, bytes], log: StepLog) -> StepResult:
    """Read the log first, as the runner does: its masks then hold for the summary."""
    for line in split_lines(raw):
        log.feed(line)
    pairs = {name: _pairs(name, files[name], log) for name in ("GITHUB_OUTPUT", "GITHUB_STATE", "GITHUB_ENV")}
    return StepResult(
        exit_code=exit_code,
        seconds=seconds,
        outputs=log.outputs | pairs["GITHUB_OUTPUT"],
        state=log.state | pairs["GITHUB_STATE"],
        environment=pairs["GITHUB_ENV"],
        path=[line for line in split_lines(files["GITHUB_PATH"]) if line],
        summary=_summary(files["GITHUB_STEP_SUMMARY"], log),
        log="".join(f"{line}\n" for line in log.lines),
        raw=raw,
        files=files,
        masks=log.masker.values,
        annotations=log.annotations,
        dropped_annotations=log.dropped_annotations,
        groups=log.groups,
        debug=log.debug,
        unexpected_commands=log.unexpected_commands,
        runner_errors=log.runner_errors,
    )


def _pairs(name: str, data: bytes, log: StepLog) -> dict[str, str]:
    pairs: dict[str, str] = {}
    try:
        # One by one: the lines before a bad line are valid.
        for key, value in parse_pairs(data.decode("utf-8", "replace")):
            pairs[key] = value  # noqa: PERF403 - a comprehension would lose those before the error
    except FileCommandError as error:
        command = name.removeprefix("GITHUB_").lower()
        log.fail(f"Unable to process file command '{command}' successfully. {error}")
    return pairs


def _summary(data: bytes, log: StepLog) -> str:
    if len(data) > SUMMARY_LIMIT:
        log.complain(
            f"$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of {SUMMARY_LIMIT // 1024}k,"
            f" got {len(data) // 1024}k."
        )
        return ""
    return "".join(f"{log.masker.mask(line)}\n" for line in split_lines(data))

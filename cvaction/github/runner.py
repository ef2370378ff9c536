"""The only way to the workflow: actions-toolkit's `core`, made safe.

Everything that is printed goes through here. Foreign text loses its commands, and known secrets become `***`.
"""

from __future__ import annotations

import io
import os
import stat
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from actions_toolkit import core

from cvaction.github.text import one_line, safe_lines
from cvaction.secret import SHORTEST_MASK

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from cvaction.secret import Secret

__all__ = ["ANNOTATIONS_A_KIND", "ANNOTATION_LIMIT", "SUMMARY_LIMIT", "Runner"]

ANNOTATION_LIMIT = 4096  # characters of an annotation; the runner cuts the rest silently
ANNOTATIONS_A_KIND = 10  # annotations of each kind in a step; the runner drops the rest silently
SUMMARY_LIMIT = 1024 * 1024  # bytes; the runner drops a larger summary whole
_CUT = "\n… (cut here; the whole is in the log)"


def _lines_to_hide(secret: str) -> list[str]:
    return [line for line in map(str.strip, secret.splitlines()) if len(line) >= SHORTEST_MASK]


def _try_to_write(path: str) -> None:
    """Raise OSError if nothing can be appended. Writes an empty line, and removes it at once.

    The runner makes the file. If the file is missing, its folder is not the runner's, and nobody would read a new one.
    """
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        before = os.fstat(handle)
        os.write(handle, b"\n")  # a full disk shows only now
        if stat.S_ISREG(before.st_mode):
            os.ftruncate(handle, before.st_size)
    finally:
        os.close(handle)


class Runner:
    """Log, annotations, masks, outputs and summary of one step. Any thread may print, and lines never mix.

    Groups can mix: a line of another thread is printed into an open group (see KeptLog).
    """

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        self._environ = os.environ if environ is None else environ
        self._secrets: dict[str, None] = {}
        self._patterns: list[re.Pattern[str]] = []
        self._warnings = 0
        self._output_problem = ""
        self._lock = threading.RLock()
        if hasattr(sys.stdout, "reconfigure"):
            # A lone surrogate in a tag's name must not end the run.
            sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)

    @property
    def debugging(self) -> bool:
        """Whether the user asked for debug lines."""
        return self._environ.get("RUNNER_DEBUG") == "1"

    def mask(self, secret: Secret) -> None:
        """Hide a secret in everything that is printed later, in each spelling that can occur."""
        with self._lock:
            for form in secret.forms():
                for line in _lines_to_hide(form):
                    if line not in self._secrets:
                        self._print(core.set_secret, line)
                        self._secrets[line] = None
            if (pattern := secret.pattern()) and pattern not in self._patterns:
                self._patterns.append(pattern)
            self._secrets |= {line: None for trace in secret.traces() for line in _lines_to_hide(trace)}

    def _print(self, write: Callable[..., None], *texts: str, **fields: str) -> None:
        """Print with the toolkit. A log that cannot be written does not end the run: outputs and summary are files."""
        try:
            with self._lock:
                write(*texts, **fields)
        except (OSError, ValueError, AttributeError):  # a broken pipe, a full disk; a closed output; none at all
            sys.stdout = io.StringIO()

    def redact(self, text: str) -> str:
        """The text without any known secret. So a text has none when it leaves the process: the runner masks it later."""
        with self._lock:
            secrets, patterns = sorted(self._secrets, key=len, reverse=True), tuple(self._patterns)
        for secret in secrets:
            text = text.replace(secret, "***")
        for pattern in patterns:
            text = pattern.sub("***", text)
        return text

    def _line(self, text: str, limit: int = 300) -> str:
        # Twice: `one_line` drops characters, and one of them may have been inside a secret.
        return self.redact("".join(safe_lines(one_line(self.redact(text), limit))))

    def _lines(self, text: str) -> list[str]:
        return [self.redact(line) for line in safe_lines(self.redact(text))]

    def info(self, text: str = "") -> None:
        """Print lines to the log."""
        lines = self._lines(text)
        with self._lock:
            for line in lines:
                self._print(core.info, line)

    def debug(self, text: str) -> None:
        """Print a line that is shown only while debugging."""
        self._print(core.debug, self._line(text, 1000))

    @contextmanager
    def group(self, title: str) -> Iterator[None]:
        """Fold what is printed inside under a title."""
        self._print(core.start_group, self._line(title))
        try:
            yield
        finally:
            self._print(core.end_group)

    def closed_group(self, title: str, lines: Iterable[tuple[bool, str]]) -> None:
        """Print a group at once, with no other line in between. With each line: whether it shows only while debugging."""
        with self._lock, self.group(title):
            for hidden, line in lines:
                (self.debug if hidden else self.info)(line)

    def error(self, title: str, text: str) -> None:
        """The one annotation of a failed run."""
        self._print(core.error, self._annotation(text), title=self._line(title, 120))

    def warning(self, title: str, text: str) -> None:
        """An annotation for a warning. After the tenth annotation, a plain line."""
        with self._lock:
            self._warnings += 1
            number = self._warnings
        if number > ANNOTATIONS_A_KIND:
            self.info(f"warning: {self._line(title, 120)}: {text}")
        else:
            self._print(core.warning, self._annotation(text), title=self._line(title, 120))

    def _annotation(self, text: str) -> str:
        shown = "\n".join(self._lines(text))
        return shown if len(shown) <= ANNOTATION_LIMIT else shown[: ANNOTATION_LIMIT - len(_CUT)] + _CUT

    def output_problem(self) -> str:
        """Why the runner's file for outputs cannot be written; empty if it can. The file is left as it was."""
        path = self._environ.get("GITHUB_OUTPUT")
        try:
            if path:
                _try_to_write(path)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            self._output_problem = f"GITHUB_OUTPUT names {one_line(str(path), 200)}, which cannot be written: {reason}."
        return self._output_problem

    def set_output(self, name: str, value: str) -> None:
        """Set an output for the next step. Outside a runner, print it."""
        if self._output_problem:
            raise OSError(self._output_problem)  # do not try again: a pipe that nobody reads would block now
        shown = self.redact(value)
        if self._environ.get("GITHUB_OUTPUT"):
            core.set_output(name, shown.encode("utf-8", "backslashreplace").decode())
        else:
            self.info(f"output {name}={shown}")

    def add_summary(self, markdown: str) -> None:
        """Append to the job summary. If it is too large for the runner, it is cut with a note."""
        path = self._environ.get("GITHUB_STEP_SUMMARY")
        if not path:
            return
        data = self.redact(markdown).encode("utf-8", "backslashreplace")
        if len(data) >= SUMMARY_LIMIT:
            note = "\n\n… (cut: a job summary holds 1 MiB)\n".encode()
            data = data[: SUMMARY_LIMIT - len(note) - 1].decode("utf-8", "ignore").encode() + note
        with open(path, "ab") as file:  # noqa: PTH123 - loading pathlib would delay the start
            file.write(data)

"""What an end-to-end test plays on: two resources over HTTP, a trained source project, and a runner."""

from __future__ import annotations

import base64
import json
import re
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from cvaction.commands.promote import OUTPUT_NAMES
from emulator import Behaviour, Emulator, Fault, Server
from runner_double.double import RunnerDouble

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Self

    from emulator import LoggedRequest, Project, Resource
    from runner_double.double import RunningStep
    from runner_double.step_result import StepResult

NAME = "Shelf classifier"
PNG = b"\x89PNG\r\n\x1a\n a very small picture"
JPEG = b"\xff\xd8\xff\xe0 another picture \r\n--with awkward bytes\x00"

EXIT_CODES = {"promoted": 0, "unchanged": 0, "planned": 0, "importing": 75, "gated": 1, "failed": 1}
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_DEADLINE = 30.0  # seconds that a request is waited for before the test gives up


class Stage:
    """A development resource with a source project, a production resource with a foreign one, and a runner.

    Every run that comes to its end is held against what the contract promises of each run, whatever its outcome.
    """

    def __init__(self, folder: Path, *, tier: str = "S0", kind: Any = "classification") -> None:
        self.behaviour = Behaviour(import_seconds=0.2)
        self.emulator = Emulator(seed=1, behaviour=self.behaviour)
        self.dev = self.emulator.add_resource("development")
        self.prod = self.emulator.add_resource("production", tier=tier)
        self.source = self.emulator.add_project(
            self.dev,
            NAME,
            kind=kind,
            description="Which product is on the shelf.",
            tags={"Coffee": 4, "Tea": 3},
            untagged=2,
            negative="Empty shelf",
            iterations=("Iteration 1", "Iteration 2"),
        )
        self.foreign = self.emulator.add_project(self.prod, "Parcel classifier", tags={"Whole": 3})
        self.runner = RunnerDouble(folder)
        self.server = Server(self.emulator)
        self._before = self._snapshot(self.prod, self.foreign)

    def __enter__(self) -> Self:
        self.server.__enter__()
        return self

    def __exit__(self, *exception: object) -> None:
        self.server.__exit__(*exception)

    def endpoint(self, resource: Resource) -> str:
        return self.server.endpoint(resource.name)

    # The action

    def inputs(self, **overrides: str | None) -> dict[str, str]:
        """The smallest whole set of inputs, with changes: `target_key="x"`; None leaves an input out."""
        values: dict[str, str | None] = {
            "source-endpoint": self.endpoint(self.dev),
            "source-key": self.dev.training_key,
            "target-endpoint": self.endpoint(self.prod),
            "target-key": self.prod.training_key,
            "source-project-id": self.source.id,
        }
        values |= {name.replace("_", "-"): value for name, value in overrides.items()}
        return {name: value for name, value in values.items() if value is not None}

    def publishing(self, name: str = "shelf") -> dict[str, str]:
        """The two inputs that publish."""
        return {"publish_name": name, "prediction_resource_id": self.prod.prediction_resource_id}

    def run(self, *, env: Any = None, **overrides: str | None) -> StepResult:
        """Run the action to its end, and check all that is promised of any run."""
        with self.start(env=env, **overrides) as step:
            return self.ended(step)

    def start(self, *, env: Any = None, **overrides: str | None) -> RunningStep:
        return self.runner.start(self.inputs(**overrides), env=env)

    def ended(self, step: RunningStep, timeout: float = 60) -> StepResult:
        """The result of a step that ends by itself within the timeout, checked."""
        result = step.wait(timeout)
        self.check(result)
        return result

    def promoted(self, *, run_id: str = "", **overrides: str | None) -> Project:
        """Promote, in a run of its own if its id is given, and return the copy."""
        if run_id:
            self.runner.run_id, self.runner.attempt = run_id, 1
        result = self.run(**overrides)
        assert result.outputs["status"] == "promoted", result.log
        return self.copy(result)

    def copy(self, result: StepResult) -> Project:
        """The project that a run gave, as the target has it."""
        return self.prod.projects[result.outputs["project-id"]]

    @contextmanager
    def killed_at(self, fault: Fault, **overrides: str | None) -> Iterator[None]:
        """Run the action until it is at a request that is never answered, and kill it there."""
        self.emulator.faults.add(fault)
        with self.start(**overrides) as step:
            self.wait_for_fault(step)
            step.kill()
            self.check_secrets(step.wait())
        self.emulator.faults.clear()
        self.runner.attempt += 1
        yield

    # The world

    def fail(self, kind: str, operation: str | None = None, **fields: Any) -> None:
        """Plan a fault of the service."""
        self.emulator.faults.add(Fault(kind, operation, **fields))

    def log(self, *, method: str = "", operation: str = "", resource: Resource | None = None) -> list[LoggedRequest]:
        """The requests that arrived, filtered."""
        return [
            entry
            for entry in list(self.emulator.log)
            if method in {"", entry.method}
            and operation in {"", entry.operation}
            and (resource is None or resource.name == entry.resource)
        ]

    def copies(self) -> list[Project]:
        """What the target holds beside the foreign project, oldest first."""
        return [project for project in self.prod.projects.values() if project.id != self.foreign.id]

    def names(self) -> list[str]:
        return sorted(project.name for project in self.copies())

    def wait_for_fault(self, step: RunningStep) -> None:
        """Return when the last planned fault has happened."""
        self.wait_until(lambda: not self.emulator.faults.planned, step)

    def wait_for_request(self, step: RunningStep, operation: str) -> None:
        """Return when a request has arrived."""
        self.wait_until(lambda: bool(self.log(operation=operation)), step)

    @staticmethod
    def wait_until(happened: Any, step: RunningStep) -> None:
        end = time.monotonic() + _DEADLINE
        while not happened():
            assert step.process.poll() is None, f"ended too early:\n{step.wait().log}"
            assert time.monotonic() < end, "never happened"
            time.sleep(0.01)

    def end_import(self, project: Project) -> None:
        """The service comes to the end of an import that was never to end."""
        with self.emulator.lock:
            assert project.job is not None
            project.job.done = self.emulator.now()

    # What is promised of every run

    def check(self, result: StepResult) -> None:
        """Outputs, exit code, annotations, commands and secrets of a run that came to its end."""
        self.check_secrets(result)
        self.check_nothing_lost()
        assert set(result.outputs) == set(OUTPUT_NAMES), result.log
        status = result.outputs["status"]
        if status == "cancelled":
            assert result.exit_code in {130, 143}, result.log
        else:
            assert result.exit_code == EXIT_CODES[status], result.log
        errors = [annotation for annotation in result.annotations if annotation.level == "error"]
        assert len(errors) == (0 if result.exit_code == 0 else 1), result.log
        for error in errors:
            assert error.title
            assert "Likely cause: " in error.message
            assert "What to do: " in error.message
            assert error.title != "A fault in this action", error.message
        assert result.summary.startswith("## "), result.summary
        assert f"Result: {status} after " in result.log
        self.check_report(result)

    @staticmethod
    def check_report(result: StepResult) -> None:
        """The report is one line of JSON that says what the outputs say."""
        text = result.outputs["report"]
        report = json.loads(text)
        assert "\n" not in text
        for name in OUTPUT_NAMES[:-1]:
            value = report[name.replace("-", "_")]
            shown = "" if value is None else str(value).encode("utf-8", "backslashreplace").decode()
            assert result.outputs[name] == shown, name
        for name in ("project-id", "source-project-id", "iteration-id", "previous-project-id"):
            assert result.outputs[name] == "" or _UUID.fullmatch(result.outputs[name]), name

    def check_secrets(self, result: StepResult) -> None:
        """No secret, no traceback and no unexpected command in any byte, of a killed run too."""
        assert result.unexpected_commands == []
        assert result.runner_errors == []
        assert b"Traceback" not in result.written, result.log
        lines = re.split(rb"[\r\n]", result.written)
        written = b"\n".join(line for line in lines if not line.startswith(b"::add-mask::")).lower()
        for secret in self.secrets():
            for form in spellings(secret):
                assert form.lower().encode() not in written, f"a secret was written as {form!r}"

    def secrets(self) -> list[str]:
        """All keys and all export tokens."""
        keys = [key for resource in (self.dev, self.prod) for key in (resource.training_key, resource.training_key_2)]
        return [*keys, self.prod.prediction_key, *self.emulator.exports]

    def runner_masks(self, result: StepResult) -> list[str]:
        """Those of a run's masks that hide one of the secrets."""
        forms = {form for secret in self.secrets() for form in spellings(secret)}
        return [mask for mask in result.masks if mask in forms]

    def check_nothing_lost(self) -> None:
        """What is not this work's stays as it was."""
        assert self._snapshot(self.prod, self.foreign) == self._before

    @staticmethod
    def _snapshot(resource: Resource, project: Project) -> tuple[object, ...]:
        return (project.id in resource.projects, project.entry, project.content)


def spellings(secret: str) -> set[str]:
    """The forms in which a secret might slip out."""
    once = quote(secret, safe="")
    encoded = {base64.b64encode(b"x" * shift + secret.encode()).decode()[4 if shift else 0 : -4] for shift in range(3)}
    return {secret, once, quote(once, safe=""), quote(secret), json.dumps(secret)[1:-1], *encoded}

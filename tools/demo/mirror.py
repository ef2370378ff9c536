"""The second act: a mirror of six projects, of which one is up to date and one fails."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from emulator import Behaviour, Emulator, Fault, Server
from runner_double.double import RunnerDouble
from tools.demo.showing import as_yaml, show_result, title

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runner_double.step_result import StepResult

NAMES = ("Bottle classifier", "Can classifier", "Crate detector", "Label reader", "Pallet detector", "Shelf classifier")
UP_TO_DATE, FAILS = NAMES[0], NAMES[3]
IMPORT_SECONDS = 3.0
COUNTS = {"selected": "6", "copied": "4", "up-to-date": "1", "failed": "1", "importing": "0", "not-started": "0"}


def play() -> int:
    """Mirror. Returns 0 only if all expected projects were mirrored and the expected failure was reported."""
    behaviour = Behaviour(import_seconds=0)
    emulator = Emulator(seed=2, behaviour=behaviour)
    source, target = emulator.add_resource("west"), emulator.add_resource("north")
    projects = {name: emulator.add_project(source, name) for name in NAMES}
    with tempfile.TemporaryDirectory(prefix="cvaction-demo-") as folder, Server(emulator) as server:
        runner = RunnerDouble(Path(folder), action="mirror", args=("mirror",))
        inputs = {
            "source-endpoint": server.endpoint("west"),
            "source-key": source.training_key,
            "target-endpoint": server.endpoint("north"),
            "target-key": target.training_key,
        }
        runner.run({**inputs, "projects": UP_TO_DATE})  # last night's
        behaviour.import_seconds = IMPORT_SECONDS
        path = f"{projects[FAILS].id}/export"
        emulator.faults.add(Fault("code:BadRequestCustomerManagedKeyRevoked", path_contains=path, times=0))
        runner.run_id = "9000000002"
        title("A mirror: the step")
        print(as_yaml(inputs, secrets=(source.training_key, target.training_key)))
        result = runner.run(inputs)
        show_result(result)
        problems = list(what_is_wrong(result, [project.name for project in target.projects.values()]))
    for problem in problems:
        print(f"WRONG: {problem}")
    if not problems:
        print(
            f"\nDone: of 6 projects 4 were copied, 1 was up to date, and 1 failed and was told, in {result.seconds:.1f} s."
        )
    return 1 if problems else 0


def what_is_wrong(result: StepResult, names: list[str]) -> Iterator[str]:
    """What the mirror should have done and did not."""
    if result.outputs.get("status") != "incomplete":
        yield f"the status is {result.outputs.get('status')!r}, not 'incomplete'"
    wrong = {name: result.outputs.get(name) for name, number in COUNTS.items() if result.outputs.get(name) != number}
    if wrong:
        yield f"the counts are wrong: {wrong}"
    if result.unexpected_commands:
        yield f"the log holds commands that this action does not use: {result.unexpected_commands}"
    if sorted(names) != sorted(set(NAMES) - {FAILS}):
        yield f"the target holds {sorted(names)}"

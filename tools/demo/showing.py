"""How a step is shown: what it was given, its log, its outputs, its summary."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runner_double.step_result import StepResult

SHOWN = 600  # characters of an output


def as_yaml(inputs: dict[str, str], secrets: tuple[str, ...]) -> str:
    """The inputs as a workflow shows them, keys hidden."""
    return "\n".join(
        ["with:", *(f"  {name}: {'***' if value in secrets else value}" for name, value in inputs.items())]
    )


def title(text: str) -> None:
    """Print a headline."""
    bold, plain = ("\033[1m", "\033[0m") if sys.stdout.isatty() and not os.environ.get("NO_COLOR") else ("", "")
    print(f"\n{bold}=== {text} ==={plain}")


def show_result(result: StepResult) -> None:
    """Print what a user of the workflow sees."""
    title("Its log")
    print(result.log, end="")
    title("Its outputs")
    for name, value in result.outputs.items():
        print(f"{name} = {value if len(value) <= SHOWN else value[:SHOWN] + ' …'}")
    title("Its summary")
    print(result.summary, end="")
    title(f"Its end: {result.conclusion}, exit code {result.exit_code}, {result.seconds:.1f} s")

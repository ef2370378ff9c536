"""The first act: one promotion between two emulated resources."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests

from runner_double.double import REPOSITORY, RunnerDouble
from tools.demo.showing import as_yaml, show_result, title

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runner_double.step_result import StepResult

PROJECT = "Shelf classifier"
PUBLISH_NAME = "shelf"
IMPORT_SECONDS = 4
START_TIMEOUT = 20  # seconds until the emulator must be ready


def play() -> int:
    """Promote; 0 only if the promotion did all that it was asked for."""
    with tempfile.TemporaryDirectory(prefix="cvaction-demo-") as name:
        folder = Path(name)
        with emulator(folder) as resources:
            source, target = resources["development"], resources["production"]
            show_projects("The production resource before", target)
            inputs = workflow_inputs(source, target)
            title("The step")
            print(as_yaml(inputs, secrets=(source["training_key"], target["training_key"])))
            result = RunnerDouble(folder / "runner").run(inputs)
            show_result(result)
            projects = show_projects("The production resource after", target)
            problems = list(what_is_wrong(result, projects))
    for problem in problems:
        print(f"WRONG: {problem}")
    if not problems:
        print(f"\nDone: {PROJECT!r} was copied, proved and published as {PUBLISH_NAME!r} in {result.seconds:.1f} s.")
    return 1 if problems else 0


@contextmanager
def emulator(folder: Path) -> Iterator[dict[str, Any]]:
    """Start a development and a production resource in another process. Gives the emulator's description of them."""
    description = folder / "emulator.json"
    command = [
        *(sys.executable, "-m", "emulator", "--json", str(description)),
        *("--resource", "development", "--resource", "production", "--import-seconds", str(IMPORT_SECONDS)),
    ]
    process = subprocess.Popen(command, cwd=REPOSITORY, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + START_TIMEOUT
        while not description.exists():
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit("The emulator did not start: run `.venv/bin/python -m emulator` to see why.")
            time.sleep(0.05)
        yield json.loads(description.read_text(encoding="utf-8"))["resources"]
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)


def workflow_inputs(source: dict[str, Any], target: dict[str, Any]) -> dict[str, str]:
    """The `with:` of the step."""
    return {
        "source-endpoint": source["endpoint"],
        "source-key": source["training_key"],
        "source-project-name": PROJECT,
        "target-endpoint": target["endpoint"],
        "target-key": target["training_key"],
        "min-precision": "0.5",
        "publish-name": PUBLISH_NAME,
        "prediction-resource-id": target["prediction_resource_id"],
    }


def show_projects(headline: str, resource: dict[str, Any]) -> list[dict[str, Any]]:
    """Print and return what the resource holds, asked of the service itself."""
    base = f"{resource['endpoint']}/customvision/v3.3/training/projects"
    title(headline)
    projects: list[dict[str, Any]] = []
    with requests.Session() as session:
        session.trust_env = False
        session.headers["Training-Key"] = resource["training_key"]
        for project in session.get(base, timeout=10).json():
            url = f"{base}/{project['id']}"
            images = session.get(f"{url}/images/count", timeout=10).json()
            iterations = session.get(f"{url}/iterations", timeout=10).json()
            published = [iteration["publishName"] for iteration in iterations if iteration["publishName"]]
            projects.append({**project, "images": images, "published": published})
            print(f"{project['id']}  {project['status']:9}  {images:4} images  {project['name']}", end="")
            print(f"  (published: {', '.join(published)})" if published else "")
    return projects


def what_is_wrong(result: StepResult, projects: list[dict[str, Any]]) -> Iterator[str]:
    """A list of what the promotion should have done, but did not."""
    if result.conclusion != "success":
        yield f"the step ended with {result.conclusion}, exit code {result.exit_code}"
    if result.outputs.get("status") != "promoted":
        yield f"the status is {result.outputs.get('status')!r}, not 'promoted'"
    if result.unexpected_commands:
        yield f"the log holds commands that this action does not use: {result.unexpected_commands}"
    copies = [project for project in projects if project["id"] == result.outputs.get("project-id")]
    if not copies:
        yield "the project in the output project-id is not in the production resource"
    for copy in copies:
        if copy["name"] != PROJECT or copy["published"] != [PUBLISH_NAME]:
            yield f"the copy is named {copy['name']!r} and published as {copy['published']}"
        if str(copy["images"]) != result.outputs.get("image-count"):
            yield f"the copy has {copy['images']} images, the output says {result.outputs.get('image-count')}"
    if [project for project in projects if " [importing " in project["name"]]:
        yield "an unfinished import was left behind"

"""What must be true in the container. Each public function is a check. Its name and docstring say of what."""
# ruff: noqa: S101 - assert is how a check speaks

from __future__ import annotations

import re
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.e2e.stage import NAME, Stage
from tests.support.certificates import Company
from tests.support.documents import FOLDERS, action
from tests.support.hostile import TRACE, hostile_environment, plant_evil_modules, plant_netrc
from tests.support.loopback import Loopback, http
from tools.container.runner import ContainerRunner

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from runner_double.double import RunningStep
    from runner_double.step_result import StepResult
    from tools.container.engine import Engine
    from tools.container.image import Image

LARGEST_MB = 6.0
OBEYED_WITHIN = 5  # seconds, by the contract
MASKS = 3  # at least: two keys and the export token
UNCHECKED_HASH = 1  # flags of byte code that is never compared with its source
PACKAGES = {"actions_toolkit", "certifi", "charset_normalizer", "cvaction", "idna", "requests", "urllib3"}
_LIBRARY = re.compile(r"/usr/local/lib/python3\.\d+/(\w+/)*__pycache__/\w+\.cpython-3\d+\.pyc")
_SITE = re.compile(r"/usr/local/lib/python3\.\d+/site-packages/([^/]+)")


# Prints what has no byte code. The script's own imports come last.
_COMPILED = """
import sys
import cvaction.main, cvaction.commands.promote.story, cvaction.commands.promote.plan, cvaction.commands.promote.summary
import cvaction.rules.patterns, cvaction.commands.rollback.story
[load() for load in cvaction.commands.COMMANDS.values()]
import os
for module in list(sys.modules.values()):
    cached = getattr(getattr(module, "__spec__", None), "cached", None)
    if cached and not os.path.exists(cached) and "_distutils_hack" not in cached:  # the base's own
        print(module.__name__)
"""


@dataclass(frozen=True)
class Ground:
    """What a check uses."""

    engine: Engine
    image: Image
    folder: Path

    def stage(self) -> ContainerStage:
        """Two resources on this machine's loopback, and a runner that starts containers."""
        runner = ContainerRunner(self.folder / "runner", self.engine, self.image.name)
        stage = ContainerStage(self.folder / "double")
        stage.runner = stage.containers = runner
        return stage


class ContainerStage(Stage):
    """The stage of the end-to-end tests, in containers."""

    containers: ContainerRunner


# The image


def entrypoint_is_the_one_that_action_yml_names(ground: Ground) -> None:
    """Runners on Kubernetes start what action.yml names, Docker starts what the image says."""
    config = ground.image.config
    assert config["Entrypoint"] == [action()["runs"]["entrypoint"]]
    assert not config.get("User"), "the runner needs root"
    assert ground.image.added["/entrypoint.py"].startswith(b"#!/usr/local/bin/python3 -Iu\n")


def image_adds_little(ground: Ground) -> None:
    """The image is small."""
    assert ground.image.megabytes <= LARGEST_MB, f"{ground.image.megabytes:.2f} MB"


def image_adds_only_what_runs(ground: Ground) -> None:
    """No pip, no emulator, no tests, no commands."""
    assert not ground.image.links, ground.image.links
    found = set()
    for path in ground.image.added:
        if site := _SITE.match(path):
            found.add(re.sub(r"-[^-]+\.dist-info$", "", site[1]))
        else:
            assert path == "/entrypoint.py" or _LIBRARY.fullmatch(path), path
    assert found == PACKAGES, found ^ PACKAGES


def byte_code_is_compiled(ground: Ground) -> None:
    """Every module is there as byte code alone, and nothing compares it with a source."""
    added = ground.image.added
    assert [path for path in added if path.endswith(".py")] == ["/entrypoint.py"]
    codes = {path: code for path, code in added.items() if path.endswith(".pyc")}
    for package in ("requests", "cvaction"):
        assert any(f"/site-packages/{package}/__init__.pyc" in path for path in codes), package
    for path, code in codes.items():
        assert int.from_bytes(code[4:8], "little") == UNCHECKED_HASH, path


def nothing_is_compiled_at_the_start(ground: Ground) -> None:
    """The base has no byte code of the standard library; what the action imports of it is added."""
    # A file system that cannot be written to keeps nothing of an earlier start.
    arguments = ("--read-only", "--entrypoint", "/usr/local/bin/python3", ground.image.name)
    whole = ground.engine.run(*arguments, "-Ic", _COMPILED)
    assert ground.engine(*whole[len(ground.engine.command) :]).split() == []


def _python(ground: Ground, code: str) -> list[str]:
    whole = ground.engine.run("--entrypoint", "/usr/local/bin/python3", ground.image.name, "-Ic", code)
    return whole[len(ground.engine.command) :]


# The action


def promotes_as_pid_1_and_root(ground: Ground) -> None:
    """The whole story: published, named, told; as root and PID 1, with handlers for both signals."""
    with ground.stage() as stage:
        stage.behaviour.import_seconds = 3
        with stage.start(**stage.publishing()) as step:
            stage.wait_for_request(step, "ImportProject")
            _is_the_first_process(stage.containers)
            result = stage.ended(step)
        _promoted(stage, result)
        assert result.outputs["publish-name"] == "shelf"
        assert result.outputs["image-count"] == "12"
        assert len(stage.runner_masks(result)) >= MASKS
        _nothing_left(stage)


def _is_the_first_process(containers: ContainerRunner) -> None:
    shown = containers.inside("/bin/cat", "/proc/1/cmdline", "/proc/1/status")
    assert "/entrypoint.py\0" in shown
    fields = dict(line.split(":\t", 1) for line in shown.splitlines() if ":\t" in line)
    assert fields["Uid"].split() == ["0"] * 4
    caught = int(fields["SigCgt"], 16)
    for number in (signal.SIGINT, signal.SIGTERM):
        assert caught >> (number - 1) & 1, f"{number.name} has no handler"


def starts_by_the_name_in_action_yml(ground: Ground) -> None:
    """The runner hands `runs.entrypoint` over with --entrypoint; and nothing is written outside the mounts."""
    with ground.stage() as stage:
        stage.containers.options = ("--entrypoint", action()["runs"]["entrypoint"], "--read-only")
        _promoted(stage, stage.run())


def starts_every_command(ground: Ground) -> None:
    """Each action.yml passes its own argument. Without inputs the action ends at once, and says which are missing."""
    for folder, name in FOLDERS.items():
        runs = action(folder)["runs"]
        runner = ContainerRunner(ground.folder / "commands" / name, ground.engine, ground.image.name)
        runner.action, runner.args = folder, tuple(runs.get("args", ()))
        runner.options = ("--entrypoint", runs["entrypoint"])
        result = runner.run({})
        assert (result.exit_code, result.outputs["status"]) == (1, "failed"), result.log
        assert set(result.outputs) == set(action(folder)["outputs"]), result.log
        (told,) = result.messages("error")
        assert told.startswith("The inputs are wrong: "), told
        assert "endpoint: is required, and is empty" in told, told


def ignores_a_hostile_checkout_home_and_environment(ground: Ground) -> None:
    """The action works with a nonsense PATH, and with modules called `requests` in the workspace, HOME and PYTHONPATH."""
    with ground.stage() as stage:
        runner = stage.containers
        plant_evil_modules(runner.workspace)
        for minor in range(11, 15):
            plant_evil_modules(runner.home / ".local" / "lib" / f"python3.{minor}" / "site-packages")
        plant_netrc(runner.home, "127.0.0.1")
        environment = hostile_environment(runner.workspace / "evil")
        before = _tree(runner)
        result = stage.run(env=environment, **stage.publishing())
        _promoted(stage, result)
        assert TRACE not in result.log
        assert _tree(runner) == before


def reads_images_of_the_workspace(ground: Ground) -> None:
    """The globs of `smoke-images` are looked up where the checkout is mounted."""
    with ground.stage() as stage:
        picture = stage.containers.workspace / "pictures" / "one.png"
        picture.parent.mkdir()
        picture.write_bytes(b"\x89PNG\r\n\x1a\n a very small picture")
        _promoted(stage, stage.run(smoke_images="pictures/*.png"))
        assert len(stage.log(operation="QuickTestImage")) >= 1 + 1


def trusts_a_company_that_the_workspace_vouches_for(ground: Ground) -> None:
    """The image's Python is strict about certificates. The user's own bundle is trusted as by curl."""
    with ground.stage() as stage:
        meets_a_company(stage, ground.folder)


def meets_a_company(stage: Stage, folder: Path) -> None:
    """A request over TLS arrives with the company's bundle, and not without. tests/e2e runs this with other Pythons."""
    company = Company(folder / "company")
    bundle = stage.runner.workspace / "ca.pem"
    bundle.write_bytes(company.root.path.read_bytes())
    with Loopback(http(b"{}", status="401 Unauthorized"), tls=company.server().served()) as server:
        inputs = {"target_endpoint": server.origin, "trusted_endpoints": server.origin}
        known = stage.run(env={"REQUESTS_CA_BUNDLE": str(bundle)}, **inputs)
        asked = len(server.requests)
        unknown = stage.run(**inputs)
        assert known.messages("error")[0].startswith("The target key is not accepted: "), known.log
        assert unknown.messages("error")[0].startswith("The target endpoint's certificate is not accepted: "), (
            unknown.log
        )
        assert (asked, sum(map(bool, server.requests))) == (1, 1)


def ends_with_the_right_exit_code(ground: Ground) -> None:
    """Planned 0, gated 1, wrong inputs 1, still importing 75."""
    with ground.stage() as stage:
        _ends(stage, "planned", 0, dry_run="true")
        _ends(stage, "gated", 1, min_precision="1")
        _ends(stage, "failed", 1, target_key="")
        assert stage.copies() == []
        stage.behaviour.import_outcomes = ["never"]
        _ends(stage, "importing", 75, wait_minutes="0.02")
        _nothing_left(stage)


def obeys_sigint(ground: Ground) -> None:
    """A cancel during the wait, and the re-run goes on with the same import."""
    _cancelled_and_run_again(ground, signal.SIGINT)


def obeys_sigterm(ground: Ground) -> None:
    """The same for the runner's second signal."""
    _cancelled_and_run_again(ground, signal.SIGTERM)


def _cancelled_and_run_again(ground: Ground, number: signal.Signals) -> None:
    with ground.stage() as stage:
        stage.behaviour.import_outcomes = ["never"]
        with stage.start() as step:
            _import_under_way(stage, step)
            step.send(number)
            result = stage.ended(step, timeout=OBEYED_WITHIN)
        assert result.outputs["status"] == "cancelled"
        assert result.exit_code == 128 + number
        _goes_on(stage)


def survives_a_kill(ground: Ground) -> None:
    """A container is killed. The second start with the same run id goes on with its import."""
    with ground.stage() as stage:
        stage.behaviour.import_outcomes = ["never"]
        with stage.start() as step:
            _import_under_way(stage, step)
            stage.containers.kill()
            stage.check_secrets(step.wait())
        _goes_on(stage)


def _import_under_way(stage: Stage, step: RunningStep) -> None:
    step.wait_for("The import of")
    assert len(stage.copies()) == 1


def _goes_on(stage: Stage) -> None:
    (left,) = stage.copies()
    stage.end_import(left)
    stage.runner.attempt += 1
    result = stage.run()
    _promoted(stage, result)
    assert result.outputs["project-id"] == left.id
    assert len(stage.log(operation="ImportProject")) == 1


def _promoted(stage: Stage, result: StepResult) -> None:
    assert result.outputs["status"] == "promoted", result.log
    assert result.exit_code == 0
    assert stage.names() == [NAME]
    assert [project.id for project in stage.copies()] == [result.outputs["project-id"]]


def _ends(stage: Stage, status: str, code: int, **inputs: str) -> None:
    result = stage.run(**inputs)
    assert (result.outputs["status"], result.exit_code) == (status, code), result.log


def _nothing_left(stage: ContainerStage) -> None:
    assert _tree(stage.containers) == {}


def _tree(runner: ContainerRunner) -> dict[str, tuple[int, int]]:
    """What is in the workspace and in HOME: size and time of the last change."""
    return {
        str(path): (path.lstat().st_size, path.lstat().st_mtime_ns)
        for folder in (runner.workspace, runner.home)
        for path in folder.rglob("*")
    }


CHECKS: tuple[Callable[[Ground], None], ...] = (
    entrypoint_is_the_one_that_action_yml_names,
    image_adds_little,
    image_adds_only_what_runs,
    byte_code_is_compiled,
    nothing_is_compiled_at_the_start,
    promotes_as_pid_1_and_root,
    starts_by_the_name_in_action_yml,
    starts_every_command,
    ignores_a_hostile_checkout_home_and_environment,
    reads_images_of_the_workspace,
    trusts_a_company_that_the_workspace_vouches_for,
    ends_with_the_right_exit_code,
    obeys_sigint,
    obeys_sigterm,
    survives_a_kill,
)

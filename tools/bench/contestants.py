"""The programs that are compared: the action, the vendor's SDK, and curl as the vendor documents it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

PROJECT_ID = "0901d86b-f227-43e0-9630-d172ccfd41e5"
POLL_SECONDS = 1  # between two looks of curl and the SDK, which have no way of waiting of their own
_NAMES = ("source-endpoint", "source-key", "source-project-id", "target-endpoint", "target-key")

# The two documented calls, and the waiting that the action does by itself.
_CURL = r"""
set -euo pipefail
field() { sed -E "s/.*\"$1\":[ ]*\"([^\"]*)\".*/\1/"; }
url=customvision/v3.3/Training/projects
token=$(curl -sS --fail -G "$SOURCE_ENDPOINT/$url/$PROJECT/export" -H "Training-Key: $SOURCE_KEY" | field token)
id=$(curl -sS --fail -X POST -G "$TARGET_ENDPOINT/$url/import" -H "Training-Key: $TARGET_KEY" -H 'Content-Length: 0' \
  --data-urlencode "token=$token" | field id)
until [ "$(curl -sS --fail "$TARGET_ENDPOINT/$url/$id" -H "Training-Key: $TARGET_KEY" | field status)" = Succeeded ]; do
  sleep "$POLL"
done
"""

_SDK = """
import os, time
from azure.cognitiveservices.vision.customvision.training import CustomVisionTrainingClient
from msrest.authentication import ApiKeyCredentials
def client(side):
    key = ApiKeyCredentials(in_headers={"Training-key": os.environ[side + "_KEY"]})
    return CustomVisionTrainingClient(os.environ[side + "_ENDPOINT"], key)
source, target = client("SOURCE"), client("TARGET")
"""
_SDK_FIRST = _SDK + 'source.get_project(os.environ["PROJECT"])\n'
_SDK_WHOLE = (
    _SDK
    + """
token = source.export_project(os.environ["PROJECT"]).token
copy = target.import_project(token)
while target.get_project(copy.id).status != "Succeeded":
    time.sleep(float(os.environ["POLL"]))
"""
)


@dataclass(frozen=True)
class Work:
    """The inputs of a promotion: two endpoints with their keys, and a project."""

    source_endpoint: str
    source_key: str
    target_endpoint: str
    target_key: str
    project_id: str = PROJECT_ID


@dataclass(frozen=True)
class Program:
    """A command and its environment."""

    command: tuple[str, ...]
    environment: dict[str, str]


class Contestants:
    """Makes the programs. `action`, `sdk`: the Pythons that run them."""

    def __init__(self, folder: Path, action: Path, sdk: Path, entrypoint: Path) -> None:
        self.folder = folder
        self.action_python, self.sdk_python, self.entrypoint = action, sdk, entrypoint
        self.curl_program = shutil.which("curl")
        self.cvsutils_program = shutil.which("cvs_download_project")  # no package of the project: put it on the PATH

    def action(self, work: Work) -> Program:
        """The action as the image starts it."""
        values = (work.source_endpoint, work.source_key, work.project_id, work.target_endpoint, work.target_key)
        return self._started(dict(zip(_NAMES, values, strict=True)))

    def mirror(self, work: Work, parallel: int) -> Program:
        """The mirror action, of all projects."""
        values = (work.source_endpoint, work.source_key, work.target_endpoint, work.target_key, str(parallel))
        names = (*(name for name in _NAMES if name != "source-project-id"), "parallel")
        return self._started(dict(zip(names, values, strict=True)), "mirror")

    def backup(self, endpoint: str, key: str, **inputs: str) -> Program:
        """The backup action, of all projects."""
        return self._started({"endpoint": endpoint, "key": key, **inputs}, "backup")

    def _started(self, inputs: dict[str, str], *arguments: str) -> Program:
        files = {}
        for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"):
            path = self.folder / name.lower()
            path.write_bytes(b"")
            files[name] = str(path)
        environment = {
            **{f"INPUT_{name.upper()}": value for name, value in inputs.items()},
            **files,
            "MALLOC_ARENA_MAX": "2",  # as in the image
            "HOME": str(self.folder),
            "GITHUB_ACTIONS": "true",
            "GITHUB_REPOSITORY": "octo/release",
            "GITHUB_REPOSITORY_ID": "1296269",
            "GITHUB_RUN_ATTEMPT": "1",
            "GITHUB_RUN_ID": "9000000001",
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_SHA": "0123456789abcdef0123456789abcdef01234567",
            "GITHUB_WORKSPACE": str(self.folder),
        }
        return Program((str(self.action_python), "-Iu", str(self.entrypoint), *arguments), environment)

    def import_requests(self) -> Program:
        """The whole of `python -Iu -c "import requests"`, measured until it ends."""
        return Program((str(self.action_python), "-Iu", "-c", "import requests"), {})

    def sdk_first(self, work: Work) -> Program:
        """The SDK's first call."""
        return Program((str(self.sdk_python), "-Iu", "-c", _SDK_FIRST), _variables(work))

    def sdk_whole(self, work: Work) -> Program:
        """The SDK's two calls, and the wait."""
        return Program((str(self.sdk_python), "-Iu", "-c", _SDK_WHOLE), _variables(work))

    def curl_first(self, work: Work) -> Program:
        """One call of curl."""
        url = f"{work.source_endpoint}/customvision/v3.3/Training/projects/{work.project_id}"
        return Program((self._curl(), "-sS", url, "-H", f"Training-Key: {work.source_key}"), {})

    def curl_whole(self, work: Work) -> Program:
        """The two documented calls of curl, and the wait."""
        self._curl()
        return Program(("bash", "-c", _CURL), _variables(work))

    def cvsutils_downloads(self, endpoint: str, key: str, project_id: str, folder: Path) -> Program | None:
        """The whole export of cvsutils; None if this machine does not have it."""
        if self.cvsutils_program is None:
            return None
        environment = {"CVS_TRAINING_ENDPOINT": endpoint, "CVS_TRAINING_KEY": key}
        return Program((self.cvsutils_program, project_id, str(folder)), environment)

    def curl_downloads(self, config: Path, parallel: int) -> Program:
        """Every address of a file of curl's options, so many at a time."""
        options = ("--no-progress-meter", "--fail", "--parallel", "--parallel-max", str(parallel))
        return Program((self._curl(), *options, "--config", str(config)), {})

    def _curl(self) -> str:
        if self.curl_program is None:
            raise SystemExit("curl is needed to compare with it; on Debian: apt-get install curl")
        return self.curl_program


def _variables(work: Work) -> dict[str, str]:
    return {
        "SOURCE_ENDPOINT": work.source_endpoint,
        "SOURCE_KEY": work.source_key,
        "TARGET_ENDPOINT": work.target_endpoint,
        "TARGET_KEY": work.target_key,
        "PROJECT": work.project_id,
        "POLL": str(POLL_SECONDS),
    }

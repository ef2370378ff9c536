"""The service is the API's description's, and nobody else's."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest

from runner_double.double import REPOSITORY
from tests.other_service.routes import ROUTES

HERE = Path(__file__).parent
DESCRIPTION = REPOSITORY.parent / "shared" / "api" / "training-v3.3.json"
PARTS = sorted(path for path in HERE.glob("*.py") if not path.name.startswith(("test_", "conftest", "stage")))


@pytest.mark.parametrize("part", PARTS, ids=lambda path: path.stem)
def test_the_service_shares_no_code(part: Path) -> None:
    tree = ast.parse(part.read_text(encoding="utf-8"))
    names = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    names += [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]

    assert not [name for name in names if name.split(".")[0] in {"emulator", "cvaction", "conformance", "responses"}]
    assert not [name for name in names if name.startswith("tests") and not name.startswith("tests.other_service")]


@pytest.mark.skipif(not DESCRIPTION.is_file(), reason="the folder shared/api is not beside the repository")
def test_every_route_is_an_operation_of_the_description() -> None:
    described = {
        (method.upper(), path)
        for path, item in json.loads(DESCRIPTION.read_text(encoding="utf-8"))["paths"].items()
        for method in item
    }

    assert set(ROUTES) <= described
    left_out = {re.sub(r"\{\w+\}", "*", path) for _, path in described - set(ROUTES)}
    assert not [path for path in left_out if re.search("publish|tags$|files|regions$|/train|/export", path)]

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests

from emulator import Behaviour, Emulator, Server
from tests.emulator.driver import World
from tests.support.emulator_site import Site

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def site() -> Iterator[Site]:
    emulator = Emulator(behaviour=Behaviour(import_seconds=0))
    emulator.add_project(emulator.add_resource("source"), "A")
    emulator.add_resource("target")
    with Server(emulator) as server, requests.Session() as session:
        session.trust_env = False
        yield Site(server, emulator, session)

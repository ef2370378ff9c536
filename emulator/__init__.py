"""A Custom Vision service for one machine: for the demo, the tests, and the rehearsal of a workflow.

It does what is known about the real service, and has a switch (`Behaviour`) for what is unknown. `Emulator` is the service
without a network. `Server` gives each of its resources a port. `Faults` decides what goes wrong.
"""

from __future__ import annotations

from emulator.api.wire import Request, Response
from emulator.host.cloud import Emulator
from emulator.host.faults import Fault, Faults
from emulator.host.gallery import NewImage
from emulator.host.log import LoggedRequest
from emulator.host.server import Server
from emulator.state.behaviour import Behaviour
from emulator.state.images import Image, Region
from emulator.state.metrics import Metrics, Scores
from emulator.state.model import Iteration, Project, Resource, Tag
from emulator.state.performance import NO_METRICS

__all__ = [
    "NO_METRICS",
    "Behaviour",
    "Emulator",
    "Fault",
    "Faults",
    "Image",
    "Iteration",
    "LoggedRequest",
    "Metrics",
    "NewImage",
    "Project",
    "Region",
    "Request",
    "Resource",
    "Response",
    "Scores",
    "Server",
    "Tag",
]

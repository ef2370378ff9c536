"""`python -m emulator`: resources, each on its own port, until a SIGINT or SIGTERM."""

from __future__ import annotations

import json
import signal
import sys
from contextlib import ExitStack
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from conformance.record import RecordError
from emulator.host.blobs import BLOBS
from emulator.host.cloud import Emulator
from emulator.host.identity_service import ASSERTION_PATH, ASSERTION_QUERY, ENTRA, GITHUB
from emulator.host.options import DEFAULT_RESOURCES, behaviour, parser
from emulator.host.seeds import SEEDS
from emulator.host.server import Server
from emulator.state.identity import open_directory

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from pathlib import Path

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the emulator."""
    options = parser().parse_args(arguments)
    # Blocked before any thread starts, so that no thread gets a signal. The main thread waits for the signals at the end.
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        emulator = build(options)
    except RecordError as error:
        sys.stderr.write(f"cannot behave as seen: {error}\n")
        return 1
    names = [*emulator.resources, ENTRA, GITHUB, BLOBS]
    ports = {name: options.port + number for number, name in enumerate(names) if options.port}
    with ExitStack() as stack:
        try:
            server = stack.enter_context(Server(emulator, ports, options.host, options.blob_host))
        except OSError as error:
            sys.stderr.write(f"cannot listen: {error}\n")
            return 1
        described = describe(emulator, server)
        if options.json is not None:
            write_whole(options.json, json.dumps(described, indent=2) + "\n")
        sys.stdout.write(as_text(described))
        sys.stdout.flush()
        signal.sigwait(_SIGNALS)
    return 0


def build(options: argparse.Namespace) -> Emulator:
    """Make the emulator with its resources. Resources from the state file are left as they are."""
    emulator = Emulator(
        seed=options.seed,
        behaviour=behaviour(options),
        state=options.state,
        images=options.images,
        image_bytes=options.image_bytes,
    )
    for name, tier in options.resource or DEFAULT_RESOURCES:
        if name in emulator.resources:
            continue
        resource = emulator.add_resource(name, tier=tier)
        if not options.empty and name in SEEDS:
            SEEDS[name](emulator, resource)
    if options.keyless:
        open_directory(emulator, token_seconds=options.token_minutes * 60)
    for fault in options.fault:
        emulator.faults.add(fault)
    return emulator


def describe(emulator: Emulator, server: Server) -> dict[str, Any]:
    """Everything that a script needs to use the emulator."""
    return {
        **_identity(emulator, server),
        "blobs": server.endpoint(BLOBS),
        "resources": {
            resource.name: {
                "endpoint": server.endpoint(resource.name),
                "tier": resource.tier,
                "training_key": resource.training_key,
                "training_key_2": resource.training_key_2,
                "prediction_key": resource.prediction_key,
                "prediction_resource_id": resource.prediction_resource_id,
                "projects": [
                    {
                        "id": project.id,
                        "name": project.name,
                        "status": project.status,
                        "published": [iteration.publish_name for iteration in project.published],
                    }
                    for project in resource.projects.values()
                ],
            }
            for resource in emulator.resources.values()
        },
    }


def _identity(emulator: Emulator, server: Server) -> dict[str, Any]:
    """Who may ask for tokens, and where. The variables are the ones that a runner sets."""
    directory = emulator.directory
    if directory is None:
        return {}
    tenant = directory.tenants[0]
    return {
        "identity": {
            "client_id": next(iter(tenant.clients)),
            "tenant_id": tenant.id,
            "trusted_endpoints": f"authority={server.endpoint(ENTRA)}",
            "environment": {
                "ACTIONS_ID_TOKEN_REQUEST_URL": f"{server.endpoint(GITHUB)}{ASSERTION_PATH}?{ASSERTION_QUERY}",
                "ACTIONS_ID_TOKEN_REQUEST_TOKEN": directory.workflow.request_token,
            },
            "federated_credential": asdict(tenant.clients[next(iter(tenant.clients))].credentials[0]),
        }
    }


def as_text(described: dict[str, Any]) -> str:
    """The same for a person, with input values to paste: from the first resource to the second."""
    lines = []
    for name, resource in described["resources"].items():
        lines.append(f"{name} ({resource['tier']})")
        labels = ("endpoint", "training_key", "prediction_key", "prediction_resource_id")
        lines += [f"  {label.replace('_', ' ')}: {resource[label]}" for label in labels]
        lines += [f"  project {project['id']}  {project['name']}" for project in resource["projects"]]
    first, second = (list(described["resources"].values()) * 2)[:2]
    lines += [
        "",
        f"source-endpoint: {first['endpoint']}",
        f"source-key: {first['training_key']}",
        f"target-endpoint: {second['endpoint']}",
        f"target-key: {second['training_key']}",
    ]
    if first["projects"]:
        lines.append(f"source-project-name: {first['projects'][0]['name']}")
    lines.append(f"prediction-resource-id: {second['prediction_resource_id']}")
    if identity := described.get("identity"):
        lines += ["", "in place of the two keys:"]
        lines += [
            f"{name.replace('_', '-')}: {identity[name]}" for name in ("client_id", "tenant_id", "trusted_endpoints")
        ]
        lines += [f"{name}={value}" for name, value in identity["environment"].items()]
    return "\n".join(lines) + "\n"


def write_whole(path: Path, text: str) -> None:
    """Write a file so that no reader ever sees a part of it."""
    draft = path.with_name(f".{path.name}.new")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


if __name__ == "__main__":
    sys.exit(main())

"""State that survives a restart: one SQLite file, a row a resource and a row a token.

A connection is opened for each write. Nobody notices, and it spares the emulator every question of threads.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

from emulator.state.codec import decode, encode
from emulator.state.model import Export, Project, Resource

if TYPE_CHECKING:
    from pathlib import Path

    from emulator.state.world import World

_TABLES = """
CREATE TABLE IF NOT EXISTS world (id INTEGER PRIMARY KEY CHECK (id = 0), seed INTEGER, counters TEXT);
CREATE TABLE IF NOT EXISTS resource (name TEXT PRIMARY KEY, record TEXT);
CREATE TABLE IF NOT EXISTS export (token TEXT PRIMARY KEY, record TEXT);
"""
_KEPT = (
    "name",
    "tier",
    "region",
    "training_key",
    "training_key_2",
    "prediction_key",
    "prediction_resource_id",
)


class Store:
    """The file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with closing(self._open()) as database:
            database.executescript(_TABLES)

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path)

    def save(self, world: World, resource: Resource) -> None:
        """Write a resource, the tokens and the counters, all or nothing."""
        record: dict[str, Any] = {name: getattr(resource, name) for name in _KEPT}
        record["projects"] = [encode(project) for project in resource.stored_projects.values()]
        with closing(self._open()) as database, database:
            database.execute("INSERT OR REPLACE INTO world VALUES (0, ?, ?)", (world.seed, json.dumps(world.counters)))
            # A plain upsert keeps the row, and with it the order in which the resources were made.
            database.execute(
                "INSERT INTO resource VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET record = excluded.record",
                (resource.name, json.dumps(record)),
            )
            database.execute("DELETE FROM export")
            database.executemany(
                "INSERT INTO export VALUES (?, ?)",
                [(token, json.dumps(encode(export))) for token, export in world.exports.items()],
            )

    def load(self, world: World) -> None:
        """Read all there is into an empty world; the file's seed wins, so that no id is given twice."""
        with closing(self._open()) as database:
            row = database.execute("SELECT seed, counters FROM world").fetchone()
            resources = database.execute("SELECT record FROM resource ORDER BY rowid").fetchall()
            exports = database.execute("SELECT token, record FROM export").fetchall()
        if row is not None:
            world.seed, world.counters = row[0], json.loads(row[1])
        for (record,) in resources:
            world.adopt_resource(_resource(json.loads(record)))
        world.exports = {token: decode(Export, json.loads(record)) for token, record in exports}


def _resource(record: dict[str, Any]) -> Resource:
    resource = Resource(**{name: record[name] for name in _KEPT})
    projects = [decode(Project, project) for project in record["projects"]]
    resource.stored_projects = {project.id: project for project in projects}
    return resource

"""State that survives a restart: one SQLite file, with a row for each resource, token, image and uploaded picture.

Images and pictures are written only when they change: an upload must not write a whole album again.

A connection is opened for each write. That is fast enough, and there are no problems with threads.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from emulator.state.codec import decode, encode
from emulator.state.images import Album, Image
from emulator.state.model import Export, ImportJob, Project, Resource

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from emulator.state.pictures import Pictures
    from emulator.state.world import World

_TABLES = """
CREATE TABLE IF NOT EXISTS world (id INTEGER PRIMARY KEY CHECK (id = 0), seed INTEGER, counters TEXT);
CREATE TABLE IF NOT EXISTS resource (name TEXT PRIMARY KEY, record TEXT);
CREATE TABLE IF NOT EXISTS export (token TEXT PRIMARY KEY, record TEXT);
CREATE TABLE IF NOT EXISTS album (owner TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS image (owner TEXT, id TEXT, record TEXT, PRIMARY KEY (owner, id));
CREATE TABLE IF NOT EXISTS picture (sha256 TEXT PRIMARY KEY, data BLOB);
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
            # An upsert keeps the row, and so the order in which the resources were made.
            database.execute(
                "INSERT INTO resource VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET record = excluded.record",
                (resource.name, json.dumps(record)),
            )
            database.execute("DELETE FROM export")
            database.executemany(
                "INSERT INTO export VALUES (?, ?)",
                [(token, json.dumps(encode(export))) for token, export in world.exports.items()],
            )
            _save_albums(database, world)
            _save_pictures(database, world.pictures)

    def load(self, world: World) -> None:
        """Read everything into an empty world. The file's seed is used, so that no id is given twice."""
        with closing(self._open()) as database:
            row = database.execute("SELECT seed, counters FROM world").fetchone()
            resources = database.execute("SELECT record FROM resource ORDER BY rowid").fetchall()
            exports = database.execute("SELECT token, record FROM export").fetchall()
            albums = _albums(database)
            world.pictures.uploads |= dict(database.execute("SELECT sha256, data FROM picture"))
        if row is not None:
            world.seed, world.counters = row[0], json.loads(row[1])
        for (record,) in resources:
            world.adopt_resource(_resource(json.loads(record)))
        world.exports = {
            token: replace(decode(Export, json.loads(record)), album=albums.get(token)) for token, record in exports
        }
        for resource in world.resources.values():
            for project in resource.stored_projects.values():
                holder: Project | ImportJob = project.job or project
                holder.album = albums.get(project.id)


def _owners(world: World) -> Iterator[Project | Export]:
    """Everything that may have an album."""
    for resource in world.resources.values():
        yield from resource.stored_projects.values()
    yield from world.exports.values()


def _key(owner: Project | Export) -> str:
    return owner.id if isinstance(owner, Project) else owner.token


def _save_albums(database: sqlite3.Connection, world: World) -> None:
    known = {owner for (owner,) in database.execute("SELECT owner FROM album")}
    for owner in _owners(world):
        key = _key(owner)
        album = owner.job.album if isinstance(owner, Project) and owner.job is not None else owner.album
        if album is None:
            continue
        if key not in known:
            database.execute("INSERT INTO album VALUES (?)", (key,))
        for image_id in album.unsaved:
            image = album.get(image_id)
            if image is None:
                database.execute("DELETE FROM image WHERE owner = ? AND id = ?", (key, image_id))
            else:
                database.execute(
                    "INSERT INTO image VALUES (?, ?, ?) ON CONFLICT (owner, id) DO UPDATE SET record = excluded.record",
                    (key, image_id, json.dumps(encode(image))),
                )
        album.unsaved.clear()
        known.discard(key)
    for key in known:
        database.execute("DELETE FROM album WHERE owner = ?", (key,))
        database.execute("DELETE FROM image WHERE owner = ?", (key,))


def _save_pictures(database: sqlite3.Connection, pictures: Pictures) -> None:
    rows = [(digest, pictures.uploads[digest]) for digest in pictures.unsaved]
    database.executemany("INSERT OR REPLACE INTO picture VALUES (?, ?)", rows)
    pictures.unsaved.clear()


def _albums(database: sqlite3.Connection) -> dict[str, Album]:
    """All albums, each in the order in which its images came."""
    albums = {owner: Album() for (owner,) in database.execute("SELECT owner FROM album")}
    for owner, record in database.execute("SELECT owner, record FROM image ORDER BY rowid"):
        albums[owner].put(decode(Image, json.loads(record)))
    for album in albums.values():
        album.unsaved.clear()
    return albums


def _resource(record: dict[str, Any]) -> Resource:
    resource = Resource(**{name: record[name] for name in _KEPT})
    projects = [decode(Project, project) for project in record["projects"]]
    resource.stored_projects = {project.id: project for project in projects}
    return resource

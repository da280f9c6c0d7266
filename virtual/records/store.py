# SPDX-License-Identifier: Apache-2.0
"""Everything the endpoint was given: resources with all their versions, and every request, in one SQLite file."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple, Self

import msgspec

_SCHEMA = """
CREATE TABLE IF NOT EXISTS versions (
    type TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, updated TEXT NOT NULL, body TEXT NOT NULL,
    data BLOB, PRIMARY KEY (type, id, version)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS identifiers (
    type TEXT NOT NULL, id TEXT NOT NULL, system TEXT NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY (type, system, value, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS requests (
    number INTEGER PRIMARY KEY, time TEXT NOT NULL, method TEXT NOT NULL, path TEXT NOT NULL, digest TEXT NOT NULL,
    size INTEGER NOT NULL, status INTEGER);
"""
_ENCODER = msgspec.json.Encoder(decimal_format="number", order="deterministic")
_NEWEST = "SELECT version, updated, body, data FROM versions WHERE type = ? AND id = ? ORDER BY version DESC LIMIT 1"


class Stored(NamedTuple):
    """One version of a resource; ``body`` has its id and meta, ``data`` is a Binary's bytes."""

    type: str
    id: str
    version: int
    updated: str
    body: dict[str, Any]
    data: bytes | None = None


class Received(NamedTuple):
    """One request: when, what, the SHA-256 of its body, and the status answered (None: never answered)."""

    number: int
    time: str
    method: str
    path: str
    digest: str
    size: int
    status: int | None


def decode(text: str | bytes) -> Any:  # noqa: ANN401 - any JSON
    """JSON with its decimals kept exactly (FHIR R4: 36.60 is not 36.6). Raises ValueError."""
    return json.loads(text, parse_float=Decimal, parse_constant=_refuse)


def encode(value: object) -> bytes:
    """JSON bytes, the same for the same content."""
    return _ENCODER.encode(value)


def moment() -> str:
    """The present time as an instant."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


class Store:
    """The file. One owner, one thread."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open or create the file."""
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.executescript(_SCHEMA)
        return cls(connection)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; may be nested."""
        self._connection.execute("SAVEPOINT one")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK TO one")
            raise
        finally:
            self._connection.execute("RELEASE one")

    def read(self, kind: str, identity: str, version: int | None = None) -> Stored | None:
        """The newest version of a resource, or the one asked for."""
        if version is None:
            row = self._connection.execute(_NEWEST, (kind, identity)).fetchone()
        else:
            row = self._connection.execute(
                "SELECT version, updated, body, data FROM versions WHERE type = ? AND id = ? AND version = ?",
                (kind, identity, version),
            ).fetchone()
        return Stored(kind, identity, row[0], row[1], decode(row[2]), row[3]) if row else None

    def write(self, kind: str, identity: str, body: dict[str, Any], data: bytes | None = None) -> tuple[Stored, bool]:
        """Store a resource and tell whether this made a version: the same content again makes none."""
        held = self.read(kind, identity)
        if held is not None and held.data == data and _content(held.body) == _content(body):
            return held, False
        version, updated = (held.version + 1 if held else 1), moment()
        meta = {**body.get("meta", {}), "versionId": str(version), "lastUpdated": updated}
        full = {**body, "id": identity, "meta": meta}
        with self.transaction():
            text = encode(full).decode()
            self._connection.execute(
                "INSERT INTO versions VALUES (?, ?, ?, ?, ?, ?)", (kind, identity, version, updated, text, data)
            )
            self._connection.execute("DELETE FROM identifiers WHERE type = ? AND id = ?", (kind, identity))
            self._connection.executemany(
                "INSERT OR IGNORE INTO identifiers VALUES (?, ?, ?, ?)",
                [(kind, identity, *one) for one in _identifiers(full)],
            )
        return Stored(kind, identity, version, updated, full, data), True

    def search(self, kind: str, system: str, value: str) -> list[Stored]:
        """Resources that carry an identifier now."""
        rows = self._connection.execute(
            "SELECT id FROM identifiers WHERE type = ? AND system = ? AND value = ? ORDER BY id", (kind, system, value)
        ).fetchall()
        return [stored for (identity,) in rows if (stored := self.read(kind, identity))]

    def all(self, kind: str | None = None) -> Iterator[Stored]:
        """The newest version of every resource, in the order of their types and ids."""
        rows = self._connection.execute("SELECT DISTINCT type, id FROM versions ORDER BY type, id").fetchall()
        for one, identity in rows:
            if kind in (None, one) and (stored := self.read(one, identity)):
                yield stored

    def receive(self, method: str, path: str, body: bytes) -> int:
        """Note a request; its number."""
        cursor = self._connection.execute(
            "INSERT INTO requests (time, method, path, digest, size) VALUES (?, ?, ?, ?, ?)",
            (moment(), method, path, sha256(body).hexdigest(), len(body)),
        )
        return int(cursor.lastrowid or 0)

    def answered(self, number: int, status: int) -> None:
        """Note what was answered to a request."""
        self._connection.execute("UPDATE requests SET status = ? WHERE number = ?", (status, number))

    def requests(self) -> list[Received]:
        """Every request, in order."""
        rows = self._connection.execute(
            "SELECT number, time, method, path, digest, size, status FROM requests ORDER BY number"
        ).fetchall()
        return [Received(*row) for row in rows]


def _content(body: dict[str, Any]) -> bytes:
    """What a version says, without what the server adds."""
    meta = {k: v for k, v in body.get("meta", {}).items() if k not in {"versionId", "lastUpdated"}}
    return encode({**body, "meta": meta})


def _identifiers(body: dict[str, Any]) -> Iterator[tuple[str, str]]:
    found = body.get("identifier", [])
    master = body.get("masterIdentifier")
    for one in [*(found if isinstance(found, list) else [found]), *([master] if master else [])]:
        if "value" in one:
            yield one.get("system", ""), one["value"]
    for tag in body.get("meta", {}).get("tag", []):
        yield tagged(tag.get("system", "")), tag.get("code", "")


def tagged(system: str) -> str:
    """The name under which tags of a system are found."""
    return f"_tag {system}"

# SPDX-License-Identifier: Apache-2.0
"""The ledger: what each records server has acknowledged. Its own SQLite file (WAL, synchronous=FULL), one writer.

A request is noted before it is sent and its outcome before the next is planned, so a kill at any moment leaves at most
requests whose outcome is unknown: those are sent again, which their identity makes harmless, or searched first. Only
what nothing else could tell again is synced at once: positions, that a lane has nothing left to do, and, where sending
twice is not harmless, requests and outcomes.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, Self
from uuid import UUID

import msgspec

from device.clock import Instant
from device.journal.storage import connect, newer, translated
from sync.learn import Lesson
from sync.lines import Line, LineState, Remote, begun, follow, wanted
from sync.plan import Lane, Request
from sync.schema import SCHEMA, migrate
from sync.step import Step

_LANE = "newest, turn, attempts, not_before, batch, idle, closed"
_LINE = "key, digest, state, acknowledged, attempts, conflicts, status, words, code, place"


class Queue(msgspec.Struct, frozen=True):
    """What is not settled: entries on their way (or ``held`` back, and why), refused ones and the ``code`` of the first
    of them, the oldest that waits; ``size``: the bytes on their way, held ones left out."""

    waiting: int = 0
    quarantined: int = 0
    oldest: Instant | None = None
    held: str = ""
    code: str = ""
    size: int = 0


class Quarantined(msgspec.Struct, frozen=True):
    """A refused resource, for the technician; ``words`` are the server's and may name a patient: never logged."""

    server: str
    lane: UUID
    key: str
    status: int
    words: str
    code: str = ""


class Ledger:
    """The file. Every method raises JournalError."""

    def __init__(self, connection: Any) -> None:  # noqa: ANN401 - sqlite3 or sqlcipher3
        self._connection = connection

    @classmethod
    def open(cls, path: Path, key: bytes | None = None, *, engine: ModuleType | None = None) -> Self:
        """Open or create the ledger; requests of an earlier run become unknown and times of waiting are forgotten.
        ``engine``: another SQLite module than the best one."""
        with translated():
            path.touch(mode=0o600)
        ledger = cls(connect(path, key, read_only=False, engine=engine).conn)
        try:
            ledger._begin()
        except BaseException:
            ledger.close()
            raise
        return ledger

    def _begin(self) -> None:
        """Put the file into its mode and its schema, and what an earlier run left into order."""
        with translated():
            self._connection.isolation_level = None
            version = int(self._connection.execute("PRAGMA user_version").fetchone()[0])
        if version > SCHEMA:
            raise newer(version, SCHEMA)
        with translated():
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = FULL")
        with self.transaction() as execute:
            migrate(execute, version)
            execute(
                "UPDATE lanes SET attempts = attempts + 1 WHERE EXISTS (SELECT 1 FROM lines WHERE "
                "lines.server = lanes.server AND lines.lane = lanes.lane AND state = 'sending')"
            )
            execute("UPDATE lines SET state = 'unknown', attempts = attempts + 1 WHERE state = 'sending'")
            execute("UPDATE lanes SET not_before = 0")
            execute(
                "UPDATE lanes SET idle = 0 WHERE EXISTS (SELECT 1 FROM lines WHERE lines.server = lanes.server "
                "AND lines.lane = lanes.lane AND state <> 'acknowledged')"
            )

    @contextmanager
    def transaction(self, *, synced: bool = True) -> Iterator[Callable[..., Any]]:
        """All or nothing; gives ``execute``. Not ``synced``: it survives the process, and a power cut only once a later
        one was."""
        with translated():
            if not synced:
                self._connection.execute("PRAGMA synchronous = NORMAL")
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection.execute
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:  # a full or failing disk has it rolled back already
                    self._connection.execute("ROLLBACK")
                raise
            finally:
                if not synced:
                    self._connection.execute("PRAGMA synchronous = FULL")

    def rows(self, query: str, *arguments: object) -> list[Any]:
        """The rows of a query."""
        with translated():
            found: list[Any] = self._connection.execute(query, arguments).fetchall()
            return found

    def server(self, name: str) -> "ServerLedger":
        """The part of one server."""
        return ServerLedger(self, name)

    def close(self) -> None:
        """Close the file; harmless when done twice."""
        self._connection.close()

    def queue(self, servers: Sequence[str]) -> Queue:
        """What these servers have not settled; an entry of which anything is refused counts as refused."""
        among = f"server IN ({', '.join('?' * len(servers))})"
        refused = f"SELECT entry FROM lines WHERE state = 'quarantined' AND {among}"  # noqa: S608 - placeholders only
        rest = f"FROM lines WHERE state NOT IN ('acknowledged', 'released') AND {among} AND entry NOT IN ({refused})"
        both = (*servers, *servers)
        first = self.rows(f"SELECT instant {rest} ORDER BY sequence LIMIT 1", *both)
        held = self.rows(f"SELECT held {rest} AND held <> '' LIMIT 1", *both)
        why = f"SELECT code FROM lines WHERE state = 'quarantined' AND {among} ORDER BY sequence LIMIT 1"  # noqa: S608 - likewise
        codes = self.rows(why, *servers)
        return Queue(
            waiting=self.rows(f"SELECT count(DISTINCT entry) {rest}", *both)[0][0],
            quarantined=self.rows(f"SELECT count(DISTINCT entry) FROM ({refused})", *servers)[0][0],  # noqa: S608 - placeholders only
            oldest=msgspec.json.decode(first[0][0], type=Instant) if first else None,
            held=held[0][0] if held else "",
            code=codes[0][0] if codes else "",
            size=self.rows(f"SELECT coalesce(sum(size), 0) {rest} AND held = ''", *both)[0][0],
        )

    def quarantine(self) -> list[Quarantined]:
        """What servers refuse, for the technician."""
        query = (
            "SELECT server, lane, key, status, words, code FROM lines WHERE state = 'quarantined' "
            "ORDER BY server, sequence"
        )
        return [Quarantined(row[0], UUID(row[1]), *row[2:]) for row in self.rows(query)]


class ServerLedger:
    """What one server has acknowledged."""

    def __init__(self, ledger: Ledger, name: str) -> None:
        self._ledger, self._name = ledger, name

    @property
    def position(self) -> int:
        """The last sequence of the journal that was looked at."""
        rows = self._ledger.rows("SELECT position FROM servers WHERE server = ?", self._name)
        return int(rows[0][0]) if rows else 0

    def advance(self, position: int, touched: Mapping[UUID, int], closed: set[UUID], batch: int) -> None:
        """Entries up to ``position`` were looked at: their lanes (and newest sequences) have work again."""
        with self._ledger.transaction() as execute:
            for lane, newest in touched.items():
                execute(
                    f"INSERT INTO lanes (server, lane, {_LANE}) VALUES (?, ?, ?, 0, 0, 0, ?, 0, ?) "  # noqa: S608 - constant columns
                    "ON CONFLICT DO UPDATE SET newest = max(newest, excluded.newest), idle = 0, "
                    "closed = max(closed, excluded.closed)",
                    (self._name, str(lane), newest, batch, lane in closed),
                )
            execute(
                "INSERT INTO servers (server, position) VALUES (?, ?) "
                "ON CONFLICT DO UPDATE SET position = excluded.position",
                (self._name, position),
            )

    def begin(self, newest: int) -> None:
        """Nothing is known of this server, if this is the first time: what the journal holds up to ``newest`` may have
        been sent to it from a ledger that is no more."""
        with self._ledger.transaction() as execute:
            execute("INSERT OR IGNORE INTO servers (server, position, doubted) VALUES (?, 0, ?)", (self._name, newest))

    def restart(self) -> None:
        """The journal is another one: look at all of it, and let nothing of the old one pass for newer."""
        with self._ledger.transaction() as execute:
            execute("UPDATE servers SET position = 0 WHERE server = ?", (self._name,))
            execute("UPDATE remotes SET sequence = 0 WHERE server = ?", (self._name,))
            execute("UPDATE lanes SET newest = 0 WHERE server = ?", (self._name,))

    def lanes(self) -> dict[UUID, Lane]:
        """The lanes that have work."""
        rows = self._ledger.rows(f"SELECT lane, {_LANE} FROM lanes WHERE server = ? AND idle = 0", self._name)  # noqa: S608 - constant columns
        return {UUID(row[0]): _lane(row) for row in rows}

    def open_lanes(self, most: int) -> list[UUID]:
        """The newest lanes whose file is not closed."""
        query = "SELECT lane FROM lanes WHERE server = ? AND closed = 0 ORDER BY newest DESC LIMIT ?"
        return [UUID(row[0]) for row in self._ledger.rows(query, self._name, most)]

    def lines(self, lane: UUID, steps: Sequence[Step] | None = None) -> dict[str, Line]:
        """The lines of a lane, or of these steps of it."""
        query = f"SELECT {_LINE} FROM lines WHERE server = ? AND lane = ?"  # noqa: S608 - constant columns
        keys = [step.key for step in steps] if steps is not None else []
        if steps is not None:
            query = f"{query} AND key IN ({', '.join('?' * len(keys))})"
        return {row[0]: _line(row) for row in self._ledger.rows(query, self._name, str(lane), *keys)}

    def follow(self, lane: UUID, steps: Sequence[Step]) -> dict[str, Line]:
        """The lines of a lane as its steps now want them; what changed is written, what is withdrawn goes."""
        query = f"SELECT {_LINE}, held FROM lines WHERE server = ? AND lane = ?"  # noqa: S608 - constant columns
        rows = self._ledger.rows(query, self._name, str(lane))
        before, held = {row[0]: _line(row[:-1]) for row in rows}, {row[0]: row[-1] for row in rows}
        steps = wanted(steps, before)
        remotes = self._remotes(steps)
        doubted = self._doubted() if any(step.key not in before for step in steps) else 0
        after = {
            step.key: follow(
                step, before.get(step.key) or begun(step, doubted), remotes.get(step.place) if step.shared else None
            )
            for step in steps
        }
        changed = [one for one in steps if before.get(one.key) != after[one.key] or held.get(one.key) != one.held]
        gone = before.keys() - after.keys()
        if changed or gone:
            with self._ledger.transaction(synced=False) as execute:
                for key in gone:
                    execute("DELETE FROM lines WHERE server = ? AND lane = ? AND key = ?", (self._name, str(lane), key))
                for step in changed:
                    self._write(execute, lane, step, after[step.key])
        return after

    def sending(self, request: Request, lane: Lane, *, synced: bool = True) -> None:
        """A request is about to be sent. Not ``synced`` where sending it twice is harmless. What reads "sending" now
        is of a request whose outcome could not be noted: it stays unknown until an outcome settles it."""
        with self._ledger.transaction(synced=synced) as execute:
            self._write_lane(execute, lane)
            keys = [step.key for step in request.steps]
            execute(
                "UPDATE lines SET state = CASE WHEN state IN ('doubtful', 'unknown') THEN state "  # noqa: S608 - placeholders only
                "WHEN state = 'sending' THEN 'unknown' ELSE 'sending' END "
                f"WHERE server = ? AND lane = ? AND key IN ({', '.join('?' * len(keys))})",
                (self._name, str(request.lane), *keys),
            )

    def learn(self, lesson: Lesson, *, synced: bool = True) -> None:
        """An outcome is known. Not ``synced`` where asking again would tell the same."""
        with self._ledger.transaction(synced=synced) as execute:
            self._write_lane(execute, lesson.lane)
            for line in lesson.lines:
                execute(
                    "UPDATE lines SET state = ?, acknowledged = ?, attempts = ?, conflicts = ?, status = ?, words = ?, "
                    "code = ?, place = ? WHERE server = ? AND lane = ? AND key = ?",
                    (*_learned(line), self._name, str(lesson.lane.id), line.key),
                )
            given = {line.key: line.place for line in lesson.lines}
            for step in lesson.taken:
                if step.shared:
                    row = (self._name, step.place, step.digest, step.sequence, given[step.key])
                    execute("INSERT OR REPLACE INTO remotes VALUES (?, ?, ?, ?, ?)", row)

    def rest(self, lane: Lane) -> None:
        """A lane has nothing to do before another entry comes: what it may be purged for is on the disk with that."""
        with self._ledger.transaction() as execute:
            self._write_lane(execute, lane)

    def _doubted(self) -> int:
        rows = self._ledger.rows("SELECT doubted FROM servers WHERE server = ?", self._name)
        return int(rows[0][0]) if rows else 0

    def _remotes(self, steps: Sequence[Step]) -> dict[str, Remote]:
        places = [step.place for step in steps if step.shared]
        among = ", ".join("?" * len(places))
        query = f"SELECT place, digest, sequence, given FROM remotes WHERE server = ? AND place IN ({among})"  # noqa: S608 - placeholders only
        return {row[0]: Remote(*row[1:]) for row in self._ledger.rows(query, self._name, *places)}

    def _write(self, execute: Callable[..., Any], lane: UUID, step: Step, line: Line) -> None:
        instant = msgspec.json.encode(step.entry.instant).decode()
        about = (self._name, str(lane), step.key, str(step.entry.id), step.entry.sequence, instant, step.held)
        execute(
            "INSERT OR REPLACE INTO lines VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*about, line.digest, *_learned(line), step.size),
        )

    def _write_lane(self, execute: Callable[..., Any], lane: Lane) -> None:
        execute(
            "UPDATE lanes SET turn = ?, attempts = ?, not_before = ?, batch = ?, idle = ? AND newest <= ? "
            "WHERE server = ? AND lane = ?",
            (lane.turn, lane.attempts, lane.not_before, lane.batch, lane.idle, lane.newest, self._name, str(lane.id)),
        )


def _lane(row: Sequence[Any]) -> Lane:
    return Lane(UUID(row[0]), row[1], row[2], row[3], row[4], row[5], bool(row[6]), bool(row[7]))


def _line(row: Sequence[Any]) -> Line:
    return Line(row[0], row[1], LineState(row[2]), *row[3:])


def _learned(line: Line) -> tuple[object, ...]:
    said = (line.status, line.words, line.code, line.place)
    return line.state.value, line.acknowledged, line.attempts, line.conflicts, *said

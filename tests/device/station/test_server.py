# SPDX-License-Identifier: Apache-2.0
"""The station socket, with its real bytes."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from device.clock import Instant
from device.commands import Command, Freeze
from device.entry import CART, Entry, Incident
from device.people import Patient, Practitioner
from device.station.feed import Newest, Tail
from device.station.messages import MAX_LINE, Reply, Snapshot, StationMessage
from device.station.rights import Rights
from device.station.server import StationServer
from device.station.state import CartInfo, State

NOW = Instant(datetime(2026, 11, 21, 14, 0, tzinfo=UTC), 10.0, trusted=True)
SECONDS = 5.0


def incident(sequence: int) -> Entry:
    return Entry(sequence, CART, CART, NOW, Incident("camera-lost", "x"), "00")


class Wire:
    """What stands behind the socket in these tests: real feeds, and commands that are only counted."""

    def __init__(self) -> None:
        self.journal = [incident(1), incident(2)]
        self.tail = Tail(lambda after: [one for one in self.journal if one.sequence > after], 2)
        self.states = Newest(State(0, NOW, CartInfo("c", "p", "1", "2"), ()))
        self.submitted: list[tuple[str, Command]] = []

    async def submit(self, id: str, command: Command, by: Practitioner | None = None) -> Reply:  # noqa: A002
        assert by is None
        self.submitted.append((id, command))
        return Reply(id, ok=True)

    def changes(self) -> AsyncIterator[State]:
        return self.states.follow()

    def entries(self, after: int) -> AsyncIterator[Entry]:
        return self.tail.follow(after)

    def residents(self) -> tuple[Patient, ...]:
        return ()


class Client:
    """A client that speaks lines."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    def send(self, message: object) -> None:
        self._writer.write(json.dumps(message).encode() + b"\n")

    def raw(self, data: bytes) -> None:
        self._writer.write(data)

    async def next(self) -> StationMessage:
        line = await asyncio.wait_for(self._reader.readline(), SECONDS)
        assert line, "the station hung up"
        return msgspec.json.decode(line, type=StationMessage)

    async def hung_up(self) -> bool:
        return not await asyncio.wait_for(self._reader.read(), SECONDS)

    async def hello(self, role: str = "ui") -> None:
        self.send({"type": "hello", "role": role})
        assert (await self.next()).__class__.__name__ == "Welcome"
        assert isinstance(await self.next(), Snapshot)


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
async def path(wire: Wire, tmp_path: Path) -> AsyncIterator[Path]:
    path = tmp_path / "station"
    ready = asyncio.Event()
    task = asyncio.create_task(StationServer(wire, path).run(ready.set))
    await asyncio.wait_for(ready.wait(), SECONDS)
    yield path
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert not path.exists()


@pytest.fixture
async def client(path: Path) -> AsyncIterator[Client]:
    reader, writer = await asyncio.open_unix_connection(str(path), limit=MAX_LINE)
    yield Client(reader, writer)
    writer.close()


async def test_a_client_gets_the_state_at_once_and_at_each_change(client: Client, wire: Wire):
    await client.hello()
    wire.states.put(msgspec.structs.replace(wire.states.value, revision=7))
    message = await client.next()
    assert isinstance(message, Snapshot)
    assert message.state.revision == 7


async def test_entries_after_n_come_in_order_and_go_on(client: Client, wire: Wire):
    await client.hello()
    client.send({"type": "read", "after": 1})
    assert (await client.next()).entry.sequence == 2  # type: ignore[union-attr]
    wire.tail.put([incident(3)])
    assert (await client.next()).entry.sequence == 3  # type: ignore[union-attr]


async def test_a_command_is_carried_out_and_answered_by_its_id(client: Client, wire: Wire):
    await client.hello()
    client.send({"type": "request", "id": "r1", "command": {"command": "freeze", "frozen": True}})
    assert await client.next() == Reply("r1", ok=True)
    assert wire.submitted == [("r1", Freeze(frozen=True))]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"not json\n", "malformed"),
        (b'{"type":"request","id":"1","command":{"command":"explode"}}\n', "explode"),
        (b'{"type":"request","id":"1","command":{"command":"freeze","frozen":"yes"}}\n', "$.command.frozen"),
        (b'{"type":"request","id":"1","command":{"command":"freeze","frozen":true,"x":1}}\n', "unknown field `x`"),
        (b'{"type":"read","after":"two"}\n', "$.after"),
    ],
)
async def test_an_unreadable_line_is_named_and_the_client_goes_on(client: Client, wire: Wire, line: bytes, said: str):
    await client.hello()
    client.raw(line)
    failure = await client.next()
    assert failure.code == "MSG-01"  # type: ignore[union-attr]
    assert said in failure.detail  # type: ignore[union-attr]
    client.send({"type": "request", "id": "r2", "command": {"command": "hide-text"}})
    assert await client.next() == Reply("r2", ok=True)
    assert len(wire.submitted) == 1


async def test_a_line_without_end_is_refused_and_others_are_not_disturbed(client: Client, path: Path):
    await client.hello()
    client.raw(b"x" * (MAX_LINE + 10))
    assert (await client.next()).code == "MSG-01"  # type: ignore[union-attr]
    assert await client.hung_up()
    reader, writer = await asyncio.open_unix_connection(str(path), limit=MAX_LINE)
    await Client(reader, writer).hello()
    writer.close()


async def test_another_version_is_told_so(client: Client):
    client.send({"type": "hello", "role": "ui", "protocol": 99})
    assert (await client.next()).code == "MSG-02"  # type: ignore[union-attr]
    assert await client.hung_up()


@pytest.mark.parametrize(
    ("role", "command"),
    [
        ("sync", {"command": "end-encounter"}),
        (
            "ui",
            {
                "command": "report-queue",
                "waiting": 0,
                "quarantined": 0,
                "oldest": None,
                "reachable": True,
                "why": "",
                "acknowledged": [],
            },
        ),
    ],
)
async def test_the_sender_reports_and_only_it_does(client: Client, wire: Wire, role: str, command: object):
    await client.hello(role)
    client.send({"type": "request", "id": "r", "command": command})
    reply = await client.next()
    assert isinstance(reply, Reply)
    assert reply.code == "CMD-90"
    assert not wire.submitted


async def test_f57_another_user_is_refused_by_peer_credentials(wire: Wire, tmp_path: Path):
    path = tmp_path / "station"
    ready = asyncio.Event()
    task = asyncio.create_task(StationServer(wire, path, Rights(frozenset({os.getuid() + 1}))).run(ready.set))
    await asyncio.wait_for(ready.wait(), SECONDS)
    reader, writer = await asyncio.open_unix_connection(str(path))
    client = Client(reader, writer)
    client.send({"type": "hello", "role": "ui"})
    assert (await client.next()).code == "MSG-03"  # type: ignore[union-attr]
    writer.close()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_slow_reader_of_states_sees_the_newest_and_an_entry_reader_sees_all():
    newest = Newest(0)
    states = newest.follow()
    assert await anext(states) == 0
    for number in range(1, 50):
        newest.put(number)
    assert await asyncio.wait_for(anext(states), SECONDS) == 49
    journal = [incident(number) for number in range(1, 1001)]
    tail = Tail(lambda after: journal[after : after + 200], 1000)
    entries = tail.follow(0)
    assert [(await asyncio.wait_for(anext(entries), SECONDS)).sequence for _ in range(1000)] == list(range(1, 1001))

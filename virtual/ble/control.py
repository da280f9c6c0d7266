# SPDX-License-Identifier: Apache-2.0
"""The strings of the puppets: a Unix socket where a script tells virtual instruments what to do.

JSON Lines, one order a line: ``{"instrument": "tensiometre", "do": "measure-pressure", "systolic": 132, "diastolic":
81, "id": "7"}``. Each is answered by one line when it is done: ``{"ok": true, "instrument": …, "do": …, "sent":
["16…"], "id": "7"}`` with the frames sent, in hex, confirmed where they are indicated; or ``{"ok": false, "error":
…}``.
Orders of one connection run side by side.
"""

import asyncio
import contextlib
import time
from collections.abc import Mapping
from pathlib import Path

import msgspec

from virtual.ble.orders import Impossible, Instrument, Order, obey
from virtual.ble.outbox import Undelivered
from virtual.ble.peripheral import LinkLost

MAX_LINE = 64 * 1024
PATIENCE = 120.0
"""Seconds for which an order may take, its own ``seconds`` not counted."""
MAX_ORDERS = 32
"""Orders of one connection under way at once."""


class _Envelope(msgspec.Struct, frozen=True):
    instrument: str
    do: str
    id: str = ""


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of an order, and when it was begun (CLOCK_MONOTONIC, seconds)."""

    ok: bool
    instrument: str = ""
    do: str = ""
    sent: tuple[str, ...] = ()
    began: float = 0.0
    error: str = ""
    id: str = ""


class Control:
    """Serves ``instruments`` by name at ``path``."""

    def __init__(self, path: Path, instruments: Mapping[str, Instrument]) -> None:
        self._path = path
        self._instruments = instruments
        self._serving: set[asyncio.Task[None]] = set()
        self.ready = asyncio.Event()

    async def run(self) -> None:
        """Serve until cancelled. The socket belongs to this user alone."""
        self._path.unlink(missing_ok=True)
        server = await asyncio.start_unix_server(self._serve, self._path, limit=MAX_LINE)
        self._path.chmod(0o600)
        self.ready.set()
        try:
            await asyncio.Event().wait()
        finally:
            server.close()
            for serving in self._serving:
                serving.cancel()
            await asyncio.gather(*self._serving, return_exceptions=True)
            self._path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - start_unix_server runs this as a task
        self._serving.add(task)
        free = asyncio.Semaphore(MAX_ORDERS)
        try:
            async with asyncio.TaskGroup() as group:
                while line := await _line(reader):
                    await free.acquire()
                    group.create_task(self._answer(line, writer)).add_done_callback(lambda _task: free.release())
        finally:
            self._serving.discard(task)
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def _answer(self, line: bytes, writer: asyncio.StreamWriter) -> None:
        answer = await self._obey(line)
        writer.write(msgspec.json.encode(answer) + b"\n")
        with contextlib.suppress(ConnectionError):
            await writer.drain()

    async def _obey(self, line: bytes) -> Answer:
        try:
            envelope = msgspec.json.decode(line, type=_Envelope)
            order = _order(line)
        except msgspec.DecodeError as error:
            return Answer(ok=False, error=str(error))
        began = time.monotonic()
        base = Answer(ok=False, instrument=envelope.instrument, do=envelope.do, began=began, id=envelope.id)
        instrument = self._instruments.get(envelope.instrument)
        if instrument is None:
            known = ", ".join(sorted(self._instruments))
            return msgspec.structs.replace(base, error=f"no instrument {envelope.instrument!r} (there are: {known})")
        try:
            async with asyncio.timeout(PATIENCE + getattr(order, "seconds", 0.0)):
                sent = await obey(instrument, order)
        except (Impossible, Undelivered, LinkLost, ValueError, TimeoutError) as error:
            return msgspec.structs.replace(base, error=f"{type(error).__name__}: {error}")
        return msgspec.structs.replace(base, ok=True, sent=tuple(frame.hex() for frame in sent))


def _order(line: bytes) -> Order:
    """The order in a line, without its envelope. Raises msgspec.DecodeError."""
    fields = msgspec.json.decode(line, type=dict[str, msgspec.Raw])
    bare = {name: value for name, value in fields.items() if name not in ("instrument", "id")}
    order: Order = msgspec.json.decode(msgspec.json.encode(bare), type=Order)
    return order


async def _line(reader: asyncio.StreamReader) -> bytes:
    """The next line; nothing more after one that is too long, or a broken connection."""
    try:
        return await reader.readline()
    except (ValueError, ConnectionError):
        return b""


async def tell(path: Path, order: Mapping[str, object]) -> Answer:
    """Give one order and wait until it is done. Raises OSError when nobody serves, MessageError never: see ``ok``."""
    reader, writer = await asyncio.open_unix_connection(path, limit=MAX_LINE)
    try:
        writer.write(msgspec.json.encode(order) + b"\n")
        await writer.drain()
        line = await reader.readline()
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
    if not line:
        raise ConnectionResetError("the instruments went away")
    return msgspec.json.decode(line, type=Answer)

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
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

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


class Obedient(Protocol):
    """An instrument that reads its orders itself."""

    async def obey(self, order: bytes) -> Sequence[bytes]:
        """Do what a line without its envelope says; what was sent. Raises Impossible, msgspec.DecodeError."""
        ...


class Control:
    """Serves ``instruments`` by name at ``path``, and ``others`` that are not of Bluetooth."""

    def __init__(
        self,
        path: Path,
        instruments: Mapping[str, Instrument],
        others: Mapping[str, Obedient] = MappingProxyType({}),
    ) -> None:
        self._path = path
        self._instruments = instruments
        self._others = others
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
            doing = self._doing(envelope.instrument, line)
        except msgspec.DecodeError as error:
            return Answer(ok=False, error=str(error))
        began = time.monotonic()
        base = Answer(ok=False, instrument=envelope.instrument, do=envelope.do, began=began, id=envelope.id)
        if doing is None:
            known = ", ".join(sorted((*self._instruments, *self._others)))
            return msgspec.structs.replace(base, error=f"no instrument {envelope.instrument!r} (there are: {known})")
        seconds, work = doing
        try:
            async with asyncio.timeout(PATIENCE + seconds):
                sent = await work()
        except (Impossible, Undelivered, LinkLost, ValueError, TimeoutError, msgspec.DecodeError) as error:
            return msgspec.structs.replace(base, error=f"{type(error).__name__}: {error}")
        return msgspec.structs.replace(base, ok=True, sent=tuple(frame.hex() for frame in sent))

    def _doing(self, name: str, line: bytes) -> tuple[float, Callable[[], Awaitable[Sequence[bytes]]]] | None:
        """How long an order may take beyond patience, and its doing. Raises msgspec.DecodeError."""
        bare = _bare(line)
        if name in self._others:
            other = self._others[name]
            return 0.0, lambda: other.obey(bare)
        order: Order = msgspec.json.decode(bare, type=Order)
        instrument = self._instruments.get(name)
        if instrument is None:
            return None
        return getattr(order, "seconds", 0.0), lambda: obey(instrument, order)


def _bare(line: bytes) -> bytes:
    """The order in a line, without its envelope. Raises msgspec.DecodeError."""
    fields = msgspec.json.decode(line, type=dict[str, msgspec.Raw])
    return msgspec.json.encode({name: value for name, value in fields.items() if name not in ("instrument", "id")})


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

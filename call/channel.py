# SPDX-License-Identifier: Apache-2.0
"""The data channels of one peer connection, as the cart speaks them (docs/signalling.md §2).

Entries are read from the journal no faster than the page takes them, so a slow doctor costs no memory and loses no
order; whatever was not sent is asked for again by the page, with its own position, on the next peer connection.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from aiortc import RTCDataChannel

from call.captures import Captures
from call.change import difference
from call.chart import Chart, seen
from call.outlet import Outlet
from call.pages import (
    Beat,
    CommandMessage,
    EntryMessage,
    Error,
    GetCapture,
    Read,
    Reading,
    ReplyMessage,
    Seen,
    ZoomMessage,
    decode,
    encode,
    words,
)
from call.ports import Attachments, Commands, Entries, Views
from call.view import encode as encode_view
from call.view import encode_change, plain, view
from device.clock import Clock
from device.errors import ChevetError, MessageError
from device.people import Practitioner
from device.station.zoom import nameless

log = logging.getLogger(__name__)

BEAT = 1.0
VIEWS = 0.25
"""Least seconds between two messages about the view."""
COMMANDS = 8
"""Most commands under way for one page."""
BURST = 60
"""Messages that a page may send in ``WINDOW`` seconds; beats do not count, those of a cut come all at once."""
WINDOW = 3.0


class Desk(NamedTuple):
    """What of the cart the pages of a call may use."""

    entries: Entries
    views: Views
    commands: Commands
    attachments: Attachments
    clock: Clock
    chart: Chart


class Channel:
    """``on_heard`` is called at every message of the page: it is alive."""

    def __init__(
        self,
        control: RTCDataChannel,
        captures: RTCDataChannel,
        desk: Desk,
        practitioner: Practitioner,
        on_heard: Callable[[], None],
    ) -> None:
        self._outlet = Outlet(control)
        self._captures = Captures(captures, desk.attachments, desk.chart)
        self._desk = desk
        self._practitioner = practitioner
        self._on_heard = on_heard
        self._asked: asyncio.Queue[int] = asyncio.Queue(1)
        self._changed = asyncio.Event()
        self._group: asyncio.TaskGroup | None = None
        self._under_way = 0
        self._window = (0.0, 0)
        self.refused = 0
        self.microphone = True
        """Whether the page sends its doctor's voice, as its last beat says."""
        self.seen: Seen | None = None
        """What the page last said of its pictures."""
        self.on_microphone: Callable[[bool], None] = lambda _: None
        control.on("message", self._receive)

    def touch(self) -> None:
        """The view has changed."""
        self._changed.set()

    async def run(self) -> None:
        """Speak until the channel closes or this is cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                self._outlet.send_now(words())
                self._group = group
                group.create_task(self._beat(), name="beat")
                group.create_task(self._views(), name="views")
                group.create_task(self._watch(), name="watch")
                group.create_task(self._read(), name="entries")
                group.create_task(self._captures.run(), name="captures")
        except* ConnectionError:
            log.info("the page's channel is closed")
        finally:
            self._group = None

    # From the page.

    def _receive(self, data: str | bytes) -> None:
        self._on_heard()
        try:
            message = decode(data)
        except MessageError as error:
            if not self._flooded():
                self._refuse(error)
            return
        if isinstance(message, Beat):
            self.microphone = message.microphone
        elif not self._flooded():
            self._take(message)

    def _flooded(self) -> bool:
        now = time.monotonic()
        start, count = self._window
        self._window = (start, count + 1) if now - start < WINDOW else (now, 1)
        if self._window[1] == BURST:
            self._refuse(MessageError(14, "La page du médecin envoie trop de messages.", "too many messages"))
        return self._window[1] >= BURST

    def _refuse(self, error: MessageError) -> None:
        self.refused += 1
        log.warning("%s %s", error.code, error)
        with contextlib.suppress(ConnectionError):
            self._outlet.send_now(encode(Error(error.code, str(error))))

    def _take(self, message: Read | CommandMessage | GetCapture | Seen) -> None:
        match message:
            case Read(after=after):
                with contextlib.suppress(ConnectionError):
                    self._outlet.send_now(encode(Reading(after)))
                if self._asked.full():
                    self._asked.get_nowait()
                self._asked.put_nowait(max(after, self._desk.chart.scope.after))
            case CommandMessage():
                self._start(message)
            case GetCapture(sha256=sha256):
                self._captures.ask(sha256)
            case Seen():
                self.seen = message

    def _start(self, message: CommandMessage) -> None:
        if self._group is None or self._under_way >= COMMANDS:
            self._reply(ReplyMessage(message.id, ok=False, line="Trop de demandes à la fois. Recommencez."))
            return
        self._under_way += 1
        self._group.create_task(self._submit(message), name="command")

    async def _submit(self, message: CommandMessage) -> None:
        try:
            id = f"{self._practitioner.peer}:{message.id}"  # noqa: A001 - the station's word
            reply = await self._desk.commands.submit(id, message.command, self._practitioner)
            self._reply(ReplyMessage(message.id, reply.ok, reply.line))
        except ChevetError as error:
            self._reply(ReplyMessage(message.id, ok=False, line=error.line))
        finally:
            self._under_way -= 1

    def _reply(self, reply: ReplyMessage) -> None:
        with contextlib.suppress(ConnectionError):
            self._outlet.send_now(encode(reply))

    # To the page.

    async def _beat(self) -> None:
        n, told = 0, True
        while True:
            n += 1
            self._outlet.send_now(encode(Beat(n)))
            if self.microphone != told:
                told = self.microphone
                self.on_microphone(told)
            await asyncio.sleep(BEAT)

    async def _watch(self) -> None:
        """Another zoom is told at once, ahead of the picture that has it; all else with the view."""
        told = self._desk.views.state.zoom.number
        async for state in self._desk.views.changes():
            self._changed.set()
            if state.zoom.number != told:
                told = state.zoom.number
                self._outlet.send_now(encode(ZoomMessage(nameless(state.zoom))))

    async def _views(self) -> None:
        """Say all once, then what changes: an oximeter that streams would otherwise take half of the poorest link. What
        the last one said has left before the next one is written, so a thin link is told less often and never old."""
        told: dict[str, Any] = {}
        while True:
            self._changed.clear()
            await self._outlet.empty()
            desk = self._desk
            state = desk.views.state
            shown = plain(view(state, desk.chart.scope, desk.chart.aside, desk.clock.now()))
            await self._outlet.send(encode_change(difference(told, shown)) if told else encode_view(shown))
            told = shown
            await asyncio.sleep(VIEWS)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(BEAT if state.live else None):
                    await self._changed.wait()

    async def _read(self) -> None:
        after = await self._asked.get()
        while True:
            sending = asyncio.create_task(self._send_after(after), name="entries-after")
            asking = asyncio.create_task(self._asked.get(), name="next-read")
            try:
                await asyncio.wait((sending, asking), return_when=asyncio.FIRST_COMPLETED)
                if sending.done():
                    sending.result()
                after = await asking
            finally:
                for task in (sending, asking):
                    task.cancel()
                await asyncio.wait((sending, asking))

    async def _send_after(self, after: int) -> None:
        async for entry in self._desk.entries.entries(after):
            if self._desk.chart.shows(entry):
                await self._outlet.send(encode(EntryMessage(seen(entry))))

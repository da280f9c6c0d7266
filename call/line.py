# SPDX-License-Identifier: Apache-2.0
"""The line to one admitted doctor: dials, hears the beats, dials again whenever the path is dead, until it is closed.

Only ``call.redial`` decides; this carries it out. What aiortc does in tasks of its own cannot fail unseen: a connection
that did not open in time, pictures that no longer leave, or a page that is no longer heard each end in a fresh dial.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from typing import NamedTuple

import msgspec

from call.channel import Channel, Desk
from call.fingerprints import spoken
from call.incoming import Incoming
from call.messages import CANDIDATES, Answer, Candidate, Dead, Offer, Restart, ToServer
from call.netlink import Reach
from call.pages import Seen
from call.peer import Peer
from call.ports import Loudspeaker, PictureSink
from call.redial import CONNECT, SILENCE, Path, decide
from call.relays_watch import Relays
from call.sound import SoundFor
from call.video import Receiver
from device.errors import CallError
from device.people import Practitioner

log = logging.getLogger(__name__)

STALLED = 4.0
"""Seconds without a picture leaving (a grey one at least is due twice a second)."""


class Media(NamedTuple):
    """What lives as long as the line and is used by one peer connection after the other."""

    video: Receiver
    sound: SoundFor
    sink: PictureSink
    loudspeaker: Loudspeaker
    shown: Callable[[], bool]


class Exchange(NamedTuple):
    """The way to the rendezvous server: ``send`` is False when it is away; ``epoch`` counts the connections to it."""

    send: Callable[[ToServer], bool]
    online: Callable[[], bool]
    epoch: Callable[[], int]
    relays: Relays


class Line:
    """``room`` and ``practitioner`` name the page; ``on_change`` is called when ``alive`` may have changed; ``dispose``
    takes over a peer connection that is to be closed. ``away``: the page's socket is gone."""

    def __init__(  # noqa: PLR0913, PLR0917 - the parts of a line
        self,
        room: str,
        practitioner: Practitioner,
        exchange: Exchange,
        media: Media,
        desk: Desk,
        on_change: Callable[[], None],
        dispose: Callable[[Peer], None],
    ) -> None:
        self.room = room
        self.practitioner = practitioner
        self._exchange = exchange
        self._media = media
        self._desk = desk
        self._on_change = on_change
        self._dispose = dispose
        self._path = Path()
        self._call = 0
        self._epoch = 0
        self._offered = Reach()
        self._inbox: asyncio.Queue[Answer | Candidate] = asyncio.Queue(CANDIDATES + 1)
        self._event = asyncio.Event()
        self._attending: asyncio.Task[None] | None = None
        self._peer: Peer | None = None
        self._channel: Channel | None = None
        self.alive = False
        self.ever = False
        self.away = False
        self.microphone = True
        self.words = ""
        self.dials = 0
        self.born = time.monotonic()
        self.stood: float | None = None

    @property
    def peer(self) -> Peer | None:
        """The present peer connection."""
        return self._peer

    @property
    def seen(self) -> Seen | None:
        """What the page last said of its pictures, over the present peer connection."""
        return self._channel.seen if self._channel is not None else None

    def touch(self) -> None:
        """The network or the view changed."""
        self._event.set()
        if self._channel is not None:
            self._channel.touch()

    def moved(self, now: Reach) -> None:
        """Links or addresses changed. What goes out from an address that is no more is dead, if there is another to go
        from; all else is in doubt. An offer under way that lacks an address of now is made again."""
        peer, here = self._peer, self._peer.here if self._peer is not None else ""
        self._path = msgspec.structs.replace(self._path, doubt=time.monotonic())
        if peer is not None and now.addresses:
            if here and not now.has(here):
                self._failed(peer)
            elif not self._path.connected and now.addresses != self._offered.addresses:
                self._change(asked=True)
        self._offered = now
        self._event.set()

    def back(self, *, retaken: bool) -> None:
        """The page is here. After the cart ``retaken`` its room this is said of every page: then beats decide, and an
        offer that has gone out over this very connection to the server is waited for."""
        self.away = False
        heard = self._path.connected and time.monotonic() - self._path.heard < SILENCE / 2
        offered = not self._path.connected and not self._path.failed and self._epoch == self._exchange.epoch()
        if not (retaken and (heard or offered)):
            self._change(asked=True)

    def take(self, message: Answer | Candidate | Dead) -> None:
        """The page's answer to the present offer, one of its candidates, or that it hears no beat."""
        if message.peer != self.practitioner.peer:
            return
        if isinstance(message, Dead):
            self._change(asked=True)
        elif message.call == self._call and not self._inbox.full():
            self._inbox.put_nowait(message)

    def hush(self) -> None:
        """Stop all media now."""
        if self._peer is not None:
            self._peer.hush()

    async def run(self) -> None:
        """Keep the line. Raises what nobody foresaw."""
        try:
            while True:
                now = time.monotonic()
                step = decide(self._path, now, online=self._exchange.online())
                if step.alive != self.alive:
                    self._turned(alive=step.alive)
                if step.dial:
                    await self._dial()
                    continue
                self._event.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(max(0.02, step.look - now)):
                        await self._event.wait()
                if self._attending is not None:
                    _check(self._attending)
        finally:
            await self._drop()

    def _turned(self, *, alive: bool) -> None:
        """The path died or lives. One that was dead is replaced even when its beats come back first: after a gap of
        seconds aiortc's receiver can wait for ever for packets that nobody has any more."""
        self.alive = alive
        self.ever = self.ever or alive
        if not alive and self._path.connected:
            self._path = msgspec.structs.replace(self._path, asked=True)
        self._on_change()

    async def _dial(self) -> None:
        redial = self._path.dialled is not None
        if redial:
            self._exchange.relays.doubt()
        await self._drop()
        self.dials += 1
        self._call = max(self._call + 1, int(time.time()))
        self._epoch = self._exchange.epoch()
        self._path = Path(dialled=time.monotonic(), dials=self._path.dials + 1)
        if redial:
            self._exchange.send(Restart(self.room, self.practitioner.peer))
        media = self._media
        choice = await self._exchange.relays.choice()
        peer = Peer(
            choice,
            media.video,
            media.sound,
            Incoming(media.sink, media.loudspeaker, media.shown),
            lambda: self._opened(peer),
            lambda: self._failed(peer),
        )
        self._peer = peer
        self._channel = Channel(peer.control, peer.captures, self._desk, self.practitioner, self._heard(peer))
        self._channel.on_microphone = self._muted
        self.microphone = True
        self.words = ""
        self._inbox = asyncio.Queue(CANDIDATES + 1)
        self._attending = asyncio.create_task(self._attend(peer, self._channel), name="peer")
        self._attending.add_done_callback(lambda _: self._event.set())

    async def _attend(self, peer: Peer, channel: Channel) -> None:
        async with asyncio.TaskGroup() as group:
            others = (
                group.create_task(self._listen(peer), name="listen"),
                group.create_task(self._watch(peer), name="watch"),
                group.create_task(self._name(peer), name="control-words"),
            )
            await self._speak(peer, channel)
            for task in others:
                task.cancel()

    async def _speak(self, peer: Peer, channel: Channel) -> None:
        """Offer, and use the data channel once it is open; one that does not open in time is ``redial``'s affair."""
        try:
            async with asyncio.timeout(CONNECT):
                sdp = await peer.offer()
                log.info("call %d: offer ready %.2f s after the dial", self._call, self._elapsed())
                if self._exchange.send(Offer(self.room, self.practitioner.peer, self._call, sdp)):
                    await peer.opened.wait()
        except TimeoutError:
            return
        except CallError as error:
            log.warning("%s %s", error.code, error)
            self._failed(peer)
            return
        if peer.opened.is_set():
            await channel.run()
        self._failed(peer)

    async def _listen(self, peer: Peer) -> None:
        """Take the page's answer, then its candidates side by side: one whose name (mDNS) has to be asked for takes a
        second, and the next may be the one that works."""
        async with asyncio.TaskGroup() as group:
            while True:
                message = await self._inbox.get()
                taking = self._take_in(peer, message)
                if isinstance(message, Answer):
                    await taking
                else:
                    group.create_task(taking, name="candidate")

    async def _take_in(self, peer: Peer, message: Answer | Candidate) -> None:
        """A candidate that cannot be read is left out; with an answer that cannot be, the connection has failed."""
        try:
            if isinstance(message, Answer):
                log.info("call %d: answered %.2f s after the dial", self._call, self._elapsed())
                await peer.answer(message.sdp)
            else:
                await peer.candidate(message)
        except CallError as error:
            log.warning("%s %s", error.code, error)
            if isinstance(message, Answer):
                self._failed(peer)

    async def _watch(self, peer: Peer) -> None:
        """Pictures leave as long as the connection lives; if not, another may do better."""
        await peer.opened.wait()
        seen = -1
        while seen != self._media.video.frames:
            seen = self._media.video.frames
            await asyncio.sleep(STALLED)
        log.warning("CAL-15 no picture left for %s s", STALLED)
        self._failed(peer)

    async def _name(self, peer: Peer) -> None:
        """The control words, which take a moment."""
        await peer.opened.wait()
        words = await spoken(peer.sender.transport)
        if peer is self._peer:
            self.words = words
            self._on_change()

    async def _drop(self) -> None:
        peer, self._peer, self._channel = self._peer, None, None
        if peer is not None:
            self._dispose(peer)
        attending, self._attending = self._attending, None
        if attending is not None:
            attending.cancel()
            await asyncio.wait((attending,))
            _check(attending)

    def _muted(self, on: bool) -> None:  # noqa: FBT001 - what the page's beats say of its microphone
        self.microphone = on
        self._on_change()

    def _opened(self, peer: Peer) -> None:
        if peer is self._peer:
            peer.opened.set()
            log.info("call %d: open %.2f s after the dial", self._call, self._elapsed())
            self.stood = self.stood or time.monotonic()
            self._change(connected=True, heard=time.monotonic(), dials=0)

    def _elapsed(self) -> float:
        return time.monotonic() - (self._path.dialled or 0.0)

    def _failed(self, peer: Peer) -> None:
        if peer is self._peer:
            self._change(failed=True)

    def _heard(self, peer: Peer) -> Callable[[], None]:
        def heard() -> None:
            if peer is self._peer:
                silent = not self.alive
                self._path = msgspec.structs.replace(self._path, heard=time.monotonic())
                if silent:
                    self._event.set()

        return heard

    def _change(self, **changes: object) -> None:
        self._path = msgspec.structs.replace(self._path, **changes)
        self._event.set()


def _check(task: asyncio.Task[None]) -> None:
    """Raise what went wrong in a task that is over."""
    if task.done() and not task.cancelled():
        task.result()

# SPDX-License-Identifier: Apache-2.0
"""The voices: the microphone towards the doctor, the doctor's to the loudspeaker. Nothing piles up on either side.

The microphone is encoded once for all who hear nothing but it, and for each who hears other doctors, too, with their
voices: 32 kbit/s in packets of 20 ms, 61 on the wire; while a link is thin, 20 kbit/s in packets of 60 ms, which are 30
on the wire and 40 ms later. Each packet carries a coarse copy of the one before (RFC 6716 §2.1.7) as soon as packets
are lost, so that one that is lost alone is heard nevertheless.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Protocol
from weakref import WeakKeyDictionary

import msgspec
import numpy as np

from call.mixer import added
from call.opus import RATE, SAMPLES, Application, Encoder
from call.ports import Block, Microphone, Views
from call.sounded import PacketTrack, Stamps, Tracks
from device.errors import AudioError, CallError

log = logging.getLogger(__name__)

BITS, THIN_BITS = 32_000, 20_000
"""Per second; on a thin link."""
THIN_BLOCKS = 3
"""Blocks of one packet on a thin link."""
LATE = 0.1
"""Seconds without a block of the microphone after which silence is sent."""
AGAIN = 1.0
"""Seconds between two tries to encode."""
LEAST, MOST = 3, 25
"""Packets of a hundred that are expected to be lost, whatever is reported."""
_SECONDS = SAMPLES / RATE


Others = Callable[[], Block | None]
"""The next 20 ms of the other doctors, None while none is heard."""


def nobody() -> None:
    """No other doctor."""


class Cleaner(Protocol):
    """Takes the doctor's own voice, and noise, out of the microphone. Not for two threads at once."""

    def clean(self, block: Block) -> Block:
        """A block without what is not wanted."""
        ...


class Expected(msgspec.Struct, frozen=True):
    """Packets of a hundred that are expected to be lost."""

    loss: int = LEAST

    def after(self, lost: float) -> "Expected":
        """After a share of ``lost`` was reported: a worse one counts at once, a better one is believed by and by."""
        percent = min(MOST, max(LEAST, round(lost * 100)))
        return Expected(max(percent, self.loss - max(1, (self.loss - percent) // 8)))


class _Coder:
    """An encoder, and the blocks that wait until its packet is whole."""

    def __init__(self) -> None:
        self._encoder = Encoder(Application.VOICE, BITS, fec=True)
        self._gathered: list[Block] = []

    def encode(self, block: Block, loss: int, *, thin: bool) -> tuple[bytes, int] | None:
        """A packet, and how many blocks are in it."""
        self._gathered.append(block)
        if thin and len(self._gathered) < THIN_BLOCKS:
            return None
        gathered, self._gathered = self._gathered, []
        self._encoder.expect(loss)
        self._encoder.rate(THIN_BITS if thin else BITS)
        return self._encoder.encode(np.concatenate(gathered)), len(gathered)


class _Ear:
    """Where a voice goes to: whom it hears besides, and an encoder of its own once it has heard anybody (and from then
    on: a decoder that is fed by one encoder, then by another, crackles)."""

    def __init__(self, others: Others) -> None:
        self.others = others
        self.coder: _Coder | None = None


class OutgoingVoice:
    """The microphone of the room, encoded while anybody listens. ``cleaner`` None: sent as it is."""

    def __init__(self, microphone: Microphone, views: Views, cleaner: Cleaner | None = None) -> None:
        self._microphone = microphone
        self._views = views
        self._cleaner = cleaner
        self._coder: _Coder | None = None
        self._expected = Expected()
        self._tracks = Tracks()
        self._ears: WeakKeyDictionary[PacketTrack, _Ear] = WeakKeyDictionary()
        self._stamps = Stamps()
        self._heard = False
        self._quiet = np.zeros(SAMPLES, np.int16)

    def track(self, others: Others = nobody) -> PacketTrack:
        """The voice for one more peer connection, with those of other doctors."""
        track = self._tracks.open()
        self._ears[track] = _Ear(others)
        return track

    async def run(self) -> None:
        """Read the microphone, for ever. One that fails is tried again; silence goes out meanwhile, and whoever
        listens is told of it by the view."""
        count = 0
        if self._cleaner is not None:
            await asyncio.to_thread(self._cleaner.clean, self._quiet)
        while True:
            block = await self._hear()
            listeners = list(self._tracks)
            if not listeners:
                continue
            stamp = self._stamps.next()
            count += 1
            if count % round(1 / _SECONDS) == 0:
                self._expected = self._expected.after(self._tracks.lost)
            heard = [(track, self._ears[track].others()) for track in listeners]
            try:
                packets = await asyncio.to_thread(self._work, block, self._views.state.microphone_on, heard)
            except CallError as error:
                log.warning("%s %s", error.code, error)
                await asyncio.sleep(AGAIN)
                continue
            for track, (data, blocks) in packets:
                track.put(data, stamp - (blocks - 1) * SAMPLES)

    async def _hear(self) -> Block:
        """The next block; silence at its pace while the microphone is late."""
        wait = LATE if self._heard else _SECONDS
        try:
            async with asyncio.timeout(wait):
                try:
                    block = await self._microphone.read()
                except AudioError as error:
                    log.debug("%s %s", error.code, error)
                    await asyncio.sleep(2 * wait)
                    return self._quiet
        except TimeoutError:
            self._heard = False
            return self._quiet
        self._heard = True
        return block

    def _work(
        self,
        block: Block,
        on: bool,  # noqa: FBT001 - handed over to a thread
        heard: list[tuple[PacketTrack, Block | None]],
    ) -> list[tuple[PacketTrack, tuple[bytes, int]]]:
        """Clean and encode: each track's packet and how many blocks are in it. What is muted is cleaned as well: so the
        room is known when it is heard again."""
        cleaned = block if self._cleaner is None else self._cleaner.clean(block)
        room, loss, found = cleaned if on else self._quiet, self._expected.loss, []
        alone = []
        for track, others in heard:
            ear = self._ears[track]
            if ear.coder is None and others is None:
                alone.append(track)
                continue
            ear.coder = ear.coder or _Coder()
            said = room if others is None else added([room, others])
            found.append((track, ear.coder.encode(said, loss, thin=track.thin)))
        if alone:
            self._coder = self._coder or _Coder()
            packet = self._coder.encode(room, loss, thin=any(track.thin for track in alone))
            found += [(track, packet) for track in alone]
        return [(track, packet) for track, packet in found if packet is not None]

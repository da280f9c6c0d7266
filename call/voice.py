# SPDX-License-Identifier: Apache-2.0
"""The voices: the microphone towards the doctor, the doctor's to the loudspeaker. Nothing piles up on either side.

The microphone is encoded once, at 32 kbit/s, for all peer connections: a share of the 120 kbit/s of the poorest link
that leaves room for the data channel. Each packet carries a coarse copy of the one before (RFC 6716 §2.1.7) as soon as
packets are lost, so that one that is lost alone is heard nevertheless.
"""

import asyncio
import logging
from typing import Protocol

import msgspec
import numpy as np

from call.opus import RATE, SAMPLES, Application, Encoder
from call.ports import Block, Microphone, Views
from call.sounded import PacketTrack, Stamps, Tracks
from device.errors import AudioError, CallError

log = logging.getLogger(__name__)

BITS = 32_000
"""Per second."""
LATE = 0.1
"""Seconds without a block of the microphone after which silence is sent."""
AGAIN = 1.0
"""Seconds between two tries to encode."""
LEAST, MOST = 3, 25
"""Packets of a hundred that are expected to be lost, whatever is reported."""
_SECONDS = SAMPLES / RATE


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


class OutgoingVoice:
    """The microphone of the room, encoded while anybody listens. ``cleaner`` None: sent as it is."""

    def __init__(self, microphone: Microphone, views: Views, cleaner: Cleaner | None = None) -> None:
        self._microphone = microphone
        self._views = views
        self._cleaner = cleaner
        self._encoder: Encoder | None = None
        self._expected = Expected()
        self._tracks = Tracks()
        self._stamps = Stamps()
        self._heard = False
        self._quiet = np.zeros(SAMPLES, np.int16)

    def track(self) -> PacketTrack:
        """The voice for one more peer connection."""
        return self._tracks.open()

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
            try:
                packet = await asyncio.to_thread(self._work, block, self._views.state.microphone_on)
            except CallError as error:
                log.warning("%s %s", error.code, error)
                await asyncio.sleep(AGAIN)
                continue
            for track in listeners:
                track.put(packet, stamp)

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

    def _work(self, block: Block, on: bool) -> bytes:  # noqa: FBT001 - handed over to a thread
        """Clean and encode. What is muted is cleaned as well: so the room is known when it is heard again."""
        cleaned = block if self._cleaner is None else self._cleaner.clean(block)
        if self._encoder is None:
            self._encoder = Encoder(Application.VOICE, BITS, fec=True)
        self._encoder.expect(self._expected.loss)
        return self._encoder.encode(cleaned if on else self._quiet)

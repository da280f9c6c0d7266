# SPDX-License-Identifier: Apache-2.0
"""The stethoscope towards the doctor: a track of its own, on which nothing is cleaned, levelled or gated.

It sounds only while the operator listens with it (``State.listening.recording``): lying on the table it is a microphone
in the room, and nobody opened that one. The microphone's mute does not stop it, since listening is a deliberate touch
of its own and the screen shows it all the time. In between no packet leaves, so opening it needs no negotiation.
"""

import asyncio
import logging
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from call.opus import Application, Encoder
from call.ports import Block, Views
from call.sounded import PacketTrack, Stamps, Tracks
from device.errors import AudioError, CallError

log = logging.getLogger(__name__)

BITS = 64_000
"""Per second, constant in quality: flat within 0.1 dB from 20 Hz (measured)."""
KEPT = 50
"""Packets (20 ms) that may wait for a sender which is late: every block counts, and no one answers a heart."""
AGAIN = 0.2
"""Seconds between two tries of what fails."""


class Heard(Protocol):
    """Raw blocks as they come."""

    async def read(self) -> Block:
        """The next block. Raises AudioError."""
        ...


class Stethoscope(Protocol):
    """What may be listened to (``device.audio.auscultation.Auscultation``)."""

    def heard(self) -> AbstractAsyncContextManager[Heard]:
        """What it hears, as it comes."""
        ...


class OutgoingAuscultation:
    """The stethoscope, encoded while it listens and anybody is there to hear it."""

    def __init__(self, stethoscope: Stethoscope, views: Views) -> None:
        self._stethoscope = stethoscope
        self._views = views
        self._tracks = Tracks(KEPT)
        self._stamps = Stamps()
        self._encoder: Encoder | None = None

    def track(self) -> PacketTrack:
        """The stethoscope for one more peer connection."""
        return self._tracks.open()

    async def run(self) -> None:
        """Hear, for ever."""
        async with self._stethoscope.heard() as heard:
            while True:
                try:
                    await self._send(await heard.read())
                except (AudioError, CallError) as error:
                    log.debug("%s %s", error.code, error)
                    await asyncio.sleep(AGAIN)

    async def _send(self, block: Block) -> None:
        listening = self._views.state.listening.recording
        listeners = list(self._tracks) if listening else []
        if not listeners:
            self._encoder = None
            return
        if self._encoder is None:
            self._stamps.resume()
            self._encoder = Encoder(Application.AUDIO, BITS)
        stamp = self._stamps.next()
        packet = await asyncio.to_thread(self._encoder.encode, block)
        if self._views.state.listening.recording:
            for track in listeners:
                track.put(packet, stamp)

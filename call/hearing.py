# SPDX-License-Identifier: Apache-2.0
"""The doctor's voice, from packets to the loudspeaker: in order, what is lost made up for, as early as can be.

aiortc holds four packets for ever and plays nothing for one that is lost; so packets go round its decoder, into ours.
The one private thing of aiortc that is touched is the receiver's buffer; tests/call/test_hearing.py pins it.
"""

import asyncio
import logging

import numpy as np
from aiortc import RTCRtpReceiver
from aiortc.rtp import RtpPacket

from call.jitter import Do, Jitter, Step
from call.opus import RATE, SAMPLES, Decoder
from call.ports import Block, Loudspeaker
from device.errors import AudioError, CallError

log = logging.getLogger(__name__)

CUSHION = 2
"""Blocks of silence ahead of a voice that begins: this process, too, is late at times."""
BEHIND = 0.1
"""Seconds that may be made good at once."""
_SECONDS = SAMPLES / RATE
_RISE = np.linspace(0, 1, SAMPLES, dtype=np.float32)


class IncomingVoice:
    """The doctor's voice in one peer connection. ``blocks`` were played."""

    def __init__(self, loudspeaker: Loudspeaker) -> None:
        self._loudspeaker = loudspeaker
        self._decoder: Decoder | None = None
        self._rest = np.zeros(0, np.int16)
        self._waiting = True
        self._said: set[str] = set()
        self.jitter = Jitter()
        self.hushed = False
        self.blocks = 0

    def adopt(self, receiver: RTCRtpReceiver) -> None:
        """Take the packets of ``receiver`` before it decodes them, from before it receives."""
        name = "_RTCRtpReceiver__jitter_buffer"
        if not hasattr(receiver, name):
            raise AttributeError(name)
        setattr(receiver, name, self)

    def add(self, packet: RtpPacket) -> tuple[bool, None]:
        """A packet came (what aiortc asks of its buffer): no picture is wanted anew, none is whole."""
        if packet.payload:
            self.jitter.put(packet.sequence_number, packet.payload)
        return False, None

    async def run(self) -> None:
        """Play, until cancelled."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due = max(due + _SECONDS, loop.time() - BEHIND)
            await asyncio.sleep(due - loop.time())
            try:
                self._play()
            except (AudioError, CallError) as error:
                if error.code not in self._said:
                    self._said.add(error.code)
                    log.warning("%s %s", error.code, error)

    def _play(self) -> None:
        block = self._block()
        if block is None:
            self._waiting = True
            return
        if self.hushed:
            return
        if self._waiting:
            self._waiting = False
            for _ in range(CUSHION):
                self._loudspeaker.write(np.zeros(SAMPLES, np.int16))
        self._loudspeaker.write(block)
        self.blocks += 1

    def _block(self) -> Block | None:
        while self._rest.size < SAMPLES:
            step = self.jitter.take()
            if step.do is Do.WAIT:
                self._rest = self._rest[:0]
                return None
            self._rest = np.concatenate((self._rest, self._decode(step)))
        block, self._rest = self._rest[:SAMPLES], self._rest[SAMPLES:]
        return block

    def _decode(self, step: Step) -> Block:
        if self._decoder is None:
            self._decoder = Decoder()
        try:
            match step.do:
                case Do.PLAY:
                    return self._decoder.decode(step.packet)
                case Do.MERGE:
                    return _folded(self._decoder.decode(step.packet), self._decoder.decode(step.following))
                case Do.RECOVER:
                    return self._decoder.recover(step.packet)
        except CallError as error:
            log.debug("%s %s", error.code, error)
        return self._decoder.conceal()


def _folded(first: Block, second: Block) -> Block:
    """One block that begins as the first and ends as the second."""
    if first.size != SAMPLES or second.size != SAMPLES:
        return second
    return np.asarray(first * (1 - _RISE) + second * _RISE, np.int16)

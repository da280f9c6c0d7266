# SPDX-License-Identifier: Apache-2.0
"""The doctor's voice, from RTP packets to the loudspeaker."""

import asyncio
import random

import numpy as np
import pytest
from aiortc import RTCPeerConnection
from aiortc.rtp import RtpPacket

from call.hearing import CUSHION, IncomingVoice
from call.opus import SAMPLES, Application, Encoder
from tests.call.stubs import Ears
from virtual.sounds import tone, voice


def packets(samples: np.ndarray) -> list[RtpPacket]:
    encoder = Encoder(Application.VOICE, 32_000, fec=True)
    encoder.expect(15)
    found = []
    for number, block in enumerate(samples[: len(samples) // SAMPLES * SAMPLES].reshape(-1, SAMPLES)):
        packet = RtpPacket(payload_type=96, sequence_number=number % 0x10000, timestamp=number * SAMPLES)
        packet.payload = encoder.encode(block)
        found.append(packet)
    return found


class Kept:
    """A loudspeaker that keeps everything."""

    def __init__(self) -> None:
        self.blocks: list[np.ndarray] = []

    def write(self, block: np.ndarray) -> None:
        self.blocks.append(block)


def played(sent: list[RtpPacket | None]) -> tuple[IncomingVoice, np.ndarray]:
    """What comes out when a packet, or none, comes every 20 ms."""
    ears = Kept()
    incoming = IncomingVoice(ears)
    for packet in sent:
        if packet is not None:
            incoming.add(packet)
        incoming._play()
    return incoming, np.concatenate(ears.blocks[CUSHION:])


def test_what_was_said_is_played_in_blocks() -> None:
    incoming, sound = played(list(packets(tone(440))))
    assert incoming.blocks == len(sound) // SAMPLES > 40
    spectrum = np.abs(np.fft.rfft(sound[SAMPLES * 5 :].astype(float)))
    assert abs(spectrum.argmax() * 48_000 / len(sound[SAMPLES * 5 :]) - 440) < 5


def test_of_15_percent_lost_most_of_the_voice_is_there() -> None:
    random.seed(7)
    whole = packets(np.tile(voice(-20), 6))
    lossy = [packet if random.random() > 0.15 else None for packet in whole]  # noqa: S311 - a network
    incoming, sound = played(lossy)
    _, truth = played(list(whole))
    jitter = incoming.jitter
    assert jitter.concealed / jitter.taken < 0.04
    assert jitter.recovered / jitter.taken > 0.09
    spoken = (truth.reshape(-1, SAMPLES).astype(float).std(1) > 300).mean()
    assert (sound.reshape(-1, SAMPLES).astype(float).std(1) > 300).mean() > spoken - 0.04


def test_a_packet_that_is_no_opus_is_made_up_for() -> None:
    whole: list[RtpPacket | None] = list(packets(tone(440)))
    whole[20].payload = b"\xff\xff\xff"
    incoming, sound = played(whole)
    assert incoming.blocks == len(sound) // SAMPLES > 40
    assert np.abs(sound[SAMPLES * 30 :]).max() > 2000


async def test_it_plays_at_its_pace_and_stops_when_hushed() -> None:
    ears = Ears()
    incoming = IncomingVoice(ears)
    playing = asyncio.create_task(incoming.run())
    for packet in packets(tone(440))[:8]:
        incoming.add(packet)
    await ears._bell.until(lambda: incoming.blocks >= 6)
    incoming.hushed = True
    written = ears.written
    for packet in packets(tone(440))[8:20]:
        incoming.add(packet)
    before = incoming.jitter.taken
    async with asyncio.timeout(3):
        while incoming.jitter.taken < before + 5:
            await asyncio.sleep(0)
    assert ears.written == written
    playing.cancel()


async def test_aiortc_hands_its_packets_over() -> None:
    connection = RTCPeerConnection()
    receiver = connection.addTransceiver("audio").receiver
    incoming = IncomingVoice(Kept())
    incoming.adopt(receiver)
    assert receiver._RTCRtpReceiver__jitter_buffer is incoming
    await connection.close()
    with pytest.raises(AttributeError):
        IncomingVoice(Kept()).adopt(object())  # type: ignore[arg-type]

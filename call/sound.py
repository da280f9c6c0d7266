# SPDX-License-Identifier: Apache-2.0
"""All sound that leaves the cart: the room's voice, then the stethoscope, each on its own line of a peer connection."""

import asyncio
import re
from typing import NamedTuple

from aiortc import RTCPeerConnection, RTCRtpReceiver, RTCRtpSender

from call.auscultation import OutgoingAuscultation, Stethoscope
from call.ports import Microphone, Views
from call.sounded import PacketTrack, adopt
from call.voice import Cleaner, Others, OutgoingVoice, nobody

THIN, THICK = 110_000, 200_000
"""Bits per second for the picture below which a link is thin, and from which it is so no more."""
_SECTION, _STREAM = re.compile(r"(?=^m=)", re.MULTILINE), re.compile(r"(a=msid:)\S+")
_OPUS = re.compile(r"(a=rtpmap:(\d+) opus/48000/2\r\n)", re.IGNORECASE)


class Sounds:
    """The sounds of one peer connection: ``receiver`` is where the doctor's voice comes in."""

    def __init__(self, tracks: tuple[PacketTrack, ...], receiver: RTCRtpReceiver) -> None:
        self._tracks = tracks
        self.receiver = receiver

    def follow(self, target: int) -> None:
        """``target`` bits per second are left for the picture beside them."""
        for track in self._tracks:
            track.thin = target < (THICK if track.thin else THIN)

    def stop(self) -> None:
        """Send nothing more."""
        for track in self._tracks:
            track.stop()


class OutgoingSound:
    """What is heard of the room and its patient. ``cleaner`` is for the voice alone."""

    def __init__(
        self,
        microphone: Microphone,
        views: Views,
        stethoscope: Stethoscope | None = None,
        cleaner: Cleaner | None = None,
    ) -> None:
        self._voice = OutgoingVoice(microphone, views, cleaner)
        self._chest = OutgoingAuscultation(stethoscope, views) if stethoscope is not None else None

    async def run(self) -> None:
        """Hear, for ever."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._voice.run(), name="voice")
            if self._chest is not None:
                group.create_task(self._chest.run(), name="auscultation")

    def attach(self, connection: RTCPeerConnection, others: Others = nobody) -> Sounds:
        """Offer the voice, both ways, and then the stethoscope; in this order, by which a page knows them. ``others``
        are the other doctors, whose voices go with the room's."""
        codecs = [codec for codec in RTCRtpSender.getCapabilities("audio").codecs if codec.mimeType == "audio/opus"]
        voice = self._voice.track(others)
        spoken = connection.addTransceiver(voice, "sendrecv")
        spoken.setCodecPreferences(codecs)
        adopt(spoken.sender, voice)
        tracks = [voice]
        if self._chest is not None:
            chest = self._chest.track()
            heard = connection.addTransceiver(chest, "sendonly")
            heard.setCodecPreferences(codecs)
            adopt(heard.sender, chest)
            tracks.append(chest)
        return Sounds(tuple(tracks), spoken.receiver)

    def voice(self, others: Others = nobody) -> PacketTrack:
        """The voice alone, with those of the ``others``, for a peer connection that takes no more."""
        return self._voice.track(others)


class SoundFor(NamedTuple):
    """``sound`` for one doctor, who hears the ``others`` too."""

    sound: OutgoingSound
    others: Others

    def attach(self, connection: RTCPeerConnection) -> Sounds:
        """As ``OutgoingSound.attach``."""
        return self.sound.attach(connection, self.others)

    def track(self) -> PacketTrack:
        """As ``OutgoingSound.voice``."""
        return self.sound.voice(self.others)


def asking_for_copies(sdp: str) -> str:
    """A description that asks for in-band FEC (RFC 7587 §6.1, ``useinbandfec``): without it a browser sends none."""
    return _OPUS.sub(r"\1a=fmtp:\2 minptime=10;useinbandfec=1\r\n", sdp)


def apart(sdp: str) -> str:
    """A description whose sounds are in a stream of their own (RFC 8830): of one stream a browser shows no picture
    before the sound of its moment, which it keeps back longer (measured: 0.14 s, the picture alone 0.05 s)."""
    return "".join(
        _STREAM.sub(r"\1sound", section) if section.startswith("m=audio") else section
        for section in _SECTION.split(sdp)
    )

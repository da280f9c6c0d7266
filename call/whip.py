# SPDX-License-Identifier: Apache-2.0
"""The cart's picture and voice towards a conference server, by WHIP (RFC 9725): one more receiver of what is encoded
anyway. One track of each kind is all that WHIP carries (§4.4.2), so the stethoscope stays with the doctor's own line.
"""

from typing import Protocol

from aiortc import RTCPeerConnection, RTCRtpCodecCapability, RTCRtpSender, RTCRtpTransceiver

from call import sender, sounded
from call.sender import VideoSender
from call.sound import Sounds
from call.sounded import PacketTrack
from call.video import VideoTrack

_PREFERRED = ("video/H264", "video/VP8", "video/rtx")


class Pictures(Protocol):
    """Encoded pictures (``call.video.OutgoingVideo``)."""

    def track(self) -> VideoTrack:
        """A track for a new peer connection."""
        ...


class Voice(Protocol):
    """Encoded voice (``call.voice.OutgoingVoice``)."""

    def track(self) -> PacketTrack:
        """A track for a new peer connection."""
        ...


class Publication:
    """What goes out, in one peer connection (``call.wish_peer.End``)."""

    def __init__(self, pictures: Pictures, voice: Voice) -> None:
        self._pictures = pictures
        self._voice = voice
        self._sounds: Sounds | None = None
        self._picture: VideoTrack | None = None
        self._transceivers: list[RTCRtpTransceiver] = []
        self.sender: VideoSender | None = None

    def attach(self, connection: RTCPeerConnection, kinds: tuple[str, ...]) -> None:
        """Offer the voice, then the picture, to be sent only; the server of WHIP never offers."""
        del kinds
        voice, picture = self._voice.track(), self._pictures.track()
        spoken = connection.addTransceiver(voice, "sendonly")
        spoken.setCodecPreferences(opus())
        sounded.adopt(spoken.sender, voice)
        seen = connection.addTransceiver(picture, "sendonly")
        seen.setCodecPreferences(video())
        self.sender = sender.adopt(seen.sender, picture)
        self._sounds, self._picture = Sounds((voice,), spoken.receiver), picture
        self._transceivers = [spoken, seen]

    def refusal(self) -> str:
        """What the server does not take."""
        return "; ".join(f"no {one.kind} taken" for one in self._transceivers if one.currentDirection != "sendonly")

    def follow(self) -> None:
        """A thin link gets a voice that takes less of it."""
        if self._sounds is not None and self._picture is not None:
            self._sounds.follow(self._picture.target)

    def hush(self) -> None:
        """Send nothing more."""
        if self._sounds is not None and self._picture is not None:
            self._sounds.stop()
            self._picture.stop()

    async def close(self) -> None:
        """Nothing is left."""


def opus() -> list[RTCRtpCodecCapability]:
    """The one codec of voices that we speak."""
    return [codec for codec in RTCRtpSender.getCapabilities("audio").codecs if codec.mimeType == "audio/opus"]


def video() -> list[RTCRtpCodecCapability]:
    """H.264 before VP8, constrained baseline first."""
    offered = RTCRtpSender.getCapabilities("video").codecs
    wanted = [codec for codec in offered if codec.mimeType in _PREFERRED]
    return sorted(wanted, key=lambda codec: (_PREFERRED.index(codec.mimeType), _profile(codec) != "42e01f"))


def _profile(codec: RTCRtpCodecCapability) -> object:
    return codec.parameters.get("profile-level-id")

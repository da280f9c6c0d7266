# SPDX-License-Identifier: Apache-2.0
"""A doctor for tests: a second aiortc peer, with the library's own defaults, that answers and keeps what it gets."""

import asyncio
import json
from fractions import Fraction
from typing import Any

import av
import msgspec
import numpy as np
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError

from call.change import Change, apply
from tests.call.stubs import Bell


class Face(MediaStreamTrack):
    """A picture of one brightness, 15 times a second."""

    kind = "video"

    def __init__(self, luma: int = 200) -> None:
        super().__init__()
        self._luma = luma
        self._count = 0

    async def recv(self) -> av.VideoFrame:
        await asyncio.sleep(1 / 15)
        i420 = np.full((360, 320), 128, np.uint8)
        i420[:240] = self._luma
        frame = av.VideoFrame.from_ndarray(i420, format="yuv420p")
        self._count += 1
        frame.pts, frame.time_base = self._count * 6000, Fraction(1, 90_000)
        return frame


class Tone(MediaStreamTrack):
    """440 Hz."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._count = 0

    async def recv(self) -> av.AudioFrame:
        await asyncio.sleep(0.02)
        at = np.arange(960) + self._count
        self._count += 960
        block = (np.sin(at * 2 * np.pi * 440 / 48_000) * 8000).astype(np.int16).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(block, format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 48_000, self._count, Fraction(1, 48_000)
        return frame


class DoctorPeer:
    """One answering peer connection."""

    def __init__(self, *, video_codec: str | None = None) -> None:
        self.connection = RTCPeerConnection(RTCConfiguration([]))
        self.channels: dict[str, object] = {}
        self.messages: list[dict[str, Any]] = []
        self.headers: list[dict[str, object]] = []
        self.chunks: list[bytes] = []
        self.pictures = 0
        self.newest: av.VideoFrame | None = None
        self.sounds = 0
        self.loudest = 0
        self.ended = 0
        self.bell = Bell()
        self._codec = video_codec
        self._tasks: list[asyncio.Task[None]] = []
        self.connection.on("track", self._track)
        self.connection.on("datachannel", self._channel)
        self.connection.on("connectionstatechange", self.bell.ring)

    async def answer(self, sdp: str) -> str:
        await self.connection.setRemoteDescription(RTCSessionDescription(sdp, "offer"))
        for transceiver in self.connection.getTransceivers():
            transceiver.direction = "sendrecv"
            transceiver.sender.replaceTrack(Face() if transceiver.kind == "video" else Tone())
            if transceiver.kind == "video" and self._codec is not None:
                codecs = [c for c in transceiver.sender.getCapabilities("video").codecs if c.mimeType == self._codec]
                transceiver.setCodecPreferences(codecs)
                transceiver._codecs = [c for c in transceiver._codecs if c.mimeType == self._codec]
        await self.connection.setLocalDescription(await self.connection.createAnswer())
        return str(self.connection.localDescription.sdp)

    async def until(self, check, seconds: float = 10.0) -> None:
        """Wait for something to be true of what was received."""
        await self.bell.until(check, seconds)

    def say(self, message: dict[str, object]) -> None:
        self.channels["chevet"].send(json.dumps(message))

    def of(self, kind: str) -> list[dict[str, object]]:
        """The messages of a type."""
        return [message for message in self.messages if message["type"] == kind]

    @property
    def view(self) -> dict[str, Any]:
        """What the cart shows, with all that changed since."""
        shown: dict[str, Any] = {}
        for message in self.messages:
            if message["type"] == "view":
                shown = message["view"]
            elif message["type"] == "change":
                shown = apply(shown, msgspec.convert(message, Change))
        return shown

    def slow(self, seconds: float) -> None:
        """Take at most one packet of the network in ``seconds``, as a choked link does; 0: as they come."""
        ice = self.connection.sctp.transport.transport
        receive = ice._connection.recv

        async def late() -> bytes:
            await asyncio.sleep(seconds)
            return await receive()

        ice._recv = late if seconds else receive

    async def vanish(self) -> None:
        """Gone from one moment to the next: the sockets are shut before anything can be said on them."""
        for transceiver in self.connection.getTransceivers():
            await transceiver.receiver.transport.transport._connection.close()
        await self.close()

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.connection.close()

    def _channel(self, channel) -> None:
        self.channels[channel.label] = channel
        channel.on("message", lambda data: self._message(channel.label, data))
        self.bell.ring()

    def _message(self, label: str, data: str | bytes) -> None:
        if label == "chevet":
            self.messages.append(json.loads(data))
        elif isinstance(data, str):
            self.headers.append(json.loads(data))
        else:
            self.chunks.append(data)
        self.bell.ring()

    def _track(self, track) -> None:
        self._tasks.append(asyncio.create_task(self._read(track)))

    async def _read(self, track) -> None:
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                self.ended += 1
                self.bell.ring()
                return
            if track.kind == "video":
                self.pictures += 1
                self.newest = frame
            else:
                self.sounds += 1
                self.loudest = max(self.loudest, int(np.abs(frame.to_ndarray().astype(int)).max()))
            self.bell.ring()

# SPDX-License-Identifier: Apache-2.0
"""One peer connection to one page: the cart offers, the page answers. It is never mended, only replaced.

Nothing here waits without an end: the offer, the answer and the closing each have a deadline with their caller. aiortc
works in tasks of its own whose errors nobody sees, so what counts is only whether the data channel opened in time.
"""

import asyncio
import logging
from collections.abc import Callable

from aiortc import (
    RTCBundlePolicy,
    RTCConfiguration,
    RTCDataChannel,
    RTCPeerConnection,
    RTCRtpCodecCapability,
    RTCRtpSender,
    RTCSessionDescription,
)
from aiortc.sdp import candidate_from_sdp

from call.broken import BROKEN
from call.closing import close
from call.ice import equip, here
from call.incoming import Incoming
from call.messages import CANDIDATES, Candidate
from call.relays import Choice
from call.sender import adopt
from call.sound import OutgoingSound, SoundFor, apart, asking_for_copies
from call.tuning import tune
from call.video import OutgoingVideo, Receiver
from device.errors import CallError

log = logging.getLogger(__name__)

_PREFERRED = ("video/H264", "video/VP8", "video/rtx")


class Peer:
    """``choice`` are the servers to ask for candidates; never a third party's.
    ``on_open`` is called when the control channel opens, ``on_failed`` when aiortc gives up."""

    def __init__(
        self,
        choice: Choice,
        video: OutgoingVideo | Receiver,
        sound: OutgoingSound | SoundFor,
        incoming: Incoming,
        on_open: Callable[[], None],
        on_failed: Callable[[], None],
    ) -> None:
        self._incoming = incoming
        self._on_failed = on_failed
        self._candidates = 0
        self._early: list[Candidate] = []
        self.opened = asyncio.Event()
        self.connection = RTCPeerConnection(RTCConfiguration([], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))
        incoming.parts.on_failed = on_failed
        tune()
        self.connection.on("track", incoming.add)
        self.connection.on("connectionstatechange", self._state_changed)
        self._sounds = sound.attach(self.connection)
        incoming.listen(self._sounds.receiver)
        self._video = video.track()
        transceiver = self.connection.addTransceiver(self._video, "sendrecv")
        transceiver.setCodecPreferences(_codecs())
        self.sender = adopt(transceiver.sender, self._video)
        self.sender.on_target, self.sender.parts.on_failed = self._sounds.follow, on_failed
        self.budget = self.sender.budget
        # After the tracks: in a bundle, aiortc keeps the transport of the first media section and stops all others.
        self.control: RTCDataChannel = self.connection.createDataChannel("chevet")
        self.captures: RTCDataChannel = self.connection.createDataChannel("captures")
        self.control.on("open", on_open)
        equip(self.connection, choice)

    async def offer(self) -> str:
        """Gather our candidates and describe the session. Raises CallError."""
        try:
            await self.connection.setLocalDescription(await self.connection.createOffer())
        except BROKEN as error:
            raise _failure("offer", error) from error
        return apart(asking_for_copies(str(self.connection.localDescription.sdp)))

    async def answer(self, sdp: str) -> None:
        """Take the page's description. Raises CallError."""
        if self.connection.signalingState != "have-local-offer":
            return
        try:
            await self.connection.setRemoteDescription(RTCSessionDescription(sdp, "answer"))
        except BROKEN as error:
            raise _failure("answer", error) from error
        for candidate in self._early:
            await self._add(candidate)
        self._early.clear()

    async def candidate(self, candidate: Candidate) -> None:
        """Take one of the page's candidates. Raises CallError."""
        self._candidates += 1
        if self._candidates > CANDIDATES:
            return
        if self.connection.signalingState == "have-local-offer":
            self._early.append(candidate)
        else:
            await self._add(candidate)

    async def _add(self, candidate: Candidate) -> None:
        if not candidate.candidate:
            return
        try:
            parsed = candidate_from_sdp(candidate.candidate.removeprefix("candidate:"))
            parsed.sdpMid, parsed.sdpMLineIndex = candidate.sdpMid, candidate.sdpMLineIndex
            await self.connection.addIceCandidate(parsed)
        except BROKEN as error:
            raise _failure("candidate", error) from error

    @property
    def here(self) -> str:
        """The address of this machine that the connection goes out from; "" before it stands."""
        return here(self.connection)

    def hush(self) -> None:
        """Send and show nothing more, from now on."""
        self._sounds.stop()
        self._video.stop()
        self._incoming.hush()

    async def close(self) -> None:
        """Close, within a deadline."""
        self.hush()
        await close(self.connection, self._incoming.close)

    def _state_changed(self) -> None:
        if self.connection.connectionState in ("failed", "closed"):
            self._on_failed()


def _codecs() -> list[RTCRtpCodecCapability]:
    offered = RTCRtpSender.getCapabilities("video").codecs
    wanted = [codec for codec in offered if codec.mimeType in _PREFERRED]
    return sorted(wanted, key=lambda codec: (_PREFERRED.index(codec.mimeType), _profile(codec) != "42e01f"))


def _profile(codec: RTCRtpCodecCapability) -> object:
    return codec.parameters.get("profile-level-id")


def _failure(what: str, error: BaseException) -> CallError:
    return CallError(
        11,
        "La liaison avec le médecin n’a pas pu se faire. Le chariot rappelle.",
        f"{what}: {error!r}"[:300],
        retry=True,
    )

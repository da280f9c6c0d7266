# SPDX-License-Identifier: Apache-2.0
"""One peer connection to a conference server, one way: media go out (WHIP) or come in (WHEP). Never mended, replaced.

The conference server answers our offer, or we answer its own (WHEP). What waits for the peer has a deadline with its
caller; aiortc's own tasks fail unseen, so what counts is ``connected``, and that packets come (``packets``).
"""

import asyncio
import logging
from typing import Protocol

from aiortc import RTCBundlePolicy, RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from call.broken import BROKEN
from call.closing import close
from call.ice import equip, late
from call.relays import Choice
from call.tuning import tune
from call.wish_answers import unusable
from call.wish_sdp import chosen, offered, refusing, taken
from device.errors import CallError

log = logging.getLogger(__name__)

OURS = ("audio", "video")


class End(Protocol):
    """Our end of a peer connection: what goes out or comes in."""

    def attach(self, connection: RTCPeerConnection, kinds: tuple[str, ...]) -> None:
        """Add the media, before anything is described. ``kinds``: those that the server offers, in their order (aiortc
        keeps the transport of the first section of a bundle); all of ours when it is we who offer."""
        ...

    def refusal(self) -> str:
        """What the server left out of what it agreed to; "" when nothing is missing."""
        ...

    def follow(self) -> None:
        """Make what goes out fit what the link carries; called about once a second."""
        ...

    def hush(self) -> None:
        """Send, show and play nothing more, from now on."""
        ...

    async def close(self) -> None:
        """Give back what was taken, once the connection is closed."""
        ...


class WishPeer:
    """``choice`` are the servers to ask for candidates of our own; ``kinds`` as in ``End.attach``."""

    def __init__(self, end: End, choice: Choice, kinds: tuple[str, ...] = OURS) -> None:
        tune()
        self._end = end
        self.connection = RTCPeerConnection(RTCConfiguration([], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))
        self.connection.on("connectionstatechange", self._changed)
        self.connected = asyncio.Event()
        self.failed = asyncio.Event()
        end.attach(self.connection, kinds)
        equip(self.connection, choice)

    async def offer(self) -> str:
        """Gather our candidates and describe what we would send or get. Raises CallError."""
        try:
            await self.connection.setLocalDescription(await self.connection.createOffer())
        except BROKEN as error:
            raise lost(f"offer: {error!r}") from error
        return offered(str(self.connection.localDescription.sdp))

    async def late(self, choice: Choice) -> list[str]:
        """Candidates of a relay that the server named. Raises CallError."""
        try:
            return await late(self.connection, choice)
        except BROKEN as error:
            raise lost(f"relay: {error!r}") from error

    async def answered(self, sdp: str) -> None:
        """Take the server's answer. Raises CallError, also when it left out a part (RFC 9725 §4.4.3)."""
        await self._remote(taken(sdp), "answer")
        self._check()

    async def answer(self, sdp: str) -> str:
        """Take the server's offer and answer it, all sections of it. Raises CallError."""
        await self._remote(taken(chosen(sdp)), "offer")
        try:
            await self.connection.setLocalDescription(await self.connection.createAnswer())
        except BROKEN as error:
            raise unusable(f"offer: {error!r}") from error
        self._check()
        return refusing(str(self.connection.localDescription.sdp), sdp)

    async def _remote(self, sdp: str, kind: str) -> None:
        try:
            await self.connection.setRemoteDescription(RTCSessionDescription(sdp, kind))
        except BROKEN as error:
            raise unusable(f"{kind}: {error!r}") from error

    def _check(self) -> None:
        if missing := self._end.refusal():
            raise CallError(
                55,
                "Le serveur de conférence n’accepte pas l’image ou le son du chariot. Prévenez l’assistance.",
                missing,
            )

    async def packets(self) -> int:
        """How many packets came from the server, of media and about them."""
        report = await self.connection.getStats()
        return sum(getattr(one, "packetsReceived", 0) for one in report.values() if one.type == "transport")

    def follow(self) -> None:
        """Make what goes out fit what the link carries."""
        self._end.follow()

    def hush(self) -> None:
        """Send, show and play nothing more, from now on."""
        self._end.hush()

    async def close(self) -> None:
        """Close, within a deadline."""
        self.hush()
        await close(self.connection, self._end.close)

    def _changed(self) -> None:
        state = self.connection.connectionState
        if state == "connected":
            self.connected.set()
        elif state in {"failed", "closed"}:
            self.failed.set()


def lost(detail: str) -> CallError:
    """The peer connection did not come about, or is dead."""
    return CallError(57, "La liaison avec la conférence est coupée. Le chariot la refait.", detail[:300], retry=True)

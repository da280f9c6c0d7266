# SPDX-License-Identifier: Apache-2.0
"""What a conference server has for the cart, by WHEP (draft-ietf-wish-whep): the doctors' picture and voice, mixed or
forwarded, one of each. They are read by ``call.incoming`` as a doctor's own are.
"""

from aiortc import MediaStreamTrack, RTCPeerConnection, RTCRtpTransceiver

from call.incoming import Incoming
from call.whip import opus, video
from call.wish_feedback import Feedback


class Playback:
    """What comes in, in one peer connection (``call.wish_peer.End``)."""

    def __init__(self, incoming: Incoming) -> None:
        self._incoming = incoming
        self._transceivers: list[RTCRtpTransceiver] = []
        self._feedback: Feedback | None = None

    def attach(self, connection: RTCPeerConnection, kinds: tuple[str, ...]) -> None:
        """Ask for a voice and a picture. A conference may be without either."""
        for kind in kinds:
            transceiver = connection.addTransceiver(kind, "recvonly")
            transceiver.setCodecPreferences(opus() if kind == "audio" else video())
            if kind == "audio":
                self._incoming.listen(transceiver.receiver)
            self._transceivers.append(transceiver)
        connection.on("track", self._track)
        self._feedback = Feedback(connection, self._transceivers[0])

    def refusal(self) -> str:
        """What is missing: everything, or nothing."""
        given = any(one.currentDirection == "recvonly" for one in self._transceivers)
        return "" if given else "neither picture nor voice"

    def follow(self) -> None:
        """Nothing goes out."""

    def hush(self) -> None:
        """Show and play nothing more."""
        self._incoming.hush()

    async def close(self) -> None:
        """Read nothing more."""
        if self._feedback is not None:
            await self._feedback.close()
        await self._incoming.close()

    def _track(self, track: MediaStreamTrack) -> None:
        if track.kind == "video":
            self._incoming.add(track)

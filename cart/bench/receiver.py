# SPDX-License-Identifier: Apache-2.0
"""One receiver for every sender that is measured: a peer in a process of its own (``python -m`` this module) that takes
everything, estimates nothing and decodes nothing until the measuring is over. Then it says what became of a window.

Its standard input: a JSON string, the offer; then a JSON array, the window's instants. Its output: the answer; then the
four numbers of ``cart.bench.fidelity.Taken``.
"""

import asyncio
import json
import re
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import av
from aiortc import RTCConfiguration, RTCPeerConnection, RTCRtpCodecParameters, RTCSessionDescription, rtcrtpreceiver
from aiortc.contrib.media import MediaBlackhole
from aiortc.jitterbuffer import JitterFrame

from cart.bench.fidelity import Taken, Unit, judge
from cart.bench.reel import Reel

ANSWER_SECONDS, JUDGING_SECONDS, LIFE_SECONDS = 60.0, 90.0, 180.0
MOST = 6000
"""Pictures kept."""
_ESTIMATES = re.compile(r"a=(?:rtcp-fb:\d+ (?:goog-remb|transport-cc)|extmap:\d+ \S*abs-send-time)\r\n")
"""What a description says to have a receiver estimate the link: without it the bit rate stays where a sender begins."""


class Receiver:
    """The process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def answer(self, offer: str) -> str:
        """To a sender's offer. Raises TimeoutError."""
        return str(await self._ask(offer, ANSWER_SECONDS))

    async def taken(self, began: float, ended: float) -> Taken:
        """What became of the pictures that came between two instants of ``time.monotonic``. Raises TimeoutError."""
        return Taken(*await self._ask([began, ended], JUDGING_SECONDS))

    async def _ask(self, question: object, seconds: float) -> list[float] | str:
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("no pipes")
        self._process.stdin.write(json.dumps(question).encode() + b"\n")
        answer: list[float] | str = json.loads(await asyncio.wait_for(self._process.stdout.readline(), seconds))
        return answer


@asynccontextmanager
async def receiver(reel: Path, *, listens: bool) -> AsyncIterator[Receiver]:
    """A receiver of pictures of ``reel``; of sound only if it ``listens``: otherwise nobody sends it any."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "cart.bench.receiver",
        str(reel),
        "listens" if listens else "deaf",
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        limit=1 << 20,
    )
    try:
        yield Receiver(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


class _Kept:
    """A decoder that keeps the pictures encoded, and leaves the processor to the one who is measured."""

    def __init__(self, codec: RTCRtpCodecParameters, units: list[Unit]) -> None:
        self._codec = codec
        self._units = units

    def decode(self, encoded: JitterFrame) -> list[av.VideoFrame]:
        """Nothing."""
        if self._codec.mimeType.startswith("video/") and len(self._units) < MOST:
            self._units.append(Unit(time.monotonic(), self._codec.name, bytes(encoded.data)))
        return []


async def _receive(reel: Path, *, listens: bool) -> None:
    units: list[Unit] = []
    vars(rtcrtpreceiver)["get_decoder"] = lambda codec: _Kept(codec, units)
    connection, hole = RTCPeerConnection(RTCConfiguration([])), MediaBlackhole()
    connection.on("track", hole.addTrack)
    offer = _ESTIMATES.sub("", json.loads(await asyncio.to_thread(sys.stdin.readline)))
    await connection.setRemoteDescription(RTCSessionDescription(offer, "offer"))
    for transceiver in connection.getTransceivers():
        if transceiver.kind == "audio" and not listens:
            transceiver.direction = "inactive"
    await connection.setLocalDescription(await connection.createAnswer())
    _say(connection.localDescription.sdp)
    await hole.start()
    began, ended = json.loads(await asyncio.to_thread(sys.stdin.readline))
    await connection.close()
    _say(judge(units, began, ended, Reel.at(reel)))


def _say(what: object) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(asyncio.wait_for(_receive(Path(sys.argv[1]), listens=sys.argv[2] == "listens"), LIFE_SECONDS))

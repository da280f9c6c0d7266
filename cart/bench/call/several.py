# SPDX-License-Identifier: Apache-2.0
"""What a second receiver costs: CPU of the call's process for each second, at 720p30, with none, one and two receivers
in processes of their own, who watch and listen (``receive``) or talk as well (``talk``: doctors who hear each other).

Pictures come decoded, so that the first receiver is not made dearer by the camera. ``python -m`` this module plays the
parts.
"""

import asyncio
import json
import re
import resource
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from fractions import Fraction
from math import isnan, nan
from pathlib import Path
from statistics import median

import av
import numpy as np
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription, rtcrtpreceiver
from aiortc.contrib.media import MediaBlackhole

from call.incoming import Incoming
from call.mixer import Mixer
from call.peer import Peer
from call.relays import Choice
from call.sound import OutgoingSound, SoundFor
from call.video import OutgoingVideo
from cart.bench.result import Result, at_most, figure
from cart.bench.sender import RATE, Loop, decoded
from device.ring import RingWriter
from virtual.sounds import VirtualLoudspeaker, VirtualMicrophone, voice

SIZE = (1280, 720)
WARM_SECONDS, SECONDS = 3.0, 8.0
ROUNDS = 3
LEAST = 15
"""Pictures a second below which the machine is too busy for the figure to mean anything."""
CHILD_SECONDS = 90
GOAL = 0.25
_BLOCK, _HERTZ = 960, 48_000
_ESTIMATES = re.compile(r"a=(?:rtcp-fb:\d+ goog-remb|extmap:\d+ \S*abs-send-time)\r\n")
"""What a description says to have a receiver estimate the link."""


async def several(rounds: int = ROUNDS) -> list[Result]:
    """Rounds of none, one and two, in turn, each in its own process; the medians. A round that the machine was too busy
    for does not count, and is said."""
    found = []
    for part, who in (("receive", "who watches and listens"), ("talk", "who talks, too, without a camera")):
        costs = [await _round(part) for _ in range(rounds)]
        valid = [cost for cost in costs if cost is not None]
        name = f"call.several.{part}"
        found.append(figure(f"{name}.busy", "rounds that the machine was too busy for", rounds - len(valid), ""))
        if valid:
            first, second = (median(cost[place] for cost in valid) for place in (0, 1))
            share = median(cost[1] / cost[0] for cost in valid)
            found += [
                figure(f"{name}.first", f"CPU for a receiver {who}", first * 1000, "ms/s"),
                figure(f"{name}.second", "… for another", second * 1000, "ms/s"),
                at_most(f"{name}.share", "the second receiver against the first", share, "×", GOAL),
            ]
    return found


async def _round(part: str) -> tuple[float, float] | None:
    """What the first and the second receiver add, CPU seconds for each second; None on a machine that is too busy."""
    none, one, two = [await _child("call", part, str(count)) for count in (0, 1, 2)]
    return None if isnan(one) or isnan(two) else (one - none, two - one)


async def _child(*arguments: str) -> float:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "cart.bench.call.several", *arguments, stdout=subprocess.PIPE
    )
    told, _ = await asyncio.wait_for(process.communicate(), CHILD_SECONDS)
    return float(told.split()[-1])


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def _call(part: str, count: int, folder: Path) -> float:
    """CPU seconds for each second of 30 pictures with so many receivers; nan when the machine is too busy to
    make them."""
    source = Loop(await decoded(folder))
    video = OutgoingVideo(source, source)
    sound = OutgoingSound(VirtualMicrophone(voice()), source)
    mixer = Mixer(VirtualLoudspeaker())
    async with AsyncExitStack() as stack:
        hearing = asyncio.create_task(sound.run())
        stack.callback(video.close)
        stack.callback(hearing.cancel)
        sink = RingWriter(folder / "doctor.ring", 640, 360)
        for _ in range(count):
            said = mixer.voice()
            peer = Peer(Choice(), video, SoundFor(sound, said.others), Incoming(sink, said), lambda: None, lambda: None)
            stack.push_async_callback(peer.close)
            await peer.answer(await stack.enter_async_context(_receiver(part, await peer.offer())))
        await asyncio.sleep(WARM_SECONDS)
        began, frames = _cpu(), video.frames
        await asyncio.sleep(SECONDS)
        used = _cpu() - began
        made = video.frames - frames
        if not count:
            return used / SECONDS
        return used * RATE / made if video.size == SIZE and made >= SECONDS * LEAST else nan


@asynccontextmanager
async def _receiver(part: str, offer: str) -> AsyncIterator[str]:
    """A receiver in a process of its own; its answer."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "cart.bench.call.several",
        part,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        limit=1 << 20,
    )
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("no pipes")
    process.stdin.write(json.dumps(offer).encode() + b"\n")
    try:
        yield json.loads(await asyncio.wait_for(process.stdout.readline(), 20))
    finally:
        process.kill()
        await process.wait()


class _Talk(MediaStreamTrack):
    """A voice."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._blocks = voice().reshape(-1, _BLOCK)
        self._count = 0

    async def recv(self) -> av.AudioFrame:
        await asyncio.sleep(_BLOCK / _HERTZ)
        block = np.asarray(self._blocks[self._count % len(self._blocks)], np.int16).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(block, format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = _HERTZ, self._count * _BLOCK, Fraction(1, _HERTZ)
        self._count += 1
        return frame


class _Blind:
    """A decoder that leaves the processor to the one who is measured."""

    def decode(self, _: object) -> list[av.VideoFrame]:
        """Nothing."""
        return []


async def _receive(*, talks: bool) -> None:
    """A peer that takes everything and estimates nothing: the bit rate stays where the sender begins."""
    vars(rtcrtpreceiver)["get_decoder"] = lambda _: _Blind()
    offer = _ESTIMATES.sub("", json.loads(sys.stdin.readline()))
    connection, hole = RTCPeerConnection(RTCConfiguration([])), MediaBlackhole()
    connection.on("track", hole.addTrack)
    await connection.setRemoteDescription(RTCSessionDescription(offer, "offer"))
    if talks:
        connection.addTrack(_Talk())
    await connection.setLocalDescription(await connection.createAnswer())
    sys.stdout.write(json.dumps(connection.localDescription.sdp) + "\n")
    sys.stdout.flush()
    await hole.start()
    await asyncio.sleep(CHILD_SECONDS)


def _main() -> None:
    if sys.argv[1] != "call":
        asyncio.run(_receive(talks=sys.argv[1] == "talk"))
        return
    with tempfile.TemporaryDirectory(prefix="chevet-bench-") as folder:
        sys.stdout.write(f"{asyncio.run(_call(sys.argv[2], int(sys.argv[3]), Path(folder)))}\n")


if __name__ == "__main__":
    _main()

# SPDX-License-Identifier: Apache-2.0
"""What sending a 720p30 picture costs: the cart's sender, connected to a peer in another process, against its bare
encoder with the same options, pictures and bit rate; each decodes the camera's Motion JPEG first. CPU of the whole
sending process for each frame sent: with the voice, the transport and the data channels."""

import asyncio
import json
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.contrib.media import MediaBlackhole

from call.congestion import START
from call.encoders import CLOCK, make_encoder
from call.incoming import Incoming
from call.peer import Peer
from call.relays import Choice
from call.sound import OutgoingSound
from call.video import OutgoingVideo
from cart.bench.result import Result, at_most, figure
from cart.cli import ROOT
from device.clock import SystemClock
from device.ring import Picture, RingWriter
from device.station.state import CartInfo, State
from device.video import Cameras, Format, Raw
from device.video.pixels import Unpacker
from virtual.cameras import GENERATORS
from virtual.cameras.film import jpeg
from virtual.sounds import VirtualLoudspeaker, VirtualMicrophone, tone

PICTURES = 60
RATE = 30
WARM_SECONDS, SECONDS = 3.0, 8.0
ROUNDS = 5
CHILD_SECONDS = 90


def measure() -> Iterator[Result]:
    """Rounds of both, in turn, each in its own process; the median ratio."""
    ratios, sent, bare = [], [], []
    for _ in range(ROUNDS):
        sent.append(_child("call"))
        bare.append(_child("bare"))
        ratios.append(sent[-1] / bare[-1])
    middle = ROUNDS // 2
    yield figure("sender.bare", "JPEG decoded, bare x264, CPU for each 720p frame", sorted(bare)[middle], "ms")
    yield figure("sender.call", "the cart's sender, CPU for each 720p30 frame sent", sorted(sent)[middle], "ms")
    yield at_most("sender.ratio", "… against decoding and the bare encoder", sorted(ratios)[middle], "×", 1.15)


def _child(part: str) -> float:
    command = [sys.executable, "-m", "cart.bench.sender", part]
    done = subprocess.run(command, capture_output=True, text=True, timeout=CHILD_SECONDS, check=True)  # noqa: S603 - ourselves
    return float(done.stdout.split()[-1])


class Loop:
    """The same pictures again and again, 30 a second."""

    def __init__(self, pictures: list[npt.NDArray[np.uint8]]) -> None:
        self._pictures = pictures
        self._began = time.monotonic()
        now = SystemClock(trusted=True).now()
        self.state = State(0, now, CartInfo("", "", "", ""), (), camera="room")

    async def changes(self) -> AsyncIterator[State]:
        """Nothing changes."""
        yield self.state

    async def next(self, after: int, deadline: float) -> Picture:
        """The newest picture over ``after``."""
        del deadline
        due = self._began + (after + 1) / RATE
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        number = max(after + 1, int((time.monotonic() - self._began) * RATE))
        i420 = self._pictures[number % len(self._pictures)]
        return Picture(number, time.monotonic(), 1280, 720, i420)


class _Camera(Loop):
    """Likewise, decoded as a camera's are: in a thread, each time."""

    def __init__(self, pictures: list[npt.NDArray[np.uint8]]) -> None:
        super().__init__(pictures)
        self._raws = _raws(pictures)
        self._unpacker = Unpacker()

    async def next(self, after: int, deadline: float) -> Picture:
        """The newest picture over ``after``."""
        picture = await super().next(after, deadline)
        raw = self._raws[picture.sequence % len(self._raws)]
        i420 = await asyncio.to_thread(self._unpacker.i420, raw)
        return Picture(picture.sequence, picture.monotonic, picture.width, picture.height, i420)


def _raws(pictures: list[npt.NDArray[np.uint8]]) -> list[Raw]:
    return [Raw(Format.MJPEG, 1280, 720, jpeg(picture)) for picture in pictures]


async def decoded(folder: Path) -> list[npt.NDArray[np.uint8]]:
    """Two seconds of the room camera, decoded."""
    clock = SystemClock(trusted=True)
    cameras = Cameras.load(ROOT / "config" / "cameras.toml", folder, clock, lambda _: None, GENERATORS)
    room = cameras.choose("room")
    room.start()
    found: list[npt.NDArray[np.uint8]] = []
    after = 0
    while len(found) < PICTURES:
        picture = await room.next(after, 30.0)
        after = picture.sequence
        found.append(picture.i420)
    room.stop()
    return found


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def _bare(folder: Path) -> float:
    raws, unpacker = _raws(await decoded(folder)), Unpacker()
    encoder = make_encoder("H264", 1280, 720, START, RATE)
    frames = int(SECONDS * RATE)
    began, started = 0.0, time.monotonic()
    for number in range(RATE + frames):
        if number == RATE:
            began = _cpu()
        await asyncio.sleep(max(0.0, started + number / RATE - time.monotonic()))
        i420 = unpacker.i420(raws[number % PICTURES])
        frame = av.VideoFrame.from_numpy_buffer(i420, format="yuv420p")
        frame.pts, frame.time_base = number * CLOCK.denominator // RATE, CLOCK
        encoder.encode(frame, keyframe=number == 0)
    return (_cpu() - began) / frames * 1000


async def _call(folder: Path) -> float:
    source = _Camera(await decoded(folder))
    video = OutgoingVideo(source, source)
    voice = OutgoingSound(VirtualMicrophone(tone(440)), source)
    sink = RingWriter(folder / "doctor.ring", 640, 360)
    peer = Peer(Choice(), video, voice, Incoming(sink, VirtualLoudspeaker()), lambda: None, lambda: None)
    receiver = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "cart.bench.sender",
        "receive",
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        limit=1 << 20,
    )
    if receiver.stdin is None or receiver.stdout is None:
        raise RuntimeError("no pipes")
    receiver.stdin.write(json.dumps(await peer.offer()).encode() + b"\n")
    await peer.answer(json.loads(await asyncio.wait_for(receiver.stdout.readline(), 20)))
    await asyncio.sleep(WARM_SECONDS)
    began, frames = _cpu(), video.frames
    await asyncio.sleep(SECONDS)
    result = (_cpu() - began) / (video.frames - frames) * 1000
    if video.size != (1280, 720):
        raise RuntimeError(f"sent {video.size}")
    receiver.kill()
    await receiver.wait()
    await peer.close()
    return result


async def _receive() -> None:
    """A peer that takes everything and estimates nothing: the bit rate stays where the sender begins."""
    offer = re.sub(r"a=rtcp-fb:\d+ goog-remb\r\n", "", json.loads(sys.stdin.readline()))
    connection, hole = RTCPeerConnection(RTCConfiguration([])), MediaBlackhole()
    connection.on("track", hole.addTrack)
    await connection.setRemoteDescription(RTCSessionDescription(offer, "offer"))
    await connection.setLocalDescription(await connection.createAnswer())
    sys.stdout.write(json.dumps(connection.localDescription.sdp) + "\n")
    sys.stdout.flush()
    await hole.start()
    await asyncio.sleep(CHILD_SECONDS)


def _main() -> None:
    part = sys.argv[1]
    if part == "receive":
        asyncio.run(_receive())
        return
    with tempfile.TemporaryDirectory(prefix="chevet-bench-") as folder:
        work = _bare(Path(folder)) if part == "bare" else _call(Path(folder))
        sys.stdout.write(f"{asyncio.run(work)}\n")


if __name__ == "__main__":
    _main()

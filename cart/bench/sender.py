# SPDX-License-Identifier: Apache-2.0
"""What sending a 720p30 picture costs: the cart's sender, connected to a peer in another process, against its bare
encoder with the same options, pictures and bit rate, and against Chromium's sender with the same pictures, codec, bit
rate and receiver. Each decodes its camera's Motion JPEG first. CPU of the whole sending process, of Chromium's all, for
each frame: for the picture alone with the transport and the data channels, and for the cart once more with its voice.
"""

import asyncio
import json
import math
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median

import av
import msgspec
import numpy as np
import numpy.typing as npt

from call.congestion import START
from call.encoders import CLOCK, make_encoder
from call.incoming import Incoming
from call.peer import Peer
from call.relays import Choice
from call.sound import OutgoingSound
from call.video import OutgoingVideo
from cart.bench import sender_chromium
from cart.bench.fidelity import Taken
from cart.bench.receiver import receiver
from cart.bench.reel import Reel, reels
from cart.bench.result import Result, at_least, at_most, figure
from cart.bench.stamps import SIZE
from cart.cli import ROOT
from device.clock import SystemClock
from device.ring import Picture, RingWriter
from device.station.state import CartInfo, State
from device.video import Cameras, Format, Raw
from device.video.pixels import Unpacker
from virtual.cameras import GENERATORS
from virtual.sounds import VirtualLoudspeaker, VirtualMicrophone, tone

PICTURES = 60
RATE = 30
WARM_SECONDS, SECONDS = 4.0, 8.0
SHORT_SECONDS = 3.0
ROUNDS = 3
CHILD_SECONDS = 180
MOST_BARE, MOST_CHROMIUM, LEAST_GAIN = 1.15, 1.0, 0.0
LEAST = 25
"""Pictures a second below which the machine was too busy for a round to mean anything."""
READ = 0.98
"""Share of the pictures whose number must have been read, or they were not what was to be measured."""


class Cost(msgspec.Struct, frozen=True):
    """A window of one sender: CPU milliseconds for each frame, frames a second, kbit/s of encoded picture, luma PSNR
    in dB; ``camera``: of the milliseconds, what an open camera costs before anything is sent (Chromium's alone)."""

    cpu: float
    fps: float = 0.0
    kbits: float = 0.0
    psnr: float = 0.0
    camera: float = 0.0


class Round(msgspec.Struct, frozen=True):
    """One after the other, in the same half minute."""

    bare: Cost
    alone: Cost
    voiced: Cost
    chromium: Cost

    @property
    def busy(self) -> bool:
        """Whether a sender did not get at the processor."""
        return min(self.alone.fps, self.voiced.fps, self.chromium.fps) < LEAST


def measure(*, short: bool = False) -> Iterator[Result]:
    """Rounds of all, in turn, the cart's parts each in its own process; the medians, and those of the ratios.
    ``short``: one round of a few seconds, which says whether it works."""
    seconds = SHORT_SECONDS if short else SECONDS
    with tempfile.TemporaryDirectory(prefix="chevet-bench-") as folder:
        camera, squeezed = reels(Path(folder))
        rounds = [_round(camera, squeezed, seconds) for _ in range(1 if short else ROUNDS)]
    yield from results(rounds)


def results(rounds: list[Round]) -> Iterator[Result]:
    """What they say; a round that the machine was too busy for does not count, and is said."""
    valid = [one for one in rounds if not one.busy]
    yield figure("sender.busy", "rounds that the machine was too busy for", len(rounds) - len(valid), "")
    if valid:
        yield from _figures(valid)


def _figures(rounds: list[Round]) -> Iterator[Result]:
    bare, alone, voiced, chromium = (
        [getattr(one, part) for one in rounds] for part in ("bare", "alone", "voiced", "chromium")
    )
    yield figure("sender.bare", "JPEG decoded, bare x264, CPU for each 720p frame", _median(bare, "cpu"), "ms")
    yield figure("sender.video", "the cart's picture alone, CPU for each frame", _median(alone, "cpu"), "ms")
    ratio = median(one.alone.cpu / one.bare.cpu for one in rounds)
    yield at_most("sender.ratio", "… against decoding and the bare encoder", ratio, "×", MOST_BARE)
    yield figure("sender.call", "the cart's picture and voice, CPU for each frame", _median(voiced, "cpu"), "ms")
    ratio = median(one.voiced.cpu / one.bare.cpu for one in rounds)
    yield figure("sender.call.ratio", "… against decoding and the bare encoder", ratio, "×")
    yield figure("sender.chromium", "Chromium's picture alone, CPU for each frame", _median(chromium, "cpu"), "ms")
    yield figure("sender.chromium.camera", "… of which its camera, open", _median(chromium, "camera"), "ms")
    for name, who, costs in (("video", "the cart", alone), ("chromium", "Chromium", chromium)):
        yield figure(f"sender.{name}.fps", f"{who}: pictures taken a second", _median(costs, "fps"), "/s")
        yield figure(f"sender.{name}.rate", f"{who}: encoded picture taken", _median(costs, "kbits"), "kbit/s")
        yield figure(f"sender.{name}.psnr", f"{who}: luma PSNR", _median(costs, "psnr"), "dB")
    ratio = median(one.alone.cpu / one.chromium.cpu for one in rounds)
    yield at_most("sender.chromium.ratio", "the cart's picture against Chromium's, CPU", ratio, "×", MOST_CHROMIUM)
    gain = median(one.alone.psnr - one.chromium.psnr for one in rounds)
    yield at_least("sender.chromium.gain", "… PSNR", gain, "dB", LEAST_GAIN)


def _median(costs: list[Cost], what: str) -> float:
    return float(median(getattr(cost, what) for cost in costs))


def _round(camera: Path, squeezed: Path, seconds: float) -> Round:
    alone = _child("alone", camera, seconds)
    theirs = asyncio.run(sender_chromium.sent(squeezed, START, WARM_SECONDS, seconds))
    bare = _child("bare", camera, seconds)
    return Round(bare, alone, _child("voiced", camera, seconds), of_chromium(theirs, seconds))


def of_chromium(sent: sender_chromium.Sent, seconds: float) -> Cost:
    """A window of Chromium's."""
    cost = cost_of(sent.cpu, sent.taken, seconds)
    return msgspec.structs.replace(cost, camera=sent.camera / RATE * 1000)


def cost_of(cpu: float, taken: Taken, seconds: float) -> Cost:
    """``cpu`` seconds for what was taken in ``seconds``. Raises RuntimeError when too little of it could be read."""
    if taken.read < max(1, taken.frames * READ) or math.isnan(taken.psnr):
        raise RuntimeError(f"{taken.read} of {taken.frames} pictures could be read")
    return Cost(cpu / taken.frames * 1000, taken.frames / seconds, taken.octets * 8 / seconds / 1000, taken.psnr)


def _child(part: str, reel: Path, seconds: float) -> Cost:
    command = [sys.executable, "-m", "cart.bench.sender", part, str(reel), str(seconds)]
    done = subprocess.run(command, capture_output=True, timeout=CHILD_SECONDS, check=True)  # noqa: S603 - ourselves
    return msgspec.json.decode(done.stdout.splitlines()[-1], type=Cost)


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
        now = time.monotonic()
        number = max(after + 1, int((now - self._began) * RATE))
        return Picture(number, now, *SIZE, await self.i420(number))

    async def i420(self, number: int) -> npt.NDArray[np.uint8]:
        """A picture, numbers going round."""
        return self._pictures[number % len(self._pictures)]


class _Camera(Loop):
    """A reel's, decoded as a camera's are: in a thread, each time."""

    def __init__(self, pictures: list[bytes]) -> None:
        super().__init__([])
        self._raws = [Raw(Format.MJPEG, *SIZE, picture) for picture in pictures]
        self._unpacker = Unpacker()

    async def i420(self, number: int) -> npt.NDArray[np.uint8]:
        """A picture, numbers going round."""
        return await asyncio.to_thread(self._unpacker.i420, self._raws[number % len(self._raws)])


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


async def _bare(reel: Path, seconds: float) -> Cost:
    raws = [Raw(Format.MJPEG, *SIZE, picture) for picture in Reel.at(reel).pictures]
    unpacker, encoder = Unpacker(), make_encoder("H264", *SIZE, START, RATE)
    frames = int(seconds * RATE)
    began, started = 0.0, time.monotonic()
    for number in range(RATE + frames):
        if number == RATE:
            began = _cpu()
        await asyncio.sleep(max(0.0, started + number / RATE - time.monotonic()))
        i420 = unpacker.i420(raws[number % len(raws)])
        frame = av.VideoFrame.from_numpy_buffer(i420, format="yuv420p")
        frame.pts, frame.time_base = number * CLOCK.denominator // RATE, CLOCK
        encoder.encode(frame, keyframe=number == 0)
    return Cost((_cpu() - began) / frames * 1000)


async def _call(reel: Path, seconds: float, *, voiced: bool) -> Cost:
    """The cart's sender; its voice only if the receiver listens (it has it answered as inactive otherwise)."""
    source = _Camera(Reel.at(reel).pictures)
    video = OutgoingVideo(source, source)
    voice = OutgoingSound(VirtualMicrophone(tone(440)), source)
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="chevet-bench-")))
        incoming = Incoming(RingWriter(folder / "doctor.ring", 640, 360), VirtualLoudspeaker())
        peer = Peer(Choice(), video, voice, incoming, lambda: None, lambda: None)
        stack.push_async_callback(peer.close)
        taker = await stack.enter_async_context(receiver(reel, listens=voiced))
        await peer.answer(await taker.answer(await peer.offer()))
        if voiced:
            hearing = asyncio.create_task(voice.run())
            stack.callback(hearing.cancel)
        await asyncio.sleep(WARM_SECONDS)
        began, before = time.monotonic(), _cpu()
        await asyncio.sleep(seconds)
        used, ended = _cpu() - before, time.monotonic()
        if video.size != SIZE:
            raise RuntimeError(f"sent {video.size}")
        return cost_of(used, await taker.taken(began, ended), ended - began)


def _main() -> None:
    part, reel, seconds = sys.argv[1], Path(sys.argv[2]), float(sys.argv[3])
    work = _bare(reel, seconds) if part == "bare" else _call(reel, seconds, voiced=part == "voiced")
    sys.stdout.write(json.dumps(msgspec.to_builtins(asyncio.run(work))) + "\n")


if __name__ == "__main__":
    _main()

# SPDX-License-Identifier: Apache-2.0
"""What a camera's frame costs before it is encoded, format by format, and how soon a replugged camera shows."""

import asyncio
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

import numpy as np

from cart.bench.result import Result, at_most, figure
from device.camera import CameraPhase, CameraState
from device.clock import SystemClock
from device.video import Camera, CameraRow, Format, Preview, Raw, encode
from device.video.pixels import Unpacker, frame_of
from device.video.turbo import Turbo
from virtual.cameras import VirtualCamera
from virtual.cameras.card import Card
from virtual.cameras.film import LazyFilm
from virtual.cameras.room import HEIGHT, WIDTH, Room

FRAMES = 60
ROUNDS = 5
QUALITY = 2
"""Of the JPEGs, 1 (finest) to 31: some 100 kB at 720p, 3 MB/s, as webcams send."""
REPLUGS = 6
REPLUG_SECONDS = 10.0


def measure() -> Iterator[Result]:
    """A 720p frame of each format, a JPEG against libjpeg-turbo alone in turn; then replugs of a virtual camera."""
    yield from _formats()
    waits = asyncio.run(_replugs())
    yield at_most(
        "camera.replug", f"from the replug to the first picture, median of {REPLUGS} (virtual)", median(waits), "s", 3.0
    )


def _formats() -> Iterator[Result]:
    frames, unpacker, turbo = _frames(), Unpacker(), Turbo()
    jpeg = frames[Format.MJPEG]
    for kind, raw in frames.items():
        ours = median(_milliseconds(lambda raw=raw: unpacker.i420(raw))[0])  # type: ignore[misc] # bound now
        nanoseconds = ours * 1e6 / (WIDTH * HEIGHT)
        yield figure(f"camera.{kind.name.lower()}", f"{kind} to I420, {ours:.2f} ms at 720p", nanoseconds, "ns/px")
    if turbo.unpack(jpeg.data) is not None:
        rounds = [_milliseconds(lambda: unpacker.i420(jpeg), lambda: turbo.unpack(jpeg.data)) for _ in range(ROUNDS)]
        size = len(jpeg.data) // 1000
        ratio = median(median(ours) / median(alone) for ours, alone in rounds)
        yield at_most(
            "camera.ratio", f"MJPG 4:2:2 720p ({size} kB) to I420 against libjpeg-turbo alone", ratio, "×", 1.2
        )


def _frames() -> dict[Format, Raw]:
    """The room in each format."""
    i420 = Room().draw(0.4, (WIDTH, HEIGHT))
    whole = frame_of(i420)
    jpeg = encode(whole.reformat(format="yuv422p"), QUALITY, huffman="default")
    packed = whole.reformat(format="yuyv422").to_ndarray()
    chroma = i420[HEIGHT:].reshape(2, -1)
    nv12 = np.concatenate([i420[:HEIGHT].ravel(), chroma.T.ravel()])
    data = {
        Format.MJPEG: jpeg,
        Format.YUYV: packed.tobytes(),
        Format.NV12: nv12.tobytes(),
        Format.I420: i420.tobytes(),
    }
    return {kind: Raw(kind, WIDTH, HEIGHT, content) for kind, content in data.items()}


def _milliseconds(*works: Callable[[], object]) -> list[list[float]]:
    """Of each call of each work, all of them in turn, so that what else the machine does is felt by all alike."""
    taken: list[list[float]] = [[] for _ in works]
    for _ in range(FRAMES):
        for work, times in zip(works, taken, strict=True):
            began = time.perf_counter()
            work()
            times.append((time.perf_counter() - began) * 1000)
    return taken


async def _replugs() -> list[float]:
    """Seconds from each replug to the first new picture."""
    size = (640, 480)
    source = VirtualCamera(LazyFilm(Card(), size, 30.0))
    row = CameraRow(id="bench", label="Banc", role="room", match="virtual:card", size=size, rate=30.0, sites=())
    changed = asyncio.Event()

    def note(_: CameraState) -> None:
        changed.set()

    with tempfile.TemporaryDirectory(prefix="chevet-bench-") as folder:
        camera = Camera(row, source, Preview(Path(folder) / "bench.ring"), SystemClock(trusted=True), note)
        camera.start()
        try:
            waits = []
            last = (await camera.next(0, REPLUG_SECONDS)).sequence
            for _ in range(REPLUGS):
                source.unplug()
                async with asyncio.timeout(REPLUG_SECONDS):
                    while camera.phase is not CameraPhase.ABSENT:
                        changed.clear()
                        await changed.wait()
                await asyncio.sleep(random.random())  # noqa: S311 - a hand comes at any moment of the search
                source.recover()
                began = time.monotonic()
                last = (await camera.next(last, REPLUG_SECONDS)).sequence
                waits.append(time.monotonic() - began)
        finally:
            camera.stop()
    return waits

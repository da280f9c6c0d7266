# SPDX-License-Identifier: Apache-2.0
"""Glass to glass on the LAN: how long a picture takes from the camera to the doctor's screen.

Each picture of the room camera's film has its number burned in; the kernel (inotify(7)) tells when the virtual camera
opens it, which is the moment in which a real one would hand it over; the page reads the number off each picture when
its browser says that it is shown (``requestVideoFrameCallback``). So all between is in it but the sensor and the panel.
"""

import asyncio
import ctypes
import json
import os
import shutil
import struct
import tempfile
import threading
import time
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from cart.bench.call.sides import SIZE, WATCH, cart_side
from cart.bench.result import Result, at_most, figure, percentile
from cart.bench.stamps import drawn, stamped
from cart.stage.network import Cable
from virtual.cameras.film import frame_name

SECONDS, SETTLING = 20.0, 10.0
MOST = 0.08
LONGEST = 4.0
"""Seconds after which a number comes round again is no delay."""
STAMPS = (Path(__file__).parent / "stamps.js").read_text("utf-8")
_OPENED, _EVENT = 0x20, 16
_BUFFERS = """async () => {
  const peer = window.__chevet.peers.filter((one) => one.connectionState === "connected").at(-1);
  const told = [...(await peer.getStats()).values()].filter((one) => one.type === "inbound-rtp");
  told.sort((one, other) => Number(other.mid) - Number(one.mid)); // the first of a kind is taken last
  return Object.fromEntries(told.map((one) => [one.kind, [one.jitterBufferDelay, one.jitterBufferEmittedCount]]));
}"""
_CACHE = "XDG_CACHE_HOME"


async def glass(cable: Cable) -> list[Result]:
    """The delays of a call without any weather."""
    with (
        tempfile.TemporaryDirectory(prefix="chevet-bench-") as name,
        _cache(Path(name)) as folder,
        _Opened(folder) as opened,
    ):
        async with cart_side(cable, watch=WATCH + STAMPS) as side:
            await asyncio.sleep(SETTLING)
            await side.page.evaluate("window.__stamps.length = 0")
            before = await side.page.evaluate(_BUFFERS)
            await asyncio.sleep(SECONDS)
            shown = json.loads(await side.page.evaluate("JSON.stringify(window.__stamps)"))
            after = await side.page.evaluate(_BUFFERS)
    return [*results(shown, opened.instants), *_buffered(before, after)]


def _buffered(before: dict[str, Any], after: dict[str, Any]) -> Iterator[Result]:
    """How long the browser kept pictures and sounds back, of that."""
    for kind, what in (("video", "pictures"), ("audio", "sounds")):
        waited, count = (after[kind][place] - before[kind][place] for place in (0, 1))
        yield figure(f"call.glass.buffer-{kind}", f"of which {what} wait in the browser's buffer", waited / count, "s")


def results(shown: Sequence[Sequence[Any]], opened: dict[int, list[float]]) -> list[Result]:
    """``shown``: instants (milliseconds), numbers and sizes; ``opened``: for each number the instants (seconds)."""
    delays = list(_delays([(at / 1000, number) for at, number, _ in shown], opened))
    whole = [size for _, _, size in shown if size == f"{SIZE[0]}x{SIZE[1]}"]
    if not delays:
        return [figure("call.glass.pictures", "pictures whose number could be read", 0, "")]
    return [
        figure("call.glass.whole", "share of pictures shown in full size", len(whole) / len(shown), ""),
        figure("call.glass.fps", "pictures a second whose number was read", len(delays) / SECONDS, "/s"),
        figure("call.glass.p50", "from the camera to the screen, median", percentile(delays, 50), "s"),
        at_most("call.glass.p95", "… for 95 of 100 pictures", percentile(delays, 95), "s", MOST),
    ]


def _delays(shown: Sequence[tuple[float, int]], opened: dict[int, list[float]]) -> Iterator[float]:
    for at, number in shown:
        instants = opened.get(number, [])
        place = bisect_right(instants, at)
        if place and at - instants[place - 1] < LONGEST:
            yield at - instants[place - 1]


@contextmanager
def _cache(place: Path) -> Iterator[Path]:
    """A cache of films of our own, in which the room's has its numbers burned in: its folder."""
    original = drawn()
    folder = place / "chevet" / "films" / original.name
    shutil.copytree(original, folder)
    for path in folder.glob("[0-9]*.jpg"):
        path.write_bytes(stamped(path.read_bytes(), int(path.stem)))
    before = os.environ.get(_CACHE)
    os.environ[_CACHE] = str(place)
    try:
        yield folder
    finally:
        if before is None:
            del os.environ[_CACHE]
        else:
            os.environ[_CACHE] = before


class _Opened:
    """When each picture of a film's folder was opened, from the kernel."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.instants: dict[int, list[float]] = {}
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._over = False

    def __enter__(self) -> Self:
        library = ctypes.CDLL(None, use_errno=True)
        self._descriptor = library.inotify_init1(0)
        if self._descriptor < 0 or library.inotify_add_watch(self._descriptor, bytes(self._folder), _OPENED) < 0:
            raise OSError(ctypes.get_errno(), "inotify")
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over = True
        (self._folder / frame_name(0)).read_bytes()
        self._thread.join(5)
        os.close(self._descriptor)

    def _watch(self) -> None:
        while not self._over:
            events = os.read(self._descriptor, 4096)
            now, at = time.time(), 0
            while at < len(events):
                _, _, _, size = struct.unpack_from("iIII", events, at)
                name = events[at + _EVENT : at + _EVENT + size].rstrip(b"\0").decode()
                at += _EVENT + size
                if name[:4].isdigit():
                    self.instants.setdefault(int(name[:4]), []).append(now)

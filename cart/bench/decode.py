# SPDX-License-Identifier: Apache-2.0
"""What one frame costs, driver by driver: the recorded frames of every row of models.toml, over and over."""

import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from cart.bench.result import Result, at_most
from device.driver import Driver, Frame, Framed
from device.errors import FrameError
from device.framing import Framing
from device.registry import Model, Registry
from device.wire import sig_uuid

ROOT = Path(__file__).parents[2]
SECONDS = 0.2
"""Process CPU seconds spent on each driver at least."""
BLE_MICROSECONDS, STREAM_MICROSECONDS = 20, 5
STREAM_BYTES = 25
"""A stream's frame of the goal. One that packs many samples (125 bytes, three a second) has as much for each 25."""


class _Recorded(msgspec.Struct):
    source: str
    hex: str
    error: str | None = None

    @property
    def frame(self) -> Frame:
        """As the bus gives it."""
        short = 4
        source = sig_uuid(int(self.source, 16)) if len(self.source) == short else self.source
        return Frame(source, bytes.fromhex(self.hex))


class _Recording(msgspec.Struct):
    frames: list[_Recorded]


def measure(seconds: float = SECONDS) -> Iterator[Result]:
    """The median over a driver's frames of the median time of each, garbage left out. A stream's frames are cut out of
    the bytes as they come, and that is counted."""
    registry = Registry.load(ROOT / "config" / "models.toml", ROOT / "config" / "instruments.toml")
    rows: dict[str, list[Model]] = {}
    for model in registry.models.values():
        rows.setdefault(model.driver, []).append(model)
    for name, models in sorted(rows.items()):
        driver = registry.driver(models[0])
        frames = [frame for model in models for frame in _frames(model)]
        if not frames:
            continue
        streams = isinstance(driver, Framed)
        cost = (_stream if isinstance(driver, Framed) else _decode)(driver, frames, seconds)
        most = STREAM_MICROSECONDS * _parts(frames) if streams else BLE_MICROSECONDS
        what = f"a frame of {name} ({len(models)} rows, {len(frames)} frames){', cut out of its stream' * streams}"
        yield at_most(f"decode.{name}", what, cost * 1e6, "µs", most)


def _parts(frames: list[Frame]) -> int:
    return max(1, round(statistics.median(len(frame.data) for frame in frames) / STREAM_BYTES))


def _frames(model: Model) -> Iterator[Frame]:
    path = ROOT / "tests" / "frames" / f"{model.id}.json"
    recording = msgspec.json.decode(path.read_bytes(), type=_Recording)
    yield from (recorded.frame for recorded in recording.frames if recorded.error is None)


def _decode(driver: Driver, frames: list[Frame], seconds: float) -> float:
    """Seconds for one frame: the median, over the frames, of the median of many goes."""
    costs: list[list[int]] = [[] for _ in frames]
    until = time.process_time() + seconds
    while time.process_time() < until:
        for frame, cost in zip(frames, costs, strict=True):
            began = time.perf_counter_ns()
            for _ in driver.decode(frame):
                pass
            cost.append(time.perf_counter_ns() - began)
    return statistics.median(statistics.median(cost) for cost in costs) / 1e9


def _stream(driver: Driver, frames: list[Frame], seconds: float) -> float:
    """Seconds for one frame: the whole stream fed as a port reads it, divided by the frames that came out."""
    if not isinstance(driver, Framed):
        raise TypeError(f"{driver} cuts no stream")
    source = frames[0].source
    stream = b"".join(frame.data for frame in frames) * 20
    costs = []
    until = time.process_time() + seconds
    while time.process_time() < until:
        framing, count, began = Framing(driver), 0, time.perf_counter_ns()
        for start in range(0, len(stream), 64):
            for data in framing.feed(stream[start : start + 64]):
                count += 1
                _meant(driver, Frame(source, data))
        costs.append((time.perf_counter_ns() - began) / max(count, 1))
    return statistics.median(costs) / 1e9


def _meant(driver: Driver, frame: Frame) -> None:
    try:
        for _ in driver.decode(frame):
            pass
    except FrameError:
        return

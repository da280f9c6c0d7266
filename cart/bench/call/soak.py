# SPDX-License-Identifier: Apache-2.0
"""A long call: a page that reads, one on a machine twenty times slower, one whose script hardly ever runs; a third of
the time each. What the cart's process weighs, and the most that each of its queues ever held: neither may grow.

A page that takes messages from the network as slowly as it likes is no browser's (they acknowledge in a thread of their
own): ``tests/faults/test_f34_slow_doctor.py`` has one.
"""

import asyncio
import re
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import psutil
from playwright.async_api import CDPSession

from call.metrics import EVERY, METRICS
from cart.bench.call.sides import CartSide, cart_side
from cart.bench.result import Result, at_most, figure
from cart.stage.network import Cable
from device.pulse import CODE

MINUTES = 3.0
EACH = 2.0
"""Seconds between two looks."""
DRIFT, LATE, HELD = 0.05, 0.05, 512 * 1024
"""The most that memory may grow (share), that 99 % of the loop's looks may be late (seconds), that may wait (bytes)."""
_WARMING = 0.1
"""Share of the looks that do not count: caches fill."""
_FIFTH = 5
_PEAK = re.compile(r'^chevet_call_queue_peak\{queue="([\w-]+)"\} (\d+)$', re.MULTILINE)
_BUCKET = re.compile(r'^chevet_device_loop_lateness_seconds_bucket\{le="([\d.]+|\+Inf)"\} (\d+)$', re.MULTILINE)
_NUMBER = r"^chevet_{}(?:\{{.*\}})? (\S+)$"
_SLOWER = 20
_BUSY = """() => {
  window.__busy = setInterval(() => { const end = performance.now() + 2000; while (performance.now() < end); }, 2100);
}"""
_FREE = "() => clearInterval(window.__busy)"
"""Two seconds of every 2.1 the page's script does nothing else: what arrives waits in the browser, beats come late."""


class Stretch(NamedTuple):
    """A part of the call: its name, the device process' resident bytes at each look, and the metrics at its end."""

    name: str
    weights: tuple[int, ...]
    metrics: str


async def soak(cable: Cable, minutes: float = MINUTES) -> list[Result]:
    """The figures of a call of ``minutes``."""
    async with cart_side(cable) as side:
        devtools = await side.page.context.new_cdp_session(side.page)
        seconds = minutes * 60 / 3
        stretches = [await _stretch(side, "reads", seconds)]
        await _throttle(devtools, _SLOWER)
        stretches.append(await _stretch(side, "slow", seconds))
        await _throttle(devtools, 1)
        await side.page.evaluate(_BUSY)
        stretches.append(await _stretch(side, "deaf", seconds))
        with suppress(TimeoutError):
            await asyncio.wait_for(side.page.evaluate(_FREE), 10)
        sys.stderr.writelines(await asyncio.to_thread(_blocks, side.world.out / "logs" / "device.log"))
    return list(results(stretches))


async def _throttle(devtools: CDPSession, rate: int) -> None:
    await devtools.send("Emulation.setCPUThrottlingRate", {"rate": rate})


async def _stretch(side: CartSide, name: str, seconds: float) -> Stretch:
    process = psutil.Process(side.world.processes.identity("device"))
    end = time.monotonic() + max(seconds, 2 * EVERY)
    weights = []
    while time.monotonic() < end:
        weights.append(process.memory_info().rss)
        await asyncio.sleep(EACH)
    return Stretch(name, tuple(weights), await asyncio.to_thread(_read, side.world.runtime / METRICS))


def _read(file: Path) -> str:
    return file.read_text("utf-8") if file.exists() else ""


def _blocks(log: Path) -> list[str]:
    """What the log says of a blocked loop: where it stood."""
    return [line for line in log.read_text("utf-8", "replace").splitlines(keepends=True) if CODE in line]


def results(stretches: Sequence[Stretch]) -> Iterator[Result]:
    """Memory, queues, and how prompt the loop was."""
    weights = [weight for stretch in stretches for weight in stretch.weights]
    counted = weights[int(len(weights) * _WARMING) :]
    part = max(1, len(counted) // _FIFTH)
    first, last = statistics.median(counted[:part]), statistics.median(counted[-part:])
    yield figure("call.soak.memory.first", "resident memory of chevet-device, first fifth", first / 2**20, "MB")
    yield figure("call.soak.memory.last", "the same, last fifth", last / 2**20, "MB")
    drift = max(0.0, last / first - 1)
    yield at_most("call.soak.memory.drift", "how much it grew", drift, "", DRIFT)
    for stretch in stretches:
        yield from _held(stretch)
    whole = stretches[-1].metrics
    yield figure("call.soak.dials", "peer connections dialled", _number(whole, "call_dials_total"), "")
    yield figure(
        "call.soak.blocks", "times the loop stood for a second", _number(whole, "device_loop_blocks_total"), ""
    )
    yield at_most("call.soak.late", "99 % of the loop's looks were no later than", _late(whole), "s", LATE)


def _held(stretch: Stretch) -> Iterator[Result]:
    """The peaks until the end of a stretch: one that is higher than that of the stretch before has grown in it."""
    for queue, most in _PEAK.findall(stretch.metrics):
        name, what = f"call.soak.{stretch.name}.{queue}", f"most in {queue} until the end of « {stretch.name} »"
        yield (
            at_most(name, what, float(most), "B", HELD)
            if queue.endswith("-bytes")
            else figure(name, what, float(most), "")
        )


def _number(metrics: str, name: str) -> float:
    found = re.search(_NUMBER.format(name), metrics, re.MULTILINE)
    return float(found[1]) if found else 0.0


def _late(metrics: str) -> float:
    buckets = _BUCKET.findall(metrics)
    whole = int(buckets[-1][1]) if buckets else 0
    kept = next((bound for bound, count in buckets if whole and int(count) >= 0.99 * whole), "+Inf")
    return float("inf") if kept == "+Inf" else float(kept)

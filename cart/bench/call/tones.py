# SPDX-License-Identifier: Apache-2.0
"""Tones before the virtual stethoscope, measured in the doctor's page half a minute later: what a heart would lose."""

import asyncio
import math
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from playwright.async_api import Page

from cart.bench.call.sides import cart_side
from cart.bench.result import Result, at_most, figure
from cart.demo.world import World
from cart.stage.network import Cable
from device.codes import Position
from device.commands import StartAuscultation, StopAuscultation
from device.errors import ChevetError
from virtual.auscultation import HERTZ, TONE, TONES

MEASURE = (Path(__file__).parent / "tones.js").read_text("utf-8")
LISTENED = 30.0
WITHIN = 0.5
"""Decibels."""
TRIES = 5
_LEVELS = "(frequencies) => window.__tones.levels(frequencies)"
_COUNTS = "() => window.__tones.counts()"


class Tones(NamedTuple):
    """By how many decibels each frequency came out louder, and which share of the sound the browser made up."""

    decibels: dict[int, float]
    concealed: float


async def tones(cable: Cable) -> Tones:
    """A call, the stethoscope listening for half a minute. Raises ChevetError."""
    async with cart_side(cable, before=_with_tones, watch=MEASURE) as side:
        reply = await side.station.request(StartAuscultation(Position.MITRAL))
        if not reply.ok:
            raise ChevetError(1, reply.line, f"auscultation: {reply.code}")
        await asyncio.sleep(LISTENED)
        before = await side.page.evaluate(_COUNTS)
        decibels = await measured(side.page)
        after = await side.page.evaluate(_COUNTS)
        await side.station.request(StopAuscultation(keep=False))
    return Tones(decibels, (after[3] - before[3]) / max(1, after[2] - before[2]))


async def measured(page: Page, level: float = TONE) -> dict[int, float]:
    """Decibels by which each of ``HERTZ`` differs from ``level`` in a page that has ``MEASURE``. On a machine that is
    busy a browser is starved of sound for a moment: the steadiest of a few looks is taken."""
    best = dict.fromkeys(HERTZ, math.inf)
    for _ in range(TRIES):
        found = await page.evaluate(_LEVELS, list(HERTZ))
        now = {hertz: _decibels(one / level) for hertz, one in zip(HERTZ, found, strict=True)}
        best = min(best, now, key=lambda each: max(map(abs, each.values())))
        if all(abs(value) < WITHIN for value in best.values()):
            break
    return best


def results(found: Tones) -> Iterator[Result]:
    """The figures."""
    for hertz, value in found.decibels.items():
        yield at_most(
            f"call.chevet.tones.{hertz}", f"a tone of {hertz} Hz in the page, off by", abs(value), "dB", WITHIN
        )
    yield figure("call.chevet.tones.concealed", "share of the stethoscope made up by the browser", found.concealed, "")


def _with_tones(world: World) -> None:
    cart = world.config / "cart.toml"
    text = cart.read_text("utf-8")
    if text.count('device = "Littmann"') != 1:
        raise ChevetError(1, "La configuration livrée a changé.", "no stethoscope to replace in cart.toml")
    cart.write_text(text.replace('device = "Littmann"', f'device = "{TONES}"'), "utf-8")


def _decibels(ratio: float) -> float:
    return 20 * math.log10(max(ratio, 1e-6))

# SPDX-License-Identifier: Apache-2.0
"""The cable pulled for a while, and plugged in again with the same address or another: when the doctor's page has a
picture again, what it showed meanwhile, and whether every entry arrived once and in order."""

import asyncio
import subprocess
import time
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from cart.bench.call.seen import Seen
from cart.bench.call.sides import CartSide
from cart.bench.result import Result, at_least, at_most, figure
from cart.stage.network import CART_ADDRESS, Cable
from device.entry import Entry, MeasurementRecorded
from virtual.ble.control import tell

LENGTHS = (5, 20, 45, 300)
MOVED = 20
"""Seconds of the cut in which the address changes."""
OTHER_ADDRESS = "10.77.0.9"
WATCHED, CALM = 15.0, 6.0
BACK = 3.0
NEVER = 999.0
_STALE = 3.5
"""Seconds after a cut within which a picture that is none must look like it."""
_SHOWN = """() => ({ picture: document.getElementById("stage").dataset.picture,
  said: document.getElementById("caption-state").textContent })"""
_CAME = "() => window.__chevet.entries"
MEASURED, EACH = 5, 3.0
"""Measurements of one cut at most, and the seconds that each takes."""
_SEQUENCES = """() => Array.from(document.querySelectorAll("#measures .row[data-sequence]"),
  (row) => [Number(row.dataset.sequence), row.dataset.kind])"""


class Cut(NamedTuple):
    """One cut: its name, when it began and ended (wall clock), what was seen, what the page said of the picture in the
    middle of it, the measurements taken meanwhile, those that it lacked at the end, those that it showed twice, and the
    entries that came before an earlier one."""

    name: str
    start: float
    back: float
    seen: Seen
    picture: str
    said: str
    taken: int
    lacking: int
    doubled: int
    disordered: int


async def cuts(side: CartSide, cable: Cable, lengths: tuple[int, ...] = LENGTHS, moved: int = MOVED) -> list[Cut]:
    """One cut of each length; then one after which the cart has another address."""
    journal: list[int] = []

    def note(entry: Entry) -> None:
        if isinstance(entry.body, MeasurementRecorded):
            journal.append(entry.sequence)

    side.station.read(0, note)
    found = [await _cut(side, cable, journal, f"cut-{seconds}", seconds) for seconds in lengths]
    found.append(await _cut(side, cable, journal, "moved", moved, address=OTHER_ADDRESS))
    await asyncio.to_thread(_readdress, OTHER_ADDRESS, CART_ADDRESS)
    return found


async def _cut(side: CartSide, cable: Cable, journal: list[int], name: str, seconds: int, address: str = "") -> Cut:
    before = len(journal)
    start = time.time()
    await asyncio.to_thread(cable.cut)
    end = asyncio.get_running_loop().time() + seconds
    measuring = asyncio.create_task(_measure(side, seconds))
    await asyncio.sleep(min(seconds - 1, _STALE + 1))
    shown = await side.page.evaluate(_SHOWN)
    if address:
        await asyncio.to_thread(_readdress, CART_ADDRESS, address)
    await asyncio.sleep(end - asyncio.get_running_loop().time())
    await measuring
    taken = set(journal[before:])
    back = time.time()
    await asyncio.to_thread(cable.join)
    await asyncio.sleep(WATCHED)
    after = [tuple(row) for row in await side.page.evaluate(_SEQUENCES)]
    came = await side.page.evaluate(_CAME)
    lacking = len(taken - {number for number, _ in after}) if taken else NEVER
    disordered = sum(later <= earlier for earlier, later in pairwise(came))
    seen = await side.seen()
    await asyncio.sleep(CALM)
    doubled = len(after) - len(set(after))
    return Cut(name, start, back, seen, shown["picture"], shown["said"], len(taken), int(lacking), doubled, disordered)


async def _measure(side: CartSide, seconds: float) -> None:
    """As many measurements as the cut has time for, each another one."""
    for count in range(max(1, min(MEASURED, int((seconds - 1) / EACH)))):
        what = {"instrument": "oxymetre", "do": "spot-check", "saturation": 95 - count, "pulse": 71 + count}
        await tell(side.world.control, what)
        await asyncio.sleep(EACH if seconds > EACH + 1 else 0)


def _readdress(before: str, now: str) -> None:
    """Give the cart's end of the cable another address, as another network does."""
    for words in (["del", f"{before}/24"], ["add", f"{now}/24"]):
        subprocess.run(["ip", "address", *words, "dev", "cart0"], check=True, timeout=10)  # noqa: S603, S607 - Debian's tool


def results(found: list[Cut]) -> Iterator[Result]:
    """The figures."""
    for cut in found:
        fresh = [at for at in cut.seen.frames if at > cut.back]
        again = fresh[0] - cut.back if fresh else NEVER
        name = f"call.chevet.{cut.name}"
        yield at_most(f"{name}.again", "seconds from the cable's return to the first picture", again, "s", BACK)
        greyed = float(cut.picture == "stale")
        yield at_least(f"{name}.greyed", f"the page greys the old picture: {cut.said.strip(' ·')}", greyed, "", 1)
        yield figure(f"{name}.taken", "measurements taken meanwhile", cut.taken, "")
        yield at_most(f"{name}.lacking", "… of which did not arrive", cut.lacking, "", 0)
        yield at_most(f"{name}.doubled", "rows that stand twice", cut.doubled, "", 0)
        yield at_most(f"{name}.disordered", "entries that came after a later one", cut.disordered, "", 0)
        settled = [at for at in fresh if at > cut.back + WATCHED - 5]
        yield figure(f"{name}.fps", "pictures a second, 10 to 15 s after the return", len(settled) / 5, "/s")

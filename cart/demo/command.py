# SPDX-License-Identifier: Apache-2.0
"""``chevet demo``: the whole cart on this machine. With a display, for a person; ``--scripted``, playing by itself."""

import argparse
import asyncio
import logging
import os
import sys
import tempfile
from pathlib import Path

from cart.cli import ROOT
from cart.demo.doctor import Doctor
from cart.demo.evidence import weigh
from cart.demo.live import live
from cart.demo.nurse import APPLICATION, Nurse
from cart.demo.play import Play
from cart.demo.timeline import Timeline
from cart.demo.world import World
from cart.signals import until_stopped
from cart.stage.browser import browser
from cart.stage.display import DOTS_PER_INCH, Display
from cart.stage.network import TOWN_ADDRESS, Cable, again, available, enter

log = logging.getLogger(__name__)


def arguments(parser: argparse.ArgumentParser) -> None:
    """What to play and where to leave it."""
    parser.add_argument(
        "--scripted", action="store_true", help="play a whole teleconsultation, then exit 0 if all held"
    )
    parser.add_argument("--out", type=Path, default=ROOT / "out", help="what it leaves (default: %(default)s)")


def run(options: argparse.Namespace) -> int:
    """Play."""
    options.out.mkdir(parents=True, exist_ok=True)
    if not options.scripted:
        return _for_a_person(options.out.resolve())
    if not available():
        sys.stderr.write(
            "chevet demo --scripted needs to make network namespaces: run it as root, or allow user namespaces.\n"
        )
        return 2
    enter(again())
    return asyncio.run(_scripted(options.out.resolve()))


def _for_a_person(out: Path) -> int:
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        sys.stderr.write("No display here: './chevet demo --scripted' plays by itself.\n")
        return 2
    asyncio.run(until_stopped(live(World(out))))
    return 0


async def _scripted(out: Path) -> int:
    said = Timeline()
    cable = Cable()
    display = Display()
    world = World(out, town=TOWN_ADDRESS, from_town=cable.from_town())
    world.write()
    try:
        display.start()
        await world.start_town()
        await world.start_cart(display.environment(), "--dpi", str(DOTS_PER_INCH))
        said.step("stage", "town, cart and screen are up")
        screen = await display.screen(APPLICATION)
        with tempfile.TemporaryDirectory(prefix="chevet-browser-") as folder:
            async with browser(Path(folder), cable.from_town()) as chrome:
                nurse = Nurse(display, screen, out / "screens")
                play = Play(world, cable, nurse, Doctor(await chrome.new_page()), said)
                await _performed(play, nurse, said)
        screen.close()
    finally:
        await world.stop()
        display.close()
        cable.close()
    weigh(world.state, world.key, world.records, out, said)
    said.check("no part of the cart was started again", not world.processes.restarts, world.processes.restarts)
    return said.end()


async def _performed(play: Play, nurse: Nurse, said: Timeline) -> None:
    try:
        await play.perform()
    except Exception as error:
        log.exception("the play broke off")
        await nurse.keeps_picture("broken")
        said.check(f"the play went to its end: {type(error).__name__}", holds=False, found=error)

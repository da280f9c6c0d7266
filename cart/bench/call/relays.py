# SPDX-License-Identifier: Apache-2.0
"""A cart behind a firewall calls through a relay (a real coturn): seconds from « faire entrer » to the first picture.

The rendezvous server's port stands for its 443: a firewall that lets only 443 out lets it out too.
"""

import asyncio
import json
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from cart.bench.call.sides import START_SECONDS, WATCH
from cart.bench.result import Result, at_most
from cart.demo import story
from cart.demo.certificates import issue
from cart.demo.doctor import Doctor
from cart.demo.world import RENDEZVOUS_PORT, World
from cart.stage.browser import browser
from cart.stage.network import TOWN_ADDRESS, Cable
from cart.stage.relay import SECRET, Coturn, coturn
from device import commands as c
from device.entry import ConsentForm
from device.errors import ChevetError
from device.station.client import StationClient
from device.station.residents import load

HTTPS = 443
NEVER, MOST = 999.0, 4.0
WATCHED = 20.0
WALLS: dict[str, tuple[str, ...]] = {
    "udp-blocked": ("meta l4proto tcp",),
    "443-alone": (f"tcp dport {{ {HTTPS}, {RENDEZVOUS_PORT} }}",),
}
"""What each firewall lets out."""
_FIRST = "() => JSON.stringify(window.__chevet.frames.slice(0, 1))"


async def calls(cable: Cable) -> list[Result]:
    """One call behind each firewall."""
    found = []
    for name, rules in WALLS.items():
        try:
            found += list(_result(name, await _call(cable, rules)))
        finally:
            await asyncio.to_thread(_wall, None)
    return found


def _result(name: str, seconds: float) -> Iterator[Result]:
    what = "seconds from letting the doctor in to the first picture"
    yield at_most(f"call.chevet.{name}.first", what, seconds, "s", MOST)


async def _call(cable: Cable, rules: Sequence[str]) -> float:
    """A call from the beginning behind a firewall; how long until the doctor's first picture."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="chevet-bench-")))
        world = World(folder / "out", town=TOWN_ADDRESS, from_town=cable.from_town())
        world.write()
        issue(world.config, TOWN_ADDRESS)
        relay = coturn(world.config, TOWN_ADDRESS, before=cable.from_town(), tls_port=HTTPS)
        _tell_rendezvous(world, await stack.enter_async_context(relay))
        await asyncio.to_thread(_wall, rules)
        stack.push_async_callback(world.stop)
        await world.start_town()
        await world.start_cart(None)
        await world.ready(START_SECONDS)
        chrome = await stack.enter_async_context(browser(folder, cable.from_town()))
        await chrome.add_init_script(WATCH)
        page = await chrome.new_page()
        station = await stack.enter_async_context(StationClient.connect(world.socket))
        peer = await _knock(station, Doctor(page))
        began = time.time()
        await station.request(c.AdmitDoctor(peer))
        while time.time() - began < WATCHED:
            first = json.loads(await page.evaluate(_FIRST))
            if first:
                return float(first[0]) / 1000 - began
            await asyncio.sleep(0.1)
    return NEVER


def _tell_rendezvous(world: World, relay: Coturn) -> None:
    path = world.config / "doctor.toml"
    text = path.read_text("utf-8")
    table = f'[relay]\nsecret = "{SECRET}"\nurls = {json.dumps(list(relay.urls))}\n\n[[carts]]'
    path.write_text(text.replace("[[carts]]", table, 1), "utf-8")


async def _knock(station: StationClient, doctor: Doctor) -> str:
    """Open a file and call; the doctor waits to be let in."""
    patient = load(Path(__file__).parents[3] / "config" / "residents.csv").patients[0]
    for command in (
        c.SignIn("camille", story.PIN),
        c.OpenEncounter(patient),
        c.ConfirmIdentity(),
        c.GiveConsent(ConsentForm.ORAL),
        c.CallDoctor(),
    ):
        reply = await station.request(command)
        if not reply.ok:
            raise ChevetError(1, reply.line, f"{type(command).__name__}: {reply.code}")
    state = await station.until(lambda state: state.call.code != "", START_SECONDS)
    await doctor.knock(state.call.link, state.call.code, story.DOCTOR)
    state = await station.until(lambda state: bool(state.call.knocking), START_SECONDS)
    return state.call.knocking[0].peer


def _wall(rules: Sequence[str] | None) -> None:
    """Let ``rules`` out of the cart's namespace and nothing else; None: everything."""
    gone = ["nft", "delete", "table", "inet", "chevet_wall"]
    subprocess.run(gone, check=False, capture_output=True, timeout=10)  # noqa: S603 - Debian's tool
    if rules is not None:
        lines = "".join(f"{rule} accept\n" for rule in ("oifname lo", "meta l4proto icmp", *rules))
        chain = f"chain out {{ type filter hook output priority 0; policy drop;\n{lines}}}\n"
        table = f"table inet chevet_wall {{\n{chain}}}\n"
        subprocess.run(["nft", "-f", "-"], input=table, text=True, check=True, capture_output=True, timeout=10)  # noqa: S607 - Debian's tool

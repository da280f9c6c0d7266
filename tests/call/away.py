# SPDX-License-Identifier: Apache-2.0
"""A cart and a town in two network namespaces: the cart's is this test's own, the town is another process."""

import asyncio
import ctypes
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from cart.stage.network import TOWN_ADDRESS, Cable
from tests.call.stubs import Bell
from tests.call.turnserver import certified
from tests.call.wire import make_cart, reached, running

NETWORKS = pytest.mark.skipif(os.geteuid() != 0, reason="only root may make network namespaces")
RELAY_ADDRESS = "10.77.0.3"
HTTPS = 443
_NEW_NETWORK = 0x40000000
_LIBC = ctypes.CDLL(None, use_errno=True)


@contextmanager
def cable() -> Iterator[Cable]:
    """This thread stands in a namespace of its own, joined to a town by a cable; its later threads do too."""
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    assert _LIBC.unshare(_NEW_NETWORK) == 0, os.strerror(ctypes.get_errno())
    made = Cable()
    try:
        at_once(*made.from_town(), "ip", "address", "add", f"{RELAY_ADDRESS}/24", "dev", "town0")
        yield made
    finally:
        made.close()
        assert _LIBC.setns(home, _NEW_NETWORK) == 0
        os.close(home)


def at_once(*words: str, text: str = "") -> None:
    """One of Debian's tools."""
    subprocess.run(words, input=text, text=True, check=True, capture_output=True, timeout=10)


def firewall(*rules: str) -> None:
    """What the cart's network lets out, and nothing else: an accept for each rule."""
    lines = "".join(f"{rule} accept\n" for rule in ("oifname lo", "meta l4proto icmp", *rules))
    table = f"table inet test {{ chain out {{ type filter hook output priority 0; policy drop;\n{lines}}}\n}}\n"
    at_once("nft", "-f", "-", text=table)


class Town:
    """The rendezvous server and the doctor's page, in the town: ``said`` is the newest of what it tells."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.bell = Bell()
        self.origin = ""
        self.said: dict[str, object] = {"pictures": 0, "peers": 0, "entries": [], "heard": []}

    async def read(self) -> None:
        """Take what it tells, until it ends."""
        while line := await self._process.stdout.readline():
            self.said = json.loads(line)
            self.origin = self.said.get("origin", self.origin)
            self.bell.ring()

    def order(self, **order: object) -> None:
        """Have the page do something: join (link, code), or say a message without fields."""
        self._process.stdin.write(json.dumps(order).encode() + b"\n")

    async def sees(self, pictures: int = 15, seconds: float = 15.0) -> None:
        """Wait for so many more pictures."""
        before = self.said["pictures"]
        await self.bell.until(lambda: self.said["pictures"] >= before + pictures, seconds)


def certify(folder: Path) -> None:
    """A certificate for the town's addresses, once."""
    certified(folder, TOWN_ADDRESS, RELAY_ADDRESS)


@asynccontextmanager
async def town(made: Cable, folder: Path, **more: object):
    """A town over TLS on 443; its certificate's authority is ``folder``/authority.pem."""
    certify(folder)
    options = {"host": TOWN_ADDRESS, "port": HTTPS, "folder": str(folder), **more}
    command = [*made.from_town(), sys.executable, "-m", "tests.call.town", json.dumps(options)]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe)
    one = Town(process)
    reading = asyncio.create_task(one.read())
    try:
        await one.bell.until(lambda: one.origin, 30)
        yield one
    finally:
        process.kill()
        await process.wait()
        await reading


@asynccontextmanager
async def called(made: Cable, folder: Path, **more: object):
    """A cart in a call with the town's page, which sees it."""
    async with town(made, folder, **more) as place, running(make_cart(place, folder, folder / "authority.pem")) as cart:
        yield place, cart


async def let_in(place: Town, cart, encounter) -> None:
    """The doctor is invited, knocks and is let in."""
    cart.call.dial(encounter, 0)
    await reached(cart, lambda state: state.code, 20)
    place.order(do="join", link=cart.call.state.link, code=cart.call.state.code)
    await reached(cart, lambda state: state.knocking, 20)
    cart.call.admit(cart.call.state.knocking[0].peer)

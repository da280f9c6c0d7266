# SPDX-License-Identifier: Apache-2.0
"""``chevet bench call``: in a network namespace of its own, whose cable is spoiled and mended."""

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec

from cart.bench.call import cuts, relays, scenarios, tones
from cart.bench.call.sides import cart_side, chromium_side, reel
from cart.bench.call.weather import Weather
from cart.bench.result import Result
from cart.stage.network import MARK, Cable, available

LONGEST = 2700


def measure() -> Iterator[Result]:
    """Everything, in this process if it stands in a namespace of its own, else in one that does."""
    if os.environ.get(MARK):
        yield from asyncio.run(_measured())
        return
    if not available():
        sys.stderr.write("chevet bench call needs to make network namespaces: run it as root.\n")
        return
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    command = ["unshare", *user, "--net", "--", sys.executable, "-m", "cart", "bench", "call", "--json"]
    done = subprocess.run(command, env={**os.environ, MARK: "1"}, stdout=subprocess.PIPE, timeout=LONGEST, check=True)  # noqa: S603 - our own command
    yield from msgspec.json.decode(done.stdout, type=list[Result])


async def _measured() -> list[Result]:
    cable = Cable()
    weather = Weather(cable)
    results: list[Result] = []
    try:
        with tempfile.TemporaryDirectory(prefix="chevet-bench-") as name:
            folder = Path(name)
            async with cart_side(cable) as side:
                results += scenarios.fallen("chevet", await scenarios.falls(side, weather), judged=True)
                results += scenarios.lost("chevet", await scenarios.losses(side, weather), judged=True)
                results += cuts.results(await cuts.cuts(side, cable))
            results += tones.results(await tones.tones(cable))
            results += await relays.calls(cable)
            async with chromium_side(cable, reel(folder)) as side:
                results += scenarios.fallen("chromium", await scenarios.falls(side, weather), judged=False)
                results += scenarios.lost("chromium", await scenarios.losses(side, weather), judged=False)
    finally:
        weather.clear()
        cable.close()
    return results

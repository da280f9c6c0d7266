# SPDX-License-Identifier: Apache-2.0
"""``chevet bench call``: in a network namespace of its own, whose cable is spoiled and mended; and a picture's cost."""

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec

from cart.bench import sender
from cart.bench.call import cuts, relays, scenarios, tones
from cart.bench.call.glass import glass
from cart.bench.call.several import ROUNDS, several
from cart.bench.call.sides import cart_side, chromium_side, reel
from cart.bench.call.soak import MINUTES, soak
from cart.bench.call.weather import Weather
from cart.bench.result import Result
from cart.stage.network import MARK, Cable, available

LONGEST = 2700


def measure(only: str = "", *, short: bool = False, minutes: float = MINUTES, costs: bool = True) -> Iterator[Result]:
    """Everything, or ``only`` (see ``scenarios.Wanted``), in this process if it stands in a network namespace of its
    own, else in one that does; and, unless they come by themselves, the sender's ``costs``."""
    if os.environ.get(MARK):
        yield from asyncio.run(_measured(scenarios.Wanted.read(only, short=short), minutes))
        return
    if not available():
        sys.stderr.write("chevet bench call needs to make network namespaces: run it as root.\n")
        return
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    command = ["unshare", *user, "--net", "--", sys.executable, "-m", "cart", "bench", "call", "--json", "--only", only]
    command += ["--minutes", str(minutes), *(["--short"] if short else [])]
    longest = LONGEST + 60 * minutes
    done = subprocess.run(command, env={**os.environ, MARK: "1"}, stdout=subprocess.PIPE, timeout=longest, check=True)  # noqa: S603 - our own command
    yield from msgspec.json.decode(done.stdout, type=list[Result])
    if costs and not only:
        yield from sender.measure(short=short)


async def _measured(wanted: scenarios.Wanted, minutes: float) -> list[Result]:
    cable = Cable()
    weather = Weather(cable)
    results: list[Result] = []
    try:
        with tempfile.TemporaryDirectory(prefix="chevet-bench-") as name:
            folder = Path(name)
            if wanted.side("chevet"):
                if wanted.calls:
                    async with cart_side(cable) as side:
                        results += await scenarios.watched("chevet", side, weather, wanted, judged=True)
                        if wanted.spell("cuts"):
                            results += cuts.results(await cuts.cuts(side, cable))
                if wanted.spell("glass"):
                    results += await glass(cable)
                if wanted.spell("tones"):
                    results += tones.results(await tones.tones(cable))
                if wanted.spell("several"):
                    results += await several(1 if wanted.length < 1 else ROUNDS)
                if wanted.spell("relays"):
                    results += await relays.calls(cable)
                if wanted.spell("soak"):
                    results += await soak(cable, minutes if wanted.length == 1 else minutes * wanted.length)
            if wanted.side("chromium"):
                async with chromium_side(cable, reel(folder)) as side:
                    results += await scenarios.watched("chromium", side, weather, wanted, judged=False)
        results += scenarios.beside(results)
    finally:
        weather.clear()
        cable.close()
    return results

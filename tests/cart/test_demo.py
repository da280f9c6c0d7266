# SPDX-License-Identifier: Apache-2.0
"""The demonstration: for a person until Ctrl-C, and playing by itself."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import psutil
import pytest

from cart.cli import ROOT
from cart.stage.display import Display
from cart.stage.network import available
from device import commands as c
from device.entry import ConsentForm
from device.station.client import StationClient
from tests.cart.whole import JEANNE, START_SECONDS


def ours(out: Path) -> list[psutil.Process]:
    """Processes that a demonstration with this folder started."""
    mark = str(out)
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if process.pid != os.getpid() and any(mark in word for word in process.info["cmdline"] or ())
    ]


async def said(stream: asyncio.StreamReader, word: str) -> str:
    """Read lines until one holds ``word``; that line."""
    async with asyncio.timeout(START_SECONDS):
        while line := (await stream.readline()).decode():
            if word in line:
                return line
    raise AssertionError(f"never said {word!r}")


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_with_a_display_it_lives_prints_the_doctors_link_and_stops_without_a_trace(tmp_path: Path):
    display, out = Display(), tmp_path / "out"
    display.start()
    command = [sys.executable, "-m", "cart", "demo", "--out", str(out)]
    demo = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, env=display.environment(), stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert demo.stdout is not None
        await said(demo.stdout, "Ctrl-C stops everything")
        words = next(process.cmdline() for process in ours(out) if "--virtual" in process.cmdline())
        socket = Path(words[words.index("--runtime") + 1]) / "station"
        async with StationClient.connect(socket) as station:
            await station.request(c.SignIn("camille", "123456"))
            for step in (c.OpenEncounter(JEANNE), c.ConfirmIdentity(), c.GiveConsent(ConsentForm.ORAL), c.CallDoctor()):
                assert (await station.request(step)).ok
            assert "http://localhost:" in await said(demo.stdout, "The doctor's link")
            live = await station.until(lambda state: len(state.live) >= 2, START_SECONDS)
            assert {one.provenance.instrument for one in live.live} == {"oxymetre"}
        demo.send_signal(signal.SIGINT)
        await said(demo.stdout, "Everything is stopped")
        assert await asyncio.wait_for(demo.wait(), 30) == 0
        assert ours(out) == []
        assert not socket.parent.exists()
    finally:
        if demo.returncode is None:
            demo.kill()
            await demo.wait()
        display.close()


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.skipif(not available(), reason="this machine forbids network namespaces")
async def test_the_scripted_play_holds_from_the_first_touch_to_the_hospitals_server(tmp_path: Path):
    out = tmp_path / "out"
    command = [sys.executable, "-m", "cart", "demo", "--scripted", "--out", str(out)]
    play = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    try:
        printed, _ = await asyncio.wait_for(play.communicate(), 380)
    finally:
        if play.returncode is None:
            play.kill()
    assert play.returncode == 0, printed.decode()
    screens = {path.stem.partition("-")[2] for path in (out / "screens").glob("*.png")}
    assert {"signin", "home", "consent", "encounter", "aside", "patient", "offline", "summary"} <= screens
    assert json.loads((out / "records.json").read_text())["doubled"] == []
    assert ours(out) == []

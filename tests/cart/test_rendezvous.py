# SPDX-License-Identifier: Apache-2.0
"""``chevet doctor`` with the shipped configuration."""

import asyncio
import shutil
import signal
import stat
import sys
from pathlib import Path

import aiohttp

from cart.cli import ROOT


async def test_the_shipped_configuration_serves_once_it_has_a_key(tmp_path: Path):
    config = tmp_path / "doctor.toml"
    shutil.copy(ROOT / "config" / "doctor.toml", config)
    config.write_text(config.read_text("utf-8").replace("port = 8460", "port = 0"), "utf-8")
    command = [sys.executable, "-m", "cart", "doctor", "--config", str(config)]
    refused = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
    _, said = await asyncio.wait_for(refused.communicate(), 30)
    assert refused.returncode == 1
    assert b"key_file" in said
    server = await asyncio.create_subprocess_exec(*command, "--make-key", stdout=asyncio.subprocess.PIPE)
    assert server.stdout is not None
    origin = (await asyncio.wait_for(server.stdout.readline(), 30)).decode().removeprefix("rendezvous: ").strip()
    assert stat.S_IMODE((tmp_path / "rendezvous.key").stat().st_mode) == 0o600
    async with aiohttp.ClientSession() as session, session.get(f"{origin}/health") as answer:
        assert answer.status == 200
    server.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(server.wait(), 30) == 0

# SPDX-License-Identifier: Apache-2.0
"""The kernel's sound loop (snd-aloop): what is played on its first device is heard on its second."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.machine.kit.tools import tool, until

DRIVER = Path("/sys/bus/platform/drivers/snd_aloop")
UNIT = "snd_aloop.0"
CARDS = Path("/proc/asound/cards")


class Loop:
    """The card, and how PortAudio calls its two ends."""

    loudspeaker = "Loopback: PCM (hw:0,0)"
    microphone = "Loopback: PCM (hw:0,1)"

    def __init__(self) -> None:
        self._pulling: asyncio.Task[int] | None = None

    def pull(self) -> None:
        """Take the card away; the kernel is through with it when nobody has it open any more."""
        self._pulling = asyncio.ensure_future(asyncio.to_thread((DRIVER / "unbind").write_text, UNIT))

    async def plug(self) -> None:
        """Give it back."""
        if self._pulling is not None:
            async with asyncio.timeout(30):
                await self._pulling
        await asyncio.to_thread((DRIVER / "bind").write_text, UNIT)
        await until(lambda: "Loopback" in CARDS.read_text(), "the card is back")


@asynccontextmanager
async def sound_loop() -> AsyncIterator[Loop]:
    """The card, whatever was there before."""
    await tool("modprobe", "-r", "snd-aloop")
    await tool("modprobe", "snd-aloop")
    await tool("udevadm", "settle")
    await until(lambda: "Loopback" in CARDS.read_text(), "the card is there")
    yield Loop()

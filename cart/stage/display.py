# SPDX-License-Identifier: Apache-2.0
"""A screen nobody sees (Xvfb), its window manager, its session bus, and a finger (xdotool) that touches it."""

import asyncio
import os
import subprocess
import tempfile
from pathlib import Path

from cart.stage.accessible import Screen

START_SECONDS = 20.0
DOTS_PER_INCH = 149
"""Of a 10.1-inch panel of 1280 by 800; Xvfb reports millimetres that are not a panel's."""


class Display:
    """One Xvfb with openbox and a D-Bus session whose accessibility bus works."""

    def __init__(self, width: int = 1280, height: int = 800) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="chevet-display-")
        self._size = f"{width}x{height}x24"
        self._processes: list[subprocess.Popen[bytes]] = []
        self.name = ""
        self.session_bus = ""

    def start(self) -> None:
        """Bring it up. Raises TimeoutError or OSError."""
        read, write = os.pipe()
        self._spawn(
            [
                "Xvfb",
                "-displayfd",
                str(write),
                "-screen",
                "0",
                self._size,
                "-nolisten",
                "tcp",
                "-dpi",
                str(DOTS_PER_INCH),
            ],
            pass_fds=(write,),
        )
        os.close(write)
        with os.fdopen(read) as pipe:
            self.name = f":{pipe.readline().strip()}"
        if self.name == ":":
            raise OSError("Xvfb did not start")
        address = f"unix:path={self._folder.name}/bus"
        self._spawn(["dbus-daemon", "--session", "--nofork", "--nopidfile", f"--address={address}"])
        self.session_bus = address
        self._spawn(["openbox", "--sm-disable"])

    def environment(self) -> dict[str, str]:
        """What a program needs to show itself here, with its accessible tree on."""
        return {
            **os.environ,
            "DISPLAY": self.name,
            "DBUS_SESSION_BUS_ADDRESS": self.session_bus,
            "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1",
            "QT_QPA_PLATFORM": "xcb",
            "QT_QUICK_BACKEND": "software",
        }

    async def screen(self, application: str) -> Screen:
        """The accessible tree of a program on this display; waits until the bus is up."""
        async with asyncio.timeout(START_SECONDS):
            while True:
                try:
                    return await Screen.connect(self.session_bus, application)
                except OSError:
                    await asyncio.sleep(0.1)

    async def touch(self, x: int, y: int) -> None:
        """Touch the screen at a point."""
        await self._run("xdotool", "mousemove", str(x), str(y), "click", "1")

    async def picture(self, path: Path) -> None:
        """Keep what is on the screen as a PNG."""
        path.parent.mkdir(parents=True, exist_ok=True)
        await self._run("import", "-window", "root", str(path))

    def close(self) -> None:
        """Take it down."""
        for process in reversed(self._processes):
            process.terminate()
        for process in self._processes:
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(5)
        self._folder.cleanup()

    def _spawn(self, command: list[str], pass_fds: tuple[int, ...] = ()) -> None:
        environment = {
            **os.environ,
            "DISPLAY": self.name,
            "DBUS_SESSION_BUS_ADDRESS": self.session_bus,
            "XDG_CONFIG_HOME": self._folder.name,
            "XDG_CACHE_HOME": self._folder.name,
        }
        self._processes.append(
            subprocess.Popen(  # noqa: S603 - Debian's tools
                command,
                pass_fds=pass_fds,
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        )

    async def _run(self, *command: str) -> None:
        process = await asyncio.create_subprocess_exec(*command, env=self.environment())
        async with asyncio.timeout(START_SECONDS):
            if await process.wait() != 0:
                raise OSError(f"{command[0]} failed")

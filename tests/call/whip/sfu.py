# SPDX-License-Identifier: Apache-2.0
"""A real Janus (Debian's package), started with a configuration of its own and nothing but the videoroom plugin."""

import asyncio
import contextlib
import platform
import shutil
import socket
from pathlib import Path

import pytest

JANUS = "janus"
LIBRARIES = "lib/*/janus", "lib/janus"
READY = "WebSockets thread started"
H264, VP8 = 1, 2
"""Rooms, by what may be published there."""
_PLUGIN, _TRANSPORT = "libjanus_videoroom.so", "libjanus_websockets.so"


class Sfu:
    """One Janus after the other at ``url``, with the same rooms."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = _free()
        self._process: asyncio.subprocess.Process | None = None
        self._said: list[str] = []
        self._reading: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()
        self.url = f"ws://127.0.0.1:{self._port}"

    async def start(self, seconds: float = 30.0) -> None:
        """Start, and wait until it is ready. Debian 12 has Janus, and there ``./chevet test`` installs it; Debian 13
        has none."""
        if shutil.which(JANUS) is None and platform.freedesktop_os_release().get("VERSION_CODENAME") != "bookworm":
            pytest.skip("this system's packages have no janus")
        assert shutil.which(JANUS) is not None, "janus is not installed: ./chevet test installs it"
        self._written()
        self._ready.clear()
        self._process = await asyncio.create_subprocess_exec(
            JANUS,
            f"--config={self._folder / 'janus.jcfg'}",
            f"--configs-folder={self._folder}",
            "--disable-colors",
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        self._reading = asyncio.create_task(self._read())
        try:
            async with asyncio.timeout(seconds):
                await self._ready.wait()
        except TimeoutError as error:
            raise AssertionError("Janus is not ready:\n" + "\n".join(self._said[-30:])) from error

    async def kill(self) -> None:
        """End it without a word to anybody, as a power cut does."""
        if self._process is not None and self._reading is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
            await self._reading
            self._process = None

    async def _read(self) -> None:
        if self._process is None or self._process.stdout is None:
            return
        async for line in self._process.stdout:
            self._said.append(line.decode(errors="replace").rstrip())
            del self._said[:-200]
            if READY in self._said[-1]:
                self._ready.set()

    def _written(self) -> None:
        plugins, transports = _folder("plugins"), _folder("transports")
        others = sorted(one.name for one in plugins.glob("*.so") if one.name != _PLUGIN)
        ways = sorted(one.name for one in transports.glob("*.so") if one.name != _TRANSPORT)
        room = "publishers = 6 bitrate = 2000000 transport_wide_cc_ext = true"
        files = {
            "janus.jcfg": f"""
                general: {{ configs_folder = "{self._folder}" plugins_folder = "{plugins}"
                            transports_folder = "{transports}" server_name = "chevet" debug_level = 4 }}
                nat: {{ ice_lite = false }}
                plugins: {{ disable = "{",".join(others)}" }}
                transports: {{ disable = "{",".join(ways)}" }}""",
            "janus.transport.websockets.jcfg": f"""
                general: {{ json = "compact" ws = true ws_port = {self._port} ws_ip = "127.0.0.1" wss = false }}
                admin: {{ admin_ws = false }}""",
            "janus.plugin.videoroom.jcfg": f"""
                general: {{ }}
                room-{H264}: {{ description = "a" videocodec = "h264" h264_profile = "42e01f" {room} }}
                room-{VP8}: {{ description = "b" videocodec = "vp8" {room} }}""",
        }
        for name, text in files.items():
            (self._folder / name).write_text(text)


def _folder(name: str) -> Path:
    """Where Debian's package has its libraries, whatever the machine's kind."""
    found = [one for pattern in LIBRARIES for one in Path("/usr").glob(f"{pattern}/{name}")]
    assert found, f"no {name} of Janus under /usr"
    return found.pop(0)


def _free() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])

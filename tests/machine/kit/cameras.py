# SPDX-License-Identifier: Apache-2.0
"""The kernel's virtual cameras (vivid): plugged, pulled out, plugged in under other numbers."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from device.camera import CameraPhase, CameraState
from device.clock import SystemClock
from device.ring import Picture
from device.video import Cameras
from tests.machine.kit.tools import ToolError, tool, until

DRIVER = Path("/sys/bus/platform/drivers/vivid")
UNIT = "vivid.0"
NAMED = """SUBSYSTEM=="video4linux", ATTR{name}=="vivid-00?-vid-cap", SYMLINK+="v4l/by-path/$attr{name}"\n"""
"""A udev rule in place of a USB socket's path, which tells twins apart: the driver's name for each."""
RULES = Path("/run/udev/rules.d/70-vivid.rules")
RED, BLUE = 7, 9
"""Test patterns."""
ROWS = """
[[camera]]
id = "{id}"
label = "{id}"
role = "{role}"
match = "{match}"
size = [640, 480]
rate = 15.0
format = "YUYV"
"""


class Vivid:
    """Two cameras: one sees red, the other blue."""

    def __init__(self) -> None:
        self.nodes = tuple(Path(f"/dev/v4l/by-path/vivid-00{index}-vid-cap") for index in (0, 1))

    async def plug(self, *numbers: int) -> None:
        """Load the driver; the cameras become /dev/video of these numbers."""
        numbered = ",".join(map(str, numbers))
        both = ["n_devs=2", "node_types=0x1,0x1", "num_inputs=1,1", "input_types=0x0,0x0", f"vid_cap_nr={numbered}"]
        await tool("modprobe", "vivid", *both)
        await until(lambda: all(node.exists() for node in self.nodes), "udev names the cameras")
        assert tuple(int(node.resolve().name[5:]) for node in self.nodes) == numbers

    async def paint(self) -> None:
        """Give each its colour."""
        for node, pattern in zip(self.nodes, (RED, BLUE), strict=True):
            await tool("v4l2-ctl", "-d", str(node), "-c", f"test_pattern={pattern}")

    async def pull(self) -> None:
        """Take them away from whoever uses them, as a pulled cable does."""
        (DRIVER / "unbind").write_text(UNIT)

    async def unload(self) -> None:
        """Unload the driver, once nobody has the devices open."""

        async def unloaded() -> bool:
            try:
                await tool("modprobe", "-r", "vivid")
            except ToolError:
                return False
            return True

        await until(unloaded, "the driver is let go")


def _name() -> None:
    RULES.parent.mkdir(parents=True, exist_ok=True)
    RULES.write_text(NAMED)


@asynccontextmanager
async def vivid(*numbers: int) -> AsyncIterator[Vivid]:
    """Two cameras, whatever was there before."""
    made = Vivid()
    await asyncio.to_thread(_name)
    await tool("udevadm", "control", "--reload")
    await made.unload()
    await made.plug(*numbers)
    await made.paint()
    yield made


def colour(picture: Picture) -> str:
    """What it shows: "red", "blue" or neither (limited-range BT.601, 128 is grey)."""
    height = picture.i420.shape[0] * 2 // 3
    blue, red = (float(plane.mean()) for plane in picture.i420[height:].reshape(2, -1))
    return "red" if red > blue + 40 else "blue" if blue > red + 40 else f"Cb {blue:.0f}, Cr {red:.0f}"


class Seen:
    """What the video bus publishes."""

    def __init__(self) -> None:
        self.states: dict[str, CameraState] = {}
        self.history: list[tuple[str, CameraPhase]] = []

    def change(self, state: CameraState) -> None:
        self.states[state.id] = state
        self.history.append((state.id, state.phase))

    async def phase(self, camera: str, phase: CameraPhase, seconds: float = 30.0) -> None:
        """Wait until the camera is so."""

        def so() -> bool:
            return camera in self.states and self.states[camera].phase is phase

        await until(so, f"{camera} {phase}, not only {self.history}", seconds)


@asynccontextmanager
async def video(**roles: Path) -> AsyncIterator[tuple[Cameras, Seen]]:
    """The video bus with a camera for each role: its id is the role, its device the path."""
    seen = Seen()
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "cameras.toml"
        table.write_text("".join(ROWS.format(id=role, role=role, match=path) for role, path in roles.items()))
        cameras = Cameras.load(table, Path(folder), SystemClock(trusted=True), seen.change)
        cameras.start()
        try:
            yield cameras, seen
        finally:
            cameras.stop()

# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: INP001 - it stands alone in the guest
"""The guest's agent: takes the product's code and the scenarios from the host, and runs them in a child of itself.

It has loaded the libraries before the machine is frozen, so a child starts at once where Python alone would need half a
minute to translate them. It is part of the image: what changes often stands in ``tests/machine/runner.py`` instead.

The port carries JSON lines. From the host: ``{"do": "ping"}``; ``{"do": "run", "wall": seconds of the epoch, "bytes":
n, "names": [...]}`` followed by n bytes of tar. To the host: ``{"event": ...}``, the last of a run being ``over``.
"""

import contextlib
import importlib
import io
import json
import os
import shutil
import sys
import tarfile
import time
from pathlib import Path

PORT = "/dev/virtio-ports/chevet"
SITE = Path("/opt/site")
CODE = Path("/run/chevet")
WARM = (
    "asyncio",
    "bleak.backends.bluezdbus.client",
    "bleak.backends.bluezdbus.scanner",
    "bumble.controller",
    "bumble.device",
    "bumble.pairing",
    "bumble.transport.vhci",
    "cv2",
    "dbus_fast.aio",
    "dbus_fast.service",
    "msgspec",
    "numpy",
    "serial.tools.list_ports",
    "sounddevice",
    "sqlite3",
    "tomllib",
)
"""What a scenario would otherwise wait for."""


class Port:
    """The virtio port to the host; it reads as ended while no host is there."""

    def __init__(self, path: str) -> None:
        while True:
            with contextlib.suppress(OSError):
                self._file = os.open(path, os.O_RDWR)
                break
            time.sleep(0.2)
        self._rest = b""

    def line(self) -> bytes:
        """The next line."""
        while b"\n" not in self._rest:
            self._more()
        line, _, self._rest = self._rest.partition(b"\n")
        return line

    def take(self, size: int) -> bytes:
        """So many bytes."""
        parts = [self._rest]
        have = len(self._rest)
        while have < size:
            self._rest = b""
            self._more()
            parts.append(self._rest)
            have += len(self._rest)
        whole = b"".join(parts)
        self._rest = whole[size:]
        return whole[:size]

    def say(self, **message: object) -> None:
        """One line to the host."""
        data = json.dumps(message).encode() + b"\n"
        while data:
            data = data[os.write(self._file, data) :]

    def _more(self) -> None:
        data = os.read(self._file, 1 << 16)
        if not data:
            time.sleep(0.1)
        self._rest += data


def main() -> None:
    """Serve the host until the machine is switched off."""
    sys.path.insert(0, str(SITE))
    missing = []
    for name in WARM:
        try:
            importlib.import_module(name)
        except (ImportError, OSError) as error:
            missing.append(f"{name}: {error}")
    port = Port(PORT)
    while True:
        request = json.loads(port.line())
        if request["do"] == "ping":
            port.say(event="pong", python=sys.version.split()[0], kernel=os.uname().release, missing=missing)
        elif request["do"] == "run":
            time.clock_settime(time.CLOCK_REALTIME, request["wall"])
            unpack(port.take(request["bytes"]))
            status = play(port, request["names"])
            port.say(event="over", status=status)


def unpack(data: bytes) -> None:
    """Replace the code by what the host sent."""
    shutil.rmtree(CODE, ignore_errors=True)
    CODE.mkdir(parents=True)
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        archive.extractall(CODE)  # noqa: S202 - it comes from our own host


def play(port: Port, names: list[str]) -> int:
    """Run the scenarios in a child that inherits every loaded library; its exit status."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    status = 1
    try:
        os.chdir(CODE)
        sys.path.insert(0, str(CODE))
        runner = importlib.import_module("tests.machine.runner")
        runner.main(port.say, names)
        status = 0
    except BaseException as error:
        port.say(event="broken", detail=f"{type(error).__name__}: {error}")
        raise
    finally:
        os._exit(status)


if __name__ == "__main__":
    main()

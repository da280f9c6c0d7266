# SPDX-License-Identifier: Apache-2.0
"""The town of ``tests.call.away``, in a process of its own: ``python -m tests.call.town OPTIONS`` (JSON)."""

import asyncio
import hashlib
import json
import sys
import time
from contextlib import suppress
from pathlib import Path

from doctor.config import Config
from doctor.server import serving
from doctor.turn import Relay
from tests.call.wire import TOKEN, Page

TELL = 0.05


class Doctor:
    """A page that reads entries after the last it has, over as many peer connections as it takes."""

    def __init__(self) -> None:
        self.page: Page | None = None
        self.pictures = 0
        self.entries: list[int] = []
        self._peer = None
        self._read = self._seen = 0
        self._asked = False

    def tell(self) -> dict[str, object]:
        """What it saw until now."""
        peer = self.page.peer if self.page else None
        if peer is not self._peer:
            self._peer, self._read, self._asked, self._seen = peer, 0, False, 0
        if peer is not None:
            self.pictures += peer.pictures - self._seen
            self._seen = peer.pictures
            entries = peer.of("entry")
            self.entries += [message["entry"]["sequence"] for message in entries[self._read :]]
            self._read = len(entries)
            if not self._asked and peer.of("words"):
                self._asked = True
                peer.say({"type": "read", "after": max(self.entries, default=0)})
        return {
            "at": time.monotonic(),
            "pictures": self.pictures,
            "peers": self.page.peers if self.page else 0,
            "entries": self.entries,
            "heard": sorted({message["type"] for message in self.page.got}) if self.page else [],
        }


async def main(options: dict[str, object]) -> None:
    """Serve, and do what is told, until killed."""
    folder = Path(str(options["folder"]))
    relay = options.get("relay")
    config = Config(
        key=b"k" * 32,
        carts={"cart-1": hashlib.sha256(TOKEN.encode()).hexdigest()},
        host=str(options["host"]),
        port=int(options["port"]),
        certificate=folder / "town.pem",
        private_key=folder / "town.key",
        relay=Relay(relay["secret"], tuple(relay["urls"]), relay["seconds"]) if relay else None,
    )
    async with serving(config) as server:
        doctor = Doctor()
        told = json.dumps({"origin": server.origin, **doctor.tell()})
        sys.stdout.write(told + "\n")
        sys.stdout.flush()
        async with asyncio.TaskGroup() as group:
            group.create_task(_obey(doctor, server.origin, folder))
            group.create_task(_tell(doctor))


async def _tell(doctor: Doctor) -> None:
    while True:
        await asyncio.sleep(TELL)
        sys.stdout.write(json.dumps(doctor.tell()) + "\n")
        sys.stdout.flush()


async def _obey(doctor: Doctor, origin: str, folder: Path) -> None:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        order = json.loads(line)
        if order["do"] == "join":
            doctor.page = Page(origin, order["link"], folder / "authority.pem")
            await doctor.page.join(order["code"])
        else:
            await doctor.page.say(order["do"])


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(main(json.loads(sys.argv[1])))

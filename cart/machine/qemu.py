# SPDX-License-Identifier: Apache-2.0
"""One machine that QEMU plays, in software: started cold or from a frozen memory, spoken to, frozen, killed."""

import asyncio
import contextlib
import json
import shlex
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from cart.machine.errors import MachineError
from cart.machine.system import System, run

QEMU = "qemu-system-x86_64"
MACHINE = ("-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2", "-m", "1536", "-M", "q35", "-nic", "none",
           "-vga", "none", "-display", "none", "-no-reboot", "-nodefaults")  # fmt: skip
"""Never kvm: the test must mean the same wherever it runs."""
BOOT = "console=ttyS0 quiet mitigations=off systemd.show_status=0 nowatchdog oops=panic panic=-1"
"""The kernel's command line: one that stumbles restarts, and QEMU ends instead (``-no-reboot``)."""
LINE = 32 << 20
"""Longest message of the guest in bytes: a journal."""
ANSWER = 60.0
"""Seconds for an order to QEMU that moves no memory."""


def qemu_version() -> str:
    """QEMU's version; a frozen memory is good for it alone. Raises MachineError."""
    return run([QEMU, "--version"], 30.0).splitlines()[0]


class Machine:
    """A running guest. Its console is ``folder/console.log`` and the socket ``folder/console``."""

    def __init__(self, folder: Path, process: asyncio.subprocess.Process) -> None:
        self.folder = folder
        self._process = process
        self._orders: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._line: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def connect(self) -> None:
        """Open both sockets. Raises MachineError."""
        self._orders = await self._open("orders")
        await self._answer()
        await self.order("qmp_capabilities")
        self._line = await self._open("line")

    async def order(self, name: str, **arguments: Any) -> Any:  # noqa: ANN401 - QEMU's own words
        """Give QEMU an order (QEMU Machine Protocol); what it returns. Raises MachineError."""
        _reader, writer = self._opened(self._orders)
        message: dict[str, Any] = {"execute": name, "arguments": arguments}
        writer.write(json.dumps(message).encode())
        answer = await self._answer()
        if "error" in answer:
            raise MachineError(f"QEMU refused {name}: {answer['error'].get('desc')}")
        return answer["return"]

    def say(self, message: dict[str, Any], data: bytes = b"") -> None:
        """Send the guest's agent a line, and bytes after it."""
        self._opened(self._line)[1].write(json.dumps(message).encode() + b"\n" + data)

    async def hear(self, seconds: float) -> dict[str, Any]:
        """The agent's next line. Raises TimeoutError, MachineError when the machine has stopped."""
        reader, _writer = self._opened(self._line)
        async with asyncio.timeout(seconds):
            data = await reader.readline()
        if not data.endswith(b"\n"):
            raise MachineError(f"the machine stopped; see {self.folder / 'console.log'}")
        message: dict[str, Any] = json.loads(data)
        return message

    async def greet(self, seconds: float) -> dict[str, Any]:
        """Wait until the agent answers; what it says of the guest. Raises MachineError."""
        self.say({"do": "ping"})
        try:
            return await self.hear(seconds)
        except TimeoutError as error:
            raise MachineError(f"no answer from the guest in {seconds:.0f} s\n{self.console()}") from error

    async def freeze(self, memory: Path, seconds: float) -> None:
        """Stop it and write its memory, which goes with its disk as it is now. Raises MachineError."""
        await self.order("stop")
        await self.order("migrate-set-parameters", **{"max-bandwidth": 1 << 34})
        await self.order("migrate", uri=f"exec:cat > {shlex.quote(str(memory))}")
        try:
            async with asyncio.timeout(seconds):
                while (status := (await self.order("query-migrate")).get("status")) != "completed":
                    if status in ("failed", "cancelled"):
                        raise MachineError(f"the memory could not be written: {status}")
                    await asyncio.sleep(0.2)
        except TimeoutError as error:
            raise MachineError(f"the memory was not written in {seconds:.0f} s") from error
        await self.order("quit")
        await self._process.wait()

    async def thaw(self, seconds: float) -> None:
        """Go on from the memory that it was started with. Raises MachineError."""
        try:
            async with asyncio.timeout(seconds):
                while (await self.order("query-status"))["status"] == "inmigrate":  # noqa: ASYNC110 - QEMU is another process
                    await asyncio.sleep(0.1)
        except TimeoutError as error:
            raise MachineError(f"the memory was not read in {seconds:.0f} s") from error
        await self.order("cont")

    def console(self, lines: int = 30) -> str:
        """The end of what the guest wrote on its console."""
        path = self.folder / "console.log"
        text = path.read_text(errors="replace") if path.exists() else ""
        return "\n".join(text.splitlines()[-lines:])

    async def wait(self) -> None:
        """Until it is switched off."""
        await self._process.wait()

    async def kill(self) -> None:
        """End it at once."""
        for pair in (self._orders, self._line):
            if pair is not None:
                pair[1].close()
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()

    async def _open(self, name: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        for _ in range(300):
            if self._process.returncode is not None:
                break
            with contextlib.suppress(OSError):
                return await asyncio.open_unix_connection(self.folder / name, limit=LINE)
            await asyncio.sleep(0.1)
        said = (self.folder / "qemu.log").read_text(errors="replace")[-800:]
        raise MachineError(f"QEMU did not start: {said}")

    async def _answer(self) -> dict[str, Any]:
        """QEMU's next answer; what it tells unasked is skipped."""
        reader, _writer = self._opened(self._orders)
        try:
            async with asyncio.timeout(ANSWER):
                while data := await reader.readline():
                    message: dict[str, Any] = json.loads(data)
                    if "event" not in message:
                        return message
        except TimeoutError as error:
            raise MachineError(f"QEMU did not answer in {ANSWER:.0f} s") from error
        said = (self.folder / "qemu.log").read_text(errors="replace")[-800:]
        raise MachineError(f"QEMU ended: {said}")

    def _opened(
        self, pair: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if pair is None:
            raise MachineError("not connected")
        return pair


def command(system: System, disk: Path, site: Path, folder: Path, memory: Path | None) -> list[str]:
    """QEMU's command line; the same devices cold and thawed."""
    socket = "server=on,wait=off"
    console, line, orders = (_escaped(folder / name) for name in ("console", "line", "orders"))
    words = {
        "-kernel": (str(system.folder / "vmlinuz"),),
        "-initrd": (str(system.folder / "initrd"),),
        "-append": (BOOT,),
        "-drive": (
            f"file={_escaped(disk)},format=qcow2,if=virtio",
            f"file={_escaped(site)},format=raw,if=virtio,readonly=on",
        ),
        "-chardev": (
            f"socket,id=console,path={console},{socket},logfile={_escaped(folder / 'console.log')},logappend=on",
            f"socket,id=line,path={line},{socket}",
            f"socket,id=orders,path={orders},{socket}",
        ),
        "-serial": ("chardev:console",),
        "-device": ("virtio-serial-pci", "virtserialport,chardev=line,name=chevet", "virtio-rng-pci"),
        "-mon": ("orders,mode=control",),
        "-incoming": () if memory is None else (f"exec:cat {shlex.quote(str(memory))}",),
    }
    return [QEMU, *MACHINE, *(word for option, values in words.items() for value in values for word in (option, value))]


@asynccontextmanager
async def machine(
    system: System, disk: Path, site: Path, folder: Path, memory: Path | None = None
) -> AsyncIterator[Machine]:
    """A guest on ``disk``, cold or from ``memory``; killed in the end. Raises MachineError."""
    with (folder / "qemu.log").open("wb") as said:
        words = command(system, disk, site, folder, memory)
        process = await asyncio.create_subprocess_exec(
            *words, stdin=asyncio.subprocess.DEVNULL, stdout=said, stderr=said
        )
    guest = Machine(folder, process)
    try:
        await guest.connect()
        if memory is not None:
            await guest.thaw(ANSWER)
        yield guest
    finally:
        await guest.kill()


def overlay(disk: Path, base: Path, kind: str) -> None:
    """A disk that begins as ``base`` (of the ``kind`` raw or qcow2) and leaves it as it is. Raises MachineError."""
    disk.unlink(missing_ok=True)
    run(["qemu-img", "create", "-q", "-f", "qcow2", "-b", str(base.resolve()), "-F", kind, str(disk)], 60.0)


def _escaped(path: Path) -> str:
    return str(path).replace(",", ",,")

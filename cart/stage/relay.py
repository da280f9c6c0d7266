# SPDX-License-Identifier: Apache-2.0
"""A real relay: Debian's coturn with time-limited credentials (``use-auth-secret``), over UDP, TCP and TLS."""

import asyncio
import shutil
import socket
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from call.names import Names
from call.relays import Relay, Way
from call.relays_probe import sound

SECRET = "a secret of the stage"  # noqa: S105 - it relays between namespaces of one machine
SECONDS = 10
_PAUSE = 0.05


def available() -> bool:
    """Whether coturn is there."""
    return shutil.which("turnserver") is not None


class Coturn:
    """Where it listens. ``folder`` holds ``town.pem`` and ``town.key`` (``cart.demo.certificates.issue``)."""

    def __init__(self, folder: Path, address: str, port: int, tls_port: int) -> None:
        self.folder = folder
        self.address = address
        self.port = port
        self.tls_port = tls_port

    @property
    def urls(self) -> tuple[str, ...]:
        """UDP, TCP and TLS (RFC 7065)."""
        where = f"turn:{self.address}:{self.port}?transport="
        return f"{where}udp", f"{where}tcp", f"turns:{self.address}:{self.tls_port}?transport=tcp"

    def configuration(self) -> str:
        """``turnserver.conf``."""
        return "\n".join(
            [
                f"listening-ip={self.address}",
                f"relay-ip={self.address}",
                f"listening-port={self.port}",
                f"tls-listening-port={self.tls_port}",
                f"static-auth-secret={SECRET}",
                "use-auth-secret",
                "realm=stage",
                f"cert={self.folder / 'town.pem'}",
                f"pkey={self.folder / 'town.key'}",
                "allow-loopback-peers",
                "no-cli",
                "cli-password=unused",
                "no-dtls",
                "fingerprint",
                "log-file=stdout",
                "simple-log",
                f"pidfile={self.folder / 'turn.pid'}",
                f"userdb={self.folder / 'turn.db'}",
                "",
            ]
        )


@asynccontextmanager
async def coturn(
    folder: Path, address: str = "127.0.0.1", *, before: Sequence[str] = (), tls_port: int | None = None
) -> AsyncIterator[Coturn]:
    """One that listens; ``before`` are words put before its command (to stand in another namespace). Raises
    RuntimeError when it ends at once, TimeoutError when it does not come up."""
    server = Coturn(folder, address, _free(), tls_port or _free())
    path = folder / "turnserver.conf"
    await asyncio.to_thread(path.write_text, server.configuration(), "utf-8")
    log = await asyncio.to_thread((folder / "turn.log").open, "wb")
    with log:
        command = [*before, "turnserver", "-c", str(path)]
        process = await asyncio.create_subprocess_exec(*command, stdout=log, stderr=log, cwd=folder)
        try:
            async with asyncio.timeout(SECONDS):
                await _up(server, process)
            yield server
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()


async def _up(server: Coturn, process: asyncio.subprocess.Process) -> None:
    names, context = Names(), ssl.create_default_context()
    stun = Relay(server.urls[0], Way.STUN, server.address, server.port)
    while not (await _takes(server, server.tls_port) and (await sound(stun, names, context, 0.5)).trouble is None):
        if process.returncode is not None:
            raise RuntimeError(f"turnserver ended with {process.returncode}: see {server.folder.name}/turn.log")
        await asyncio.sleep(_PAUSE)
    await names.close()


async def _takes(server: Coturn, port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(server.address, port)
    except OSError:
        return False
    writer.close()
    return True


def _free() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])

# SPDX-License-Identifier: Apache-2.0
"""A real coturn for tests, with time-limited credentials (``use-auth-secret``), over UDP, TCP and TLS."""

import asyncio
import shutil
import socket
import ssl
import time
from collections.abc import Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from call.messages import IceServer
from call.names import Names
from call.relays import Relay, Way
from call.relays_probe import sound
from cart.demo.certificates import issue
from doctor.turn import Relay as Coturns
from doctor.turn import ice_servers

SECRET = "a secret of a test"  # noqa: S105 - of a test
SECONDS = 10


def available() -> bool:
    """Whether Debian's coturn is there."""
    return shutil.which("turnserver") is not None


class Coturn:
    """Where it listens, and who signed its certificate."""

    def __init__(self, address: str, port: int, tls_port: int, authority: Path) -> None:
        self.address, self.port, self.tls_port, self.authority = address, port, tls_port, authority
        self.process: asyncio.subprocess.Process | None = None

    def urls(self) -> tuple[str, ...]:
        """UDP, TCP and TLS."""
        where = f"{self.address}:{self.port}"
        return (
            f"turn:{where}?transport=udp",
            f"turn:{where}?transport=tcp",
            f"turns:{self.address}:{self.tls_port}?transport=tcp",
        )

    def ice(self, *, secret: str = SECRET, seconds: int = 3600) -> tuple[IceServer, ...]:
        """What the rendezvous server would give a cart."""
        servers = ice_servers(Coturns(secret, self.urls(), seconds), "cart-1", time.time())
        return tuple(IceServer(one.urls, one.username, one.credential) for one in servers)


@asynccontextmanager
async def coturn(
    folder: Path,
    address: str = "127.0.0.1",
    *,
    before: Sequence[str] = (),
    tls_port: int | None = None,
):
    """A relay that listens; ``before`` are words put before its command (another namespace). ``folder`` may already
    have a certificate for ``address``."""
    server = Coturn(address, _free(), tls_port or _free(), folder / "authority.pem")
    if not server.authority.exists():
        issue(folder, address)
    lines = [
        f"listening-ip={address}",
        f"relay-ip={address}",
        f"listening-port={server.port}",
        f"tls-listening-port={server.tls_port}",
        f"static-auth-secret={SECRET}",
        "use-auth-secret",
        "realm=test",
        f"cert={folder / 'town.pem'}",
        f"pkey={folder / 'town.key'}",
        "allow-loopback-peers",
        "no-cli",
        "no-dtls",
        "fingerprint",
        "log-file=stdout",
        "simple-log",
        f"pidfile={folder / 'turn.pid'}",
        f"userdb={folder / 'turn.db'}",
        "cli-password=unused",
    ]
    configuration = folder / "turnserver.conf"
    configuration.write_text("\n".join(lines) + "\n")
    log = (folder / "turn.log").open("wb")
    try:
        server.process = await asyncio.create_subprocess_exec(
            *before, "turnserver", "-c", str(configuration), stdout=log, stderr=log, cwd=folder
        )
        await _listening(server, folder / "turn.log")
        yield server
    finally:
        log.close()
        if server.process is not None and server.process.returncode is None:
            server.process.kill()
            await server.process.wait()


async def _listening(server: Coturn, log: Path) -> None:
    """Until both ports take connections."""
    async with asyncio.timeout(SECONDS):
        for port in (server.port, server.tls_port):
            while True:
                assert server.process.returncode is None, _read(log)
                try:
                    _, writer = await asyncio.open_connection(server.address, port)
                except OSError:
                    await asyncio.sleep(0.05)
                    continue
                writer.close()
                break
        stun = Relay(server.urls()[0], Way.STUN, server.address, server.port)
        while (await sound(stun, Names(), ssl.create_default_context(), 0.5)).trouble is not None:
            await asyncio.sleep(0.05)


def _read(log: Path) -> str:
    return log.read_text(errors="replace")


def _free() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])

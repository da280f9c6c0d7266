# SPDX-License-Identifier: Apache-2.0
"""A real coturn for tests, and what the rendezvous server would give a cart of it."""

import time
from collections.abc import Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from call.messages import IceServer
from cart.demo.certificates import issue
from cart.stage import relay
from cart.stage.relay import SECRET, Coturn, available
from doctor.turn import Relay, ice_servers

__all__ = ["SECRET", "Coturn", "available", "coturn", "given"]


def given(server: Coturn, *, secret: str = SECRET, seconds: int = 3600) -> tuple[IceServer, ...]:
    """As ``welcome`` gives it."""
    servers = ice_servers(Relay(secret, server.urls, seconds), "cart-1", time.time())
    return tuple(IceServer(one.urls, one.username, one.credential) for one in servers)


@asynccontextmanager
async def coturn(folder: Path, address: str = "127.0.0.1", *, before: Sequence[str] = (), tls_port: int | None = None):
    """A relay that listens, with a certificate for ``address`` unless ``folder`` has one."""
    certified(folder, address)
    async with relay.coturn(folder, address, before=before, tls_port=tls_port) as server:
        yield server


def certified(folder: Path, *addresses: str) -> None:
    """A certificate in ``folder``, once."""
    if not (folder / "town.pem").exists():
        issue(folder, *addresses)

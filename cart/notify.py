# SPDX-License-Identifier: Apache-2.0
"""Telling systemd that we are ready and alive (sd_notify(3)): one datagram, no library."""

import asyncio
import os
import socket


def notify(message: str) -> None:
    """Send ``READY=1``, ``WATCHDOG=1``… to the socket that systemd named; nothing when it named none."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
        channel.sendto(message.encode(), "\0" + address[1:] if address.startswith("@") else address)


async def heartbeat() -> None:
    """Say ``WATCHDOG=1`` from the event loop, twice as often as systemd wants: a blocked loop falls silent."""
    period = int(os.environ.get("WATCHDOG_USEC", "0")) / 2_000_000
    while True:
        notify("WATCHDOG=1")
        await asyncio.sleep(period or 3600)

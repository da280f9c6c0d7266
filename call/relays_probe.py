# SPDX-License-Identifier: Apache-2.0
"""One sounding of one server: a Binding (RFC 8489) of a STUN server; of a relay an allocation (RFC 8656 §7) over the
very way that a call would take, given back at once. Nothing outlasts its deadline."""

import asyncio
import socket
import ssl
import time
from typing import cast

from aioice import stun
from aioice.turn import create_turn_endpoint

from call.names import Names
from call.relays import Relay, Sounding, Trouble, Way

WITHIN = 3.0
"""Seconds for an answer."""


async def sound(relay: Relay, names: Names, context: ssl.SSLContext, within: float = WITHIN) -> Sounding:
    """Ask ``relay``; never raises."""
    began = time.monotonic()
    try:
        async with asyncio.timeout(within):
            address = (await names.addresses(relay.host))[0]
            began = time.monotonic()
            if relay.way is Way.STUN:
                await _bind(address, relay.port)
            else:
                await _allocate(relay, address, context)
    except socket.gaierror as error:
        return Sounding(relay, trouble=Trouble.UNKNOWN, detail=str(error))
    except ssl.SSLError as error:
        return Sounding(relay, trouble=Trouble.CERTIFICATE, detail=_reason(error))
    except stun.TransactionFailed as error:
        return Sounding(relay, trouble=Trouble.REFUSED, detail=str(error))
    except (TimeoutError, stun.TransactionTimeout):
        return Sounding(relay, trouble=Trouble.SILENT, detail=f"no answer within {within:g} s")
    except (OSError, ValueError) as error:
        return Sounding(relay, trouble=Trouble.UNREACHABLE, detail=str(error))
    return Sounding(relay, time.monotonic() - began, address)


async def _allocate(relay: Relay, address: str, context: ssl.SSLContext) -> None:
    tls = relay.way is Way.TLS
    transport, protocol = await create_turn_endpoint(
        _Ended,
        (relay.host if tls else address, relay.port),
        relay.username,
        relay.credential,
        ssl=context if tls else None,
        transport="udp" if relay.way is Way.UDP else "tcp",
    )
    transport.close()
    await protocol.ended.wait()


class _Ended(asyncio.DatagramProtocol):
    """Tells when the allocation has been given back."""

    def __init__(self) -> None:
        self.ended = asyncio.Event()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self.ended.set()


async def _bind(address: str, port: int) -> None:
    loop = asyncio.get_running_loop()
    transport, binding = await loop.create_datagram_endpoint(_Binding, remote_addr=(address, port))
    try:
        await binding.answered
    finally:
        transport.close()


class _Binding(asyncio.DatagramProtocol):
    """One Binding request, sent again after 0.5, 1 and 2 s."""

    def __init__(self) -> None:
        self.answered: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)
        self._send(0.5)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:  # noqa: ARG002 - asyncio's signature
        try:
            message = stun.parse_message(data)
        except ValueError:
            return
        if message.transaction_id != self._request.transaction_id or self.answered.done():
            return
        if message.message_class is stun.Class.RESPONSE and "XOR-MAPPED-ADDRESS" in message.attributes:
            self.answered.set_result(None)
        else:
            self.answered.set_exception(stun.TransactionFailed(message))

    def error_received(self, exc: Exception) -> None:
        if not self.answered.done():
            self.answered.set_exception(exc)

    def _send(self, again: float) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        self._transport.sendto(bytes(self._request))
        asyncio.get_running_loop().call_later(again, self._send, again * 2)


def _reason(error: ssl.SSLError) -> str:
    return error.verify_message if isinstance(error, ssl.SSLCertVerificationError) else str(error.reason or error)

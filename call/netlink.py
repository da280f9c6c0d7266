# SPDX-License-Identifier: Apache-2.0
"""What the kernel says of links, addresses and default routes, and whenever that changes (rtnetlink(7)).

Events only say that something happened; what is so now is always asked afresh, so a lost event (ENOBUFS) costs nothing.
"""

import asyncio
import ipaddress
import logging
import os
import socket
import struct
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import msgspec

log = logging.getLogger(__name__)

SETTLE = 0.03
"""Seconds in which events that belong together come."""
PATIENCE = 1.0
"""Seconds for an answer of the kernel."""
_READ = 65536
_GROUPS = 0x1 | 0x10 | 0x40 | 0x100 | 0x400
"""RTMGRP_LINK, IPV4_IFADDR, IPV4_ROUTE, IPV6_IFADDR, IPV6_ROUTE."""
_ROUTE_PROTOCOL = 0
_DUMP = 0x1 | 0x100 | 0x200
"""NLM_F_REQUEST, NLM_F_ROOT, NLM_F_MATCH."""
_ERROR, _DONE = 2, 3
_LINK, _ADDRESS, _ROUTE = 16, 20, 24
"""RTM_NEWLINK, RTM_NEWADDR, RTM_NEWROUTE; the request for a dump of each is two more."""
_HEADER = struct.Struct("=IHHII")
_ATTRIBUTE = struct.Struct("=HH")
_LINK_BODY = struct.Struct("=BxHiII")
_ADDRESS_BODY = struct.Struct("=BBBBi")
_ROUTE_BODY = struct.Struct("=BBBBBBBBI")
_UP, _LOOPBACK, _LOWER_UP = 0x1, 0x8, 0x10000
_UNUSABLE = 0x08 | 0x20 | 0x40
"""IFA_F_DADFAILED, IFA_F_DEPRECATED, IFA_F_TENTATIVE."""
_GLOBAL, _MAIN, _UNICAST = 0, 254, 1
_NAME, _IFA_ADDRESS, _IFA_LOCAL, _IFA_FLAGS = 3, 1, 2, 8
_RTA_OIF, _RTA_GATEWAY = 4, 5


class Reach(msgspec.Struct, frozen=True):
    """What this machine can be reached by: addresses that are not its own alone, on links that carry, as (link,
    address); and its default routes over them, as (link, gateway; "" without one)."""

    addresses: frozenset[tuple[str, str]] = frozenset()
    routes: frozenset[tuple[str, str]] = frozenset()

    def has(self, address: str) -> bool:
        """Whether ``address`` is usable now; a loopback address always is."""
        try:
            if ipaddress.ip_address(address).is_loopback:
                return True
        except ValueError:
            return False
        return any(one == address for _, one in self.addresses)


class Message(NamedTuple):
    """One netlink message: its type and its payload."""

    kind: int
    payload: bytes


def messages(data: bytes) -> Iterator[Message]:
    """The messages of a datagram; one that is cut short ends it."""
    at = 0
    while at + _HEADER.size <= len(data):
        length, kind, _, _, _ = _HEADER.unpack_from(data, at)
        if length < _HEADER.size or at + length > len(data):
            return
        yield Message(kind, data[at + _HEADER.size : at + length])
        at += _aligned(length)


def read(found: list[Message]) -> Reach:
    """What the answers to the three requests amount to. Pure; a message that is too short is left out."""
    links: dict[int, str] = {}
    for one in found:
        if one.kind == _LINK and len(one.payload) >= _LINK_BODY.size:
            _, _, index, flags, _ = _LINK_BODY.unpack_from(one.payload)
            if flags & _UP and flags & _LOWER_UP and not flags & _LOOPBACK:
                name = _attributes(one.payload, _LINK_BODY.size).get(_NAME, b"")
                links[index] = name.rstrip(b"\0").decode(errors="replace") or str(index)
    addresses = {(links[i], a) for one in found if one.kind == _ADDRESS for i, a in _address(one.payload) if i in links}
    routes = {(links[i], g) for one in found if one.kind == _ROUTE for i, g in _route(one.payload) if i in links}
    return Reach(frozenset(addresses), frozenset(routes))


def snapshot() -> Reach:
    """What is so now. Raises OSError when the kernel does not say."""
    found: list[Message] = []
    with _socket(0) as kernel:
        kernel.settimeout(PATIENCE)
        for kind in (_LINK, _ADDRESS, _ROUTE):
            family = struct.pack("=B15x", socket.AF_UNSPEC)
            kernel.send(_HEADER.pack(_HEADER.size + len(family), kind + 2, _DUMP, 1, 0) + family)
            found += _dumped(kernel)
    return read(found)


class Watch:
    """Calls ``on_change`` with what was so and what is so now, in the event loop, whenever it differs."""

    def __init__(self, on_change: Callable[[Reach, Reach], None]) -> None:
        self._on_change = on_change
        self._event = asyncio.Event()
        self.now = Reach()

    async def run(self) -> None:
        """Watch until cancelled. A machine without netlink is not watched: what is said then is said once."""
        loop = asyncio.get_running_loop()
        try:
            with _socket(_GROUPS) as kernel:
                kernel.setblocking(False)  # noqa: FBT003 - the socket module's own signature
                self.now = snapshot()
                loop.add_reader(kernel, self._heard, kernel)
                try:
                    await self._follow()
                finally:
                    loop.remove_reader(kernel)
        except OSError as error:
            log.warning("CAL-28 links and addresses cannot be watched: %s", error)
        await asyncio.Event().wait()

    async def _follow(self) -> None:
        while True:
            await self._event.wait()
            await asyncio.sleep(SETTLE)
            self._event.clear()
            before, self.now = self.now, snapshot()
            if self.now != before:
                log.info("network: %d addresses, %d routes", len(self.now.addresses), len(self.now.routes))
                self._on_change(before, self.now)

    def _heard(self, kernel: socket.socket) -> None:
        """Something happened; what it was is asked afresh, so it is only taken off the queue."""
        try:
            kernel.recv(_READ)
        except BlockingIOError:
            return
        except OSError:
            log.debug("events were lost")
        self._event.set()


@contextmanager
def _socket(groups: int) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, _ROUTE_PROTOCOL) as kernel:
        kernel.bind((0, groups))
        yield kernel


def _dumped(kernel: socket.socket) -> Iterator[Message]:
    while True:
        for one in messages(kernel.recv(_READ)):
            if one.kind == _DONE:
                return
            if one.kind == _ERROR:
                number = -struct.unpack_from("=i", one.payload)[0]
                raise OSError(number, os.strerror(number))
            yield one


def _attributes(data: bytes, at: int) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    at = _aligned(at)
    while at + _ATTRIBUTE.size <= len(data):
        length, kind = _ATTRIBUTE.unpack_from(data, at)
        if length < _ATTRIBUTE.size or at + length > len(data):
            break
        found[kind] = data[at + _ATTRIBUTE.size : at + length]
        at += _aligned(length)
    return found


def _address(payload: bytes) -> Iterator[tuple[int, str]]:
    if len(payload) < _ADDRESS_BODY.size:
        return
    _, _, flags, scope, index = _ADDRESS_BODY.unpack_from(payload)
    found = _attributes(payload, _ADDRESS_BODY.size)
    flags |= int.from_bytes(found.get(_IFA_FLAGS, b"")[:4], sys.byteorder)
    text = _text(found.get(_IFA_LOCAL) or found.get(_IFA_ADDRESS, b""))
    if scope == _GLOBAL and not flags & _UNUSABLE and text:
        yield index, text


def _route(payload: bytes) -> Iterator[tuple[int, str]]:
    if len(payload) < _ROUTE_BODY.size:
        return
    _, width, _, _, table, _, _, kind, _ = _ROUTE_BODY.unpack_from(payload)
    found = _attributes(payload, _ROUTE_BODY.size)
    if width == 0 and table == _MAIN and kind == _UNICAST and len(found.get(_RTA_OIF, b"")) == 4:  # noqa: PLR2004 - an int
        yield int.from_bytes(found[_RTA_OIF], sys.byteorder), _text(found.get(_RTA_GATEWAY, b""))


def _text(packed: bytes) -> str:
    return str(ipaddress.ip_address(packed)) if len(packed) in {4, 16} else ""


def _aligned(length: int) -> int:
    return (length + 3) & ~3

# SPDX-License-Identifier: Apache-2.0
"""Who may talk to the station: told by the kernel (SO_PEERCRED, unix(7)), never by the program itself.

The cart's own account may do everything. Root and the accounts of the group ``chevet-technician`` may work on the
instruments, and see nothing of any patient.
"""

import grp
import os
import pwd
import socket
import struct
from enum import Flag, auto
from typing import NamedTuple

TECHNICIANS = "chevet-technician"
"""The group of the technicians' accounts."""
_CREDENTIALS = struct.Struct("3i")


class Right(Flag):
    """What a program may do."""

    NONE = 0
    BEDSIDE = auto()
    INSTRUMENTS = auto()
    ALL = BEDSIDE | INSTRUMENTS


class Peer(NamedTuple):
    """The account at the other end, and its name."""

    user: int
    account: str


class Rights:
    """The rights of accounts. ``users`` may do everything (None: the account of this process)."""

    def __init__(self, users: frozenset[int] | None = None, technicians: str = TECHNICIANS) -> None:
        self._users = users if users is not None else frozenset({os.getuid()})
        self._technicians = technicians

    def of(self, user: int) -> Right:
        """What an account may do, as its groups are now."""
        if user in self._users:
            return Right.ALL
        return Right.INSTRUMENTS if user == 0 or self._technician(user) else Right.NONE

    @property
    def group(self) -> int | None:
        """The technicians' group, if this machine has it."""
        try:
            return grp.getgrnam(self._technicians).gr_gid
        except KeyError:
            return None

    def _technician(self, user: int) -> bool:
        try:
            account = pwd.getpwuid(user)
        except KeyError:
            return False
        return self.group in os.getgrouplist(account.pw_name, account.pw_gid)


def peer(connection: socket.socket) -> Peer:
    """Who is at the other end of a Unix socket."""
    raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    _, user, _ = _CREDENTIALS.unpack(raw)
    try:
        return Peer(user, pwd.getpwuid(user).pw_name)
    except KeyError:
        return Peer(user, f"uid {user}")

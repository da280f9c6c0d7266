# SPDX-License-Identifier: Apache-2.0
"""What a stack may remember wrongly after a process or a daemon was killed, and what to do about it. Pure."""

from collections.abc import Collection, Iterable
from enum import StrEnum
from typing import NamedTuple

from device.ble.adapter import Known


class Tidying(StrEnum):
    """What is done about one record."""

    HANG_UP = "hang-up"
    """The link belongs to nobody any more; the bond stays."""
    FORGET = "forget"
    """There is no bond to lose: the link and what is remembered of the services go."""


class Chore(NamedTuple):
    """One record and what is done about it."""

    address: str
    tidying: Tidying


def chores(known: Iterable[Known], enrolled: Collection[str], linked: Collection[str]) -> tuple[Chore, ...]:
    """What is stale: an enrolled instrument that the stack calls connected and that is not in ``linked``.

    Devices that are not ours are nobody's business here. A record without a link does no harm and is kept.
    """
    stale = (one for one in known if one.connected and one.address in enrolled and one.address not in linked)
    return tuple(Chore(one.address, Tidying.HANG_UP if one.bonded else Tidying.FORGET) for one in stale)

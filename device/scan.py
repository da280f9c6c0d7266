# SPDX-License-Identifier: Apache-2.0
"""A code that a barcode scanner read."""

import msgspec

from device.clock import Instant


class Scan(msgspec.Struct, frozen=True):
    """``text`` with its group separators (0x1D), without its terminator. It may hold a person's identity: it belongs
    into no log."""

    text: str
    received: Instant

# SPDX-License-Identifier: Apache-2.0
"""What bleak remembers of BlueZ, and how it is made to forget a bluetoothd that died.

bleak 3.1 keeps one copy of BlueZ's objects in each loop and does not watch whether bluetoothd is still there: after a
crash it would go on calling a device connected that the new bluetoothd has never heard of, and skip to connect it. When
its D-Bus connection ends it starts anew by itself; so that is what is ended.
"""

import asyncio
import logging

from bleak.backends.bluezdbus import manager

log = logging.getLogger(__name__)


def renew() -> None:
    """Have bleak forget everything: its clients are told that they are disconnected, its next call reads BlueZ anew."""
    known = manager._global_instances.get(asyncio.get_running_loop())  # noqa: SLF001 - there is no public way (3.1)
    bus = None if known is None else known._bus  # noqa: SLF001 - likewise
    if bus is not None and bus.connected:
        log.info("bleak's copy of BlueZ is dropped")
        bus.disconnect()

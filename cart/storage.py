# SPDX-License-Identifier: Apache-2.0
"""The storage's parts of chevet-device: it is watched, captures of before are sealed, what is settled is purged."""

import asyncio
import logging
from datetime import timedelta
from pathlib import Path

from cart.config import StorageSection
from cart.key import NOT_ENCRYPTED, NOT_ENCRYPTED_LINE
from device.attachments import SPARE, Attachments
from device.clock import Clock
from device.journal import Journal, Retention
from device.journal.watch import look
from device.station.core import Station

log = logging.getLogger(__name__)

WATCH_SECONDS = 2.0
PURGE_SECONDS = 60.0
SEAL_PAUSE = 0.05


class Storage:
    """What is kept in the folder ``state``. The journal is closed after these parts have ended."""

    def __init__(self, section: StorageSection, journal: Journal, clock: Clock, state: Path) -> None:
        self._section = section
        self._journal = journal
        self._clock = clock
        self._path = state / "journal.db"
        self.attachments = Attachments(state / "captures", journal, spare=SPARE)
        swept = self.attachments.sweep() + _sweep(state / "recordings")
        if swept:
            log.warning("%d files of interrupted captures and recordings removed", swept)

    async def watch(self, station: Station) -> None:
        """Tell the operator when the storage fails, within seconds and before anything is written; until cancelled."""
        if not self._section.encrypted:
            station.warn(NOT_ENCRYPTED, NOT_ENCRYPTED_LINE)
        said = ""
        while True:
            fault = await asyncio.to_thread(look, self._path, SPARE)
            code = fault.code if fault is not None else ""
            if said and said != code:
                station.notify(said, "")
            if fault is not None and said != code:
                log.error("%s %s", code, fault)
                station.notify(code, fault.line)
            said = code
            await asyncio.sleep(WATCH_SECONDS)

    async def keep(self, station: Station) -> None:
        """Seal the plain captures of before, then purge what is settled and due, never while a file is open; until
        cancelled. Raises JournalError."""
        for _ in self.attachments.seal_older():
            await asyncio.sleep(SEAL_PAUSE)
        while True:
            await asyncio.sleep(PURGE_SECONDS)
            await self.purge(station)

    async def purge(self, station: Station) -> int:
        """Purge what is settled and due, if no file is open; how many encounters. Raises JournalError."""
        if station.state.encounter is not None:
            return 0
        retention = Retention(self._journal, self.attachments.erase, timedelta(days=self._section.keep_days))
        return await asyncio.to_thread(retention.purge, station.settled, self._clock.now())


def _sweep(folder: Path) -> int:
    """Remove the plain recordings that an older version left when it was interrupted: they are nobody's."""
    left = list(folder.glob("*.flac"))
    for path in left:
        path.unlink(missing_ok=True)
    return len(left)

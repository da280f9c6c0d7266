# SPDX-License-Identifier: Apache-2.0
"""The residents' list as a running chevet-device follows it: read again when the file changes (``chevet import``)."""

import asyncio
import logging
import os
from pathlib import Path

from device.station.core import Station
from device.station.residents import load

log = logging.getLogger(__name__)

LOOK_SECONDS = 5.0
FAULTY = "CFG-02"
"""What may have been said of the list before it was read again."""

Look = tuple[int, int, int]


class Roster:
    """The file at ``path``. A list that cannot be read at all changes nothing: the one of before still serves."""

    def __init__(self, path: Path, station: Station, *, every: float = LOOK_SECONDS) -> None:
        self._path = path
        self._station = station
        self._every = every
        self._seen = self._look()
        self._said = FAULTY

    async def run(self) -> None:
        """Follow it until cancelled."""
        while True:
            await asyncio.sleep(self._every)
            now = await asyncio.to_thread(self._look)
            if now is not None and now != self._seen:
                self._seen = now
                await self._read()

    async def _read(self) -> None:
        residents = await asyncio.to_thread(load, self._path)
        for fault in residents.faults:
            log.warning("%s %s", fault.code, fault)
        self._station.notify(self._said, "")
        if residents.faults:
            self._said = residents.faults[0].code
            self._station.notify(self._said, residents.faults[0].line)
        if residents.patients or not residents.faults:
            self._station.give_residents(residents.patients)
            log.info("the residents' list was read again: %d people", len(residents.patients))

    def _look(self) -> Look | None:
        try:
            found = os.stat(self._path)  # noqa: PTH116 - one call for the three
        except OSError:
            return None
        return (found.st_ino, found.st_mtime_ns, found.st_size)

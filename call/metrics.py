# SPDX-License-Identifier: Apache-2.0
"""Looks at the calls once a second: keeps their tally in a file for Prometheus (node_exporter's collector of text
files), and has their incidents written into the patient's file.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import UUID

from call.exposition import text
from call.meters import Meters, Told, read, settle
from call.tally import Sample, Tally
from device.entry import Incident
from device.pulse import Promptness

log = logging.getLogger(__name__)

METRICS = "metrics.prom"
"""In the runtime folder."""
LOOK = 1.0
EVERY = 15.0
"""Seconds between two samples, and between two writings."""
Note = Callable[[UUID, Incident], None]


class Meter:
    """``samples`` tells how each doctor's line is; the text is kept in ``file``, with how prompt the process is.
    ``note`` is told each incident of an encounter, and must not wait."""

    def __init__(
        self,
        samples: Callable[[], Awaitable[tuple[Sample, ...]]],
        file: Path,
        promptness: Callable[[], Promptness | None] = lambda: None,
        note: Note = lambda _encounter, _incident: None,
    ) -> None:
        self._samples = samples
        self._file = file
        self._promptness = promptness
        self._note = note
        self._meters = Meters()

    @property
    def tally(self) -> Tally:
        """What it came to until now."""
        return self._meters.whole

    async def run(self) -> None:
        """Count and write until cancelled. A file that cannot be written is logged and tried again."""
        written = float("-inf")
        while True:
            at = await self.look()
            if at - written >= EVERY:
                written = at
                try:
                    write(self._file, text(self.tally, self._promptness()))
                except OSError as error:
                    log.warning("CAL-41 %s: %s", self._file.name, error)
            await asyncio.sleep(LOOK)

    async def look(self) -> float:
        """Count once; when it was (monotonic seconds)."""
        samples = await self._samples()
        self._meters, over = read(self._meters, samples)
        self._tell(over)
        return samples[0].at

    def settle(self, now: float) -> None:
        """The encounter is about to end: what is open of its call is over at ``now`` (monotonic seconds)."""
        self._meters, over = settle(self._meters, now)
        self._tell(over)

    def _tell(self, over: tuple[Told, ...]) -> None:
        for encounter, incident in over:
            self._note(encounter, incident)


def write(file: Path, words: str) -> None:
    """Replace the file whole: a reader sees the old or the new. Raises OSError."""
    fresh = file.with_name(f".{file.name}.new")
    fresh.write_text(words, encoding="utf-8")
    fresh.chmod(0o640)
    fresh.replace(file)

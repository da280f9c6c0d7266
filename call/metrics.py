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
from call.incidents import Open, close, notice
from call.tally import Sample, Tally, fold
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
    """``sample`` tells how the call is; the text is kept in ``file``, with how prompt the process is. ``note`` is told
    each incident of an encounter, and must not wait."""

    def __init__(
        self,
        sample: Callable[[], Awaitable[Sample]],
        file: Path,
        promptness: Callable[[], Promptness | None] = lambda: None,
        note: Note = lambda _encounter, _incident: None,
    ) -> None:
        self._sample = sample
        self._file = file
        self._promptness = promptness
        self._note = note
        self._open = Open()
        self._encounter: UUID | None = None
        self.tally = Tally()

    async def run(self) -> None:
        """Count and write until cancelled. A file that cannot be written is logged and tried again."""
        written = float("-inf")
        while True:
            sample = await self._sample()
            self._take(sample)
            if sample.at - written >= EVERY:
                written = sample.at
                try:
                    write(self._file, text(self.tally, self._promptness()))
                except OSError as error:
                    log.warning("CAL-41 %s: %s", self._file.name, error)
            await asyncio.sleep(LOOK)

    def settle(self, now: float) -> None:
        """The encounter is about to end: what is open of its call is over at ``now`` (monotonic seconds)."""
        self._tell(close(self._open, now))
        self._open = Open(self._open.line, relayed=self._open.relayed, page=self._open.page)

    def _take(self, sample: Sample) -> None:
        self.tally = fold(self.tally, sample)
        self._open, over = notice(self._open, sample)
        self._tell(over)
        self._encounter = sample.encounter

    def _tell(self, incidents: tuple[Incident, ...]) -> None:
        """What is over now began in the encounter of the sample before."""
        if self._encounter is not None:
            for incident in incidents:
                self._note(self._encounter, incident)


def write(file: Path, words: str) -> None:
    """Replace the file whole: a reader sees the old or the new. Raises OSError."""
    fresh = file.with_name(f".{file.name}.new")
    fresh.write_text(words, encoding="utf-8")
    fresh.chmod(0o640)
    fresh.replace(file)

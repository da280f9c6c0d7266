# SPDX-License-Identifier: Apache-2.0
"""The tally of the calls as Prometheus' text (exposition format 0.0.4), in a file for node_exporter's collector of
text files. No patient, doctor, address or room is in it.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

from call.tally import Sample, Tally, Total, fold

log = logging.getLogger(__name__)

METRICS = "metrics.prom"
"""In the runtime folder."""
LOOK = 1.0
EVERY = 15.0
"""Seconds between two samples, and between two writings."""
_TOTALS = {
    Total.PICTURES: "Pictures sent.",
    Total.OCTETS: "Bytes of encoded picture.",
    Total.KEYFRAMES: "Keyframes encoded.",
    Total.OPENINGS: "Video encoders opened.",
    Total.RESENT: "Packets sent again.",
    Total.REFUSED: "Packets not sent again, for want of budget.",
}


class Meter:
    """``sample`` tells how the call is; the text is kept in ``file``."""

    def __init__(self, sample: Callable[[], Awaitable[Sample]], file: Path) -> None:
        self._sample = sample
        self._file = file
        self.tally = Tally()

    async def run(self) -> None:
        """Count and write until cancelled. A file that cannot be written is logged and tried again."""
        written = float("-inf")
        while True:
            sample = await self._sample()
            self.tally = fold(self.tally, sample)
            if sample.at - written >= EVERY:
                written = sample.at
                try:
                    write(self._file, text(self.tally))
                except OSError as error:
                    log.warning("CAL-41 %s: %s", self._file.name, error)
            await asyncio.sleep(LOOK)


def write(file: Path, words: str) -> None:
    """Replace the file whole: a reader sees the old or the new. Raises OSError."""
    fresh = file.with_name(f".{file.name}.new")
    fresh.write_text(words, encoding="utf-8")
    fresh.chmod(0o640)
    fresh.replace(file)


def text(tally: Tally) -> str:
    """The metrics, each with its help and its type."""
    return "".join(_metrics(tally))


def _metrics(tally: Tally) -> Iterator[str]:
    yield _one("doctors_total", "counter", "Doctors admitted.", tally.doctors)
    yield _one("reached_total", "counter", "Doctors whose line stood.", tally.reached)
    yield _one("first_attempt_total", "counter", "Doctors whose line stood with the first dial.", tally.at_once)
    yield _one("setup_seconds_total", "counter", "From admission until the line stood, summed.", tally.setup)
    yield _one("setup_seconds_max", "gauge", "The slowest of them.", tally.slowest)
    yield _one("dials_total", "counter", "Peer connections dialled.", tally.dials)
    yield _one("drops_total", "counter", "Lines that died without being hung up.", tally.drops)
    yield _one("cut_seconds_total", "counter", "Time for which a line was dead.", tally.cut)
    yield _one("cut_seconds_max", "gauge", "The longest of these times.", tally.longest_cut)
    yield _one("freezes_total", "counter", "Times no picture left for a second or more.", tally.freezes)
    yield _one("frozen_seconds_total", "counter", "How long these lasted together.", tally.frozen)
    yield _one("freeze_seconds_max", "gauge", "The longest of them.", tally.longest_freeze)
    for which, help_line in _TOTALS.items():
        yield _one(f"{which}_total", "counter", help_line, tally.totals.get(which, 0))
    yield from _present(tally)


def _present(tally: Tally) -> Iterator[str]:
    """What is only true while there is a connection."""
    attempt, now = tally.last.attempt, tally.last.statistics
    yield _one("up", "gauge", "Whether the line to a doctor lives.", int(attempt is not None and attempt.alive))
    if now is None:
        return
    yield _one("bits_per_second", "gauge", "Encoded picture.", tally.bitrate)
    yield _one("target_bits_per_second", "gauge", "What the rate control aims at.", now.target)
    yield _one("pictures_per_second", "gauge", "Pictures sent.", tally.frame_rate)
    yield _one("width_pixels", "gauge", "Of the picture sent.", now.width)
    yield _one("height_pixels", "gauge", "Of the picture sent.", now.height)
    if now.round_trip is not None:
        yield _one("round_trip_seconds", "gauge", "As the doctor's side reports.", now.round_trip)
    if now.lost is not None:
        yield _one("lost_ratio", "gauge", "Packets lost since the last report.", now.lost)
    if now.route:
        pair, _, way = now.route.partition(" ")
        local, _, remote = pair.partition("-")
        labels = f'{{local="{local}",remote="{remote}",transport="{way}"}}'
        yield _one("route_info", "gauge", "The present pair of candidates.", 1, labels)


def _one(name: str, kind: str, help_line: str, value: float, labels: str = "") -> str:
    name = f"chevet_call_{name}"
    shown = value if isinstance(value, int) else round(value, 4)
    return f"# HELP {name} {help_line}\n# TYPE {name} {kind}\n{name}{labels} {shown}\n"

# SPDX-License-Identifier: Apache-2.0
"""From an arrival to the journal: bursts are judged whole, streams when steady; what is live is shown at once."""

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple, Protocol
from uuid import UUID

import msgspec

from device.clock import Clock
from device.codes import Metric
from device.encounter import Bedside, Limits, StableWindow, TraceBlock, admit
from device.entry import Body
from device.measurement import Arrival
from device.station.bursts import Bursts
from device.station.state import Live
from device.station.writer import Writer


class Desk(Protocol):
    """What the intake needs of the station."""

    @property
    def bedside(self) -> Bedside:
        """The open file and the tray."""
        ...

    def show_live(self, live: tuple[Live, ...]) -> None:
        """Show the live values."""
        ...


class _Stream(NamedTuple):
    """One instrument's stream."""

    window: StableWindow
    trace: TraceBlock


class Intake:
    """Takes what the buses bring; ``writer`` writes what is made of it. All of it belongs to the event loop."""

    def __init__(
        self,
        desk: Desk,
        writer: Writer,
        limits: Limits,
        clock: Clock,
        *,
        enrolled: Collection[str],
        quiet: Callable[[str], float],
    ) -> None:
        self._desk = desk
        self._writer = writer
        self._limits = limits
        self._clock = clock
        self._enrolled = enrolled
        self._bursts = Bursts(quiet, self._judge)
        self._streams: dict[str, _Stream] = {}
        self._live: dict[tuple[str, Metric], Live] = {}
        self._file: UUID | None = None

    def arrive(self, arrival: Arrival) -> None:
        """Take what one frame brought."""
        self._turn_page()
        self._show(arrival)
        if any(one.continuous for one in arrival.measurements):
            self._follow(arrival)
        else:
            self._bursts.add(arrival)

    def unlink(self, instrument: str) -> None:
        """An instrument is gone: what it last said must not look live, even when it is back without a new sample."""
        for key, live in self._live.items():
            if key[0] == instrument and live.linked:
                self._live[key] = msgspec.structs.replace(live, linked=False)
        if instrument in self._streams:
            self._streams[instrument].window.reset()
            self._keep_trace(self._streams[instrument].trace.flush())
        self._publish()

    async def settle(self) -> None:
        """Judge and write everything that waits: the file is about to change."""
        self._bursts.flush()
        for stream in self._streams.values():
            self._keep_trace(stream.trace.flush())
        await self._writer.settled()

    def _follow(self, arrival: Arrival) -> None:
        stream = self._streams.get(arrival.provenance.instrument)
        if stream is None:
            stream = _Stream(StableWindow(self._limits.stream), TraceBlock(self._limits.stream))
            self._streams[arrival.provenance.instrument] = stream
        file = self._desk.bedside.encounter
        since = file.identified if file is not None and file.admitting else None
        steady = stream.window.push(arrival, since)
        if since is not None:
            self._keep_trace(stream.trace.push(arrival))
        if steady is not None:
            self._judge((steady,))

    def _show(self, arrival: Arrival) -> None:
        """Samples of a stream and failures are shown; a number that is recorded is shown as an entry."""
        file = self._desk.bedside.encounter
        if file is None or not file.admitting:
            return
        name = arrival.provenance.instrument
        for one in arrival.measurements:
            if one.continuous or (one.value is None and not one.stored):
                self._live[name, one.metric] = Live(one, arrival.provenance, arrival.received, linked=True)
            else:
                self._live.pop((name, one.metric), None)
        self._publish()

    def _turn_page(self) -> None:
        """Nothing of one patient is shown to the next."""
        file = self._desk.bedside.encounter
        current = file.id if file is not None and file.admitting else None
        if current != self._file:
            self._file = current
            self._live.clear()
            for stream in self._streams.values():
                stream.window.reset()
                stream.trace.flush()

    def _publish(self) -> None:
        file = self._desk.bedside.encounter
        self._desk.show_live(tuple(self._live.values()) if file is not None and file.admitting else ())

    def _keep_trace(self, blocks: Sequence[Body]) -> None:
        file = self._file
        if not blocks or file is None:
            return

        def decided(bedside: Bedside) -> tuple[UUID, Sequence[Body]]:
            now = bedside.encounter
            return file, blocks if now is not None and now.id == file and now.running else ()

        self._writer.put(decided)

    def _judge(self, burst: Sequence[Arrival]) -> None:
        def decided(bedside: Bedside) -> tuple[UUID, Sequence[Body]]:
            now = self._clock.now()
            return bedside.measurement_chain, admit(bedside, burst, self._limits, now, enrolled=self._enrolled)

        self._writer.put(decided)

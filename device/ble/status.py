# SPDX-License-Identifier: Apache-2.0
"""What the bus says of one instrument: its InstrumentState, published whenever it changes."""

from collections.abc import Callable

import msgspec

from device.ble import faults
from device.clock import Clock
from device.errors import FrameError, InstrumentError
from device.instrument import InstrumentPhase, InstrumentState
from device.registry import Instrument, Model


def initial(instrument: Instrument, model: Model) -> InstrumentState:
    """What is said of an instrument that has not shown itself yet."""
    return InstrumentState(
        id=instrument.id,
        kind=model.kind,
        label=instrument.label,
        serial=instrument.serial,
        metrics=model.metrics,
        phase=InstrumentPhase.READY,
    )


class Status:
    """Holds the state and publishes each change of it, at once and once."""

    def __init__(
        self, instrument: Instrument, model: Model, clock: Clock, on_change: Callable[[InstrumentState], None]
    ) -> None:
        self._clock = clock
        self._on_change = on_change
        self.state = initial(instrument, model)

    def announce(self) -> None:
        """Publish the state as it is."""
        self._on_change(self.state)

    def connecting(self) -> None:
        """It showed itself; what was last said of it stays until it is linked."""
        self._show(phase=InstrumentPhase.CONNECTING, last_seen=self._clock.now())

    def connected(self, battery: int | None) -> None:
        """It is linked and subscribed to."""
        level = self.state.battery if battery is None else battery
        self._show(
            phase=InstrumentPhase.CONNECTED,
            battery=level,
            line=faults.battery_line(level),
            code="",
            last_seen=self._clock.now(),
        )

    def battery(self, level: int | None) -> None:
        """It told its battery's level."""
        if level is not None:
            self._show(battery=level, line=self.state.line or faults.battery_line(level))

    def unreadable(self, error: FrameError) -> None:
        """Its last frame could not be read."""
        self._show(line=error.line, code=error.code)

    def readable(self) -> None:
        """Its last frame could be read."""
        self._show(line=faults.battery_line(self.state.battery), code="")

    def rest(self) -> None:
        """Asleep or switched off, as it should be."""
        self._show(phase=InstrumentPhase.READY, line=faults.battery_line(self.state.battery), code="")

    def vanished(self) -> None:
        """It was measuring and its link is gone."""
        line = faults.vanished(self.state.kind)
        self._show(phase=InstrumentPhase.ABSENT, line=line, code=faults.VANISHED, last_seen=self._clock.now())

    def fault(self, error: InstrumentError) -> None:
        """It cannot be used as it is."""
        self._show(phase=InstrumentPhase.FAULT, line=error.line, code=error.code)

    def _show(self, **changes: object) -> None:
        state = msgspec.structs.replace(self.state, **changes)
        if state != self.state:
            self.state = state
            self._on_change(state)

# SPDX-License-Identifier: Apache-2.0
"""What the serial bus says of one instrument: its InstrumentState, published whenever it changes."""

from collections.abc import Callable

import msgspec

from device.clock import Clock
from device.errors import FrameError, SerialError
from device.instrument import InstrumentPhase, InstrumentState
from device.registry import Instrument, Model
from device.serial import faults


class Status:
    """Holds the state and publishes each change of it, at once and once."""

    def __init__(
        self, instrument: Instrument, model: Model, clock: Clock, on_change: Callable[[InstrumentState], None]
    ) -> None:
        self._clock = clock
        self._on_change = on_change
        self.state = InstrumentState(
            id=instrument.id,
            kind=model.kind,
            label=instrument.label,
            serial=instrument.serial,
            metrics=model.metrics,
            phase=InstrumentPhase.READY,
        )

    def announce(self) -> None:
        """Publish the state as it is."""
        self._on_change(self.state)

    def absent(self) -> None:
        """Its port is not there."""
        self._trouble(InstrumentPhase.ABSENT, faults.absent(self.state.kind))

    def linked(self) -> None:
        """It is heard; a scanner, as soon as its port is open."""
        if self.state.phase is not InstrumentPhase.CONNECTED or self.state.line:
            self._show(phase=InstrumentPhase.CONNECTED, line="", code="", last_seen=self._clock.now())

    def opened(self) -> None:
        """Its port is open, and nothing was heard yet."""
        self._show(phase=InstrumentPhase.READY, line="", code="")

    def off(self) -> None:
        """Its port is open and it says nothing, as when it is switched off."""
        self._show(phase=InstrumentPhase.READY, line=faults.off(self.state.kind), code="")

    def silent(self) -> None:
        """It was measuring and says nothing more."""
        self._trouble(InstrumentPhase.ABSENT, faults.silent(self.state.kind))

    def unreadable(self, error: FrameError | SerialError) -> None:
        """What it last said could not be read; its line stays open."""
        self._show(line=error.line, code=error.code)

    def fault(self, error: SerialError) -> None:
        """It cannot be used as it is."""
        self._trouble(InstrumentPhase.FAULT, error)

    def _trouble(self, phase: InstrumentPhase, error: SerialError) -> None:
        self._show(phase=phase, line=error.line, code=error.code)

    def _show(self, **changes: object) -> None:
        state = msgspec.structs.replace(self.state, **changes)
        if self.state.phase is InstrumentPhase.CONNECTED is not state.phase:
            state = msgspec.structs.replace(state, last_seen=self._clock.now())
        if state != self.state:
            self.state = state
            self._on_change(state)

# SPDX-License-Identifier: Apache-2.0
"""The cart's buses, each with what a technician does on it: over real adapters and ports, or the puppets' own."""

from collections.abc import Collection, Iterator
from typing import NamedTuple

from cart.puppets import Puppets
from device.ble import Ble
from device.ble.bluez import BlueZ
from device.ble.enrol import BleEnrolling
from device.clock import Clock
from device.errors import InstrumentError
from device.instrument import InstrumentPhase, InstrumentState
from device.registry import Registry
from device.serial import Enrolment, SerialBus, SystemPorts
from device.station.core import Station
from device.station.intake import Intake
from device.station.scanned import Scans
from device.station.workshop import Workshop

QUIET = 2.0
"""Seconds that end a burst of an instrument that is not enrolled any more."""


class Parts(NamedTuple):
    """What the buses serve."""

    registry: Registry
    clock: Clock
    station: Station
    intake: Intake
    workshop: Workshop


class Buses:
    """``ble`` and ``serial`` run until cancelled and may be started again. ``puppets`` are None on a real cart."""

    def __init__(self, parts: Parts, puppets: Puppets | None) -> None:
        self._parts = parts
        self._puppets = puppets
        self._scans = Scans(parts.station, parts.clock)

    async def ble(self) -> None:
        """The Bluetooth bus."""
        bus = self._real_ble() if self._puppets is None else await self._virtual_ble(self._puppets)
        self._parts.workshop.attach("ble", BleEnrolling(bus))
        await bus.run()

    async def serial(self) -> None:
        """The serial bus, and the barcode scanner on it."""
        parts = self._parts
        ports = SystemPorts() if self._puppets is None else self._puppets.ports
        bus = SerialBus(parts.registry, parts.clock, parts.intake.arrive, self._changed, self._scans.take, ports=ports)
        parts.workshop.attach("serial", Enrolment(bus))
        await bus.run()

    def _real_ble(self) -> Ble:
        parts = self._parts
        return Ble(
            parts.registry,
            parts.clock,
            parts.intake.arrive,
            self._changed,
            adapter=BlueZ(),
            on_adapter=self._adapter,
        )

    async def _virtual_ble(self, puppets: Puppets) -> Ble:
        parts = self._parts
        await puppets.ready.wait()
        return Ble(
            parts.registry,
            parts.clock,
            parts.intake.arrive,
            self._changed,
            client=puppets.radio.client,
            scanner=puppets.radio.scanner,
            adapter=puppets.adapter,
            on_adapter=self._adapter,
        )

    def _changed(self, instrument: InstrumentState) -> None:
        self._parts.station.show_instrument(instrument)
        if instrument.phase is not InstrumentPhase.CONNECTED:
            self._parts.intake.unlink(instrument.id)

    def _adapter(self, error: InstrumentError | None) -> None:
        self._parts.station.notify("BLE-ADAPTER", error.line if error is not None else "")


class Enrolled(Collection[str]):
    """The ids of the instruments that are enrolled at the moment they are asked for."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def __contains__(self, name: object) -> bool:
        """Whether an instrument is enrolled."""
        return any(one.id == name for one in self._registry.instruments)

    def __iter__(self) -> Iterator[str]:
        """Their ids."""
        return (one.id for one in self._registry.instruments)

    def __len__(self) -> int:
        """How many."""
        return len(self._registry.instruments)


def quiet(registry: Registry, instrument: str) -> float:
    """Seconds without a frame that end a burst of an instrument."""
    for one in registry.instruments:
        if one.id == instrument:
            return registry.model_of(one).quiet
    return QUIET

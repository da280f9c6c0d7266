# SPDX-License-Identifier: Apache-2.0
"""A serial bus over virtual ports, and what it brought."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from device.clock import SystemClock
from device.instrument import InstrumentPhase, InstrumentState
from device.measurement import Arrival
from device.registry import Instrument, Registry
from device.scan import Scan
from device.serial import Deadlines, Enrolment, Plugged, SerialBus
from virtual.serial.finger import ContecFiveVoice, ContecSevenVoice, NoninTwoVoice, Voice
from virtual.serial.oximeter import VirtualSerialOximeter
from virtual.serial.port import VirtualPort, VirtualPorts
from virtual.serial.scanner import VirtualScanner

ROOT = Path(__file__).parents[3]
QUICK = Deadlines(
    gather=0.005, look=0.02, tick=0.02, silence=0.3, partial=0.1, greet=0.15, proof=2.0, first=0.02, ceiling=0.2
)
VOICES: dict[str, Callable[[], Voice]] = {
    "contec-cms50dplus": ContecFiveVoice,
    "contec-cms50dplus-v7": ContecSevenVoice,
    "nonin-xpod": NoninTwoVoice,
}
PATIENCE = 5.0


def address(name: str) -> str:
    return f"/dev/serial/by-id/usb-{name}-port0"


class Bench:
    def __init__(self, tmp_path: Path, deadlines: Deadlines = QUICK) -> None:
        self.registry = Registry.load(ROOT / "config/models.toml", tmp_path / "instruments.toml")
        self.clock = SystemClock(trusted=True)
        self.ports = VirtualPorts()
        self.arrivals: list[Arrival] = []
        self.states: list[InstrumentState] = []
        self.scans: list[Scan] = []
        self.deadlines = deadlines
        self.on_arrival: Callable[[Arrival], None] = lambda _: None
        self.on_change: Callable[[InstrumentState], None] = lambda _: None
        self.on_scan: Callable[[Scan], None] = lambda _: None
        self._news = asyncio.Event()

    def port(self, name: str, usb: str = "10c4:ea60") -> VirtualPort:
        port = VirtualPort(Plugged(address(name), usb, "CP2102 USB to UART", "0001"))
        self.ports.add(port)
        return port

    def oximeter(self, name: str, model: str = "contec-cms50dplus") -> VirtualSerialOximeter:
        return VirtualSerialOximeter(self.port(name), VOICES[model]())

    def scanner(self, name: str) -> VirtualScanner:
        return VirtualScanner(self.port(name, "05e0:1701"))

    def enrol(self, name: str, model: str = "contec-cms50dplus") -> None:
        label = self.registry.models[model].label
        self.registry.enrol(Instrument(name, model, address(name), "0001", label, simulated=True))

    def state(self, name: str) -> InstrumentState:
        return next(state for state in reversed(self.states) if state.id == name)

    def phases(self, name: str) -> list[InstrumentPhase]:
        return [state.phase for state in self.states if state.id == name]

    def numbers(self, name: str) -> list[int | None]:
        return [
            None if one.measurements[0].value is None else int(one.measurements[0].value)
            for one in self.arrivals
            if one.provenance.instrument == name
        ]

    async def until(self, truth: Callable[[], object]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not truth():
                self._news.clear()
                await self._news.wait()

    async def phase(self, name: str, phase: InstrumentPhase, code: str | None = None) -> InstrumentState:
        def so() -> bool:
            states = [one for one in self.states if one.id == name]
            return bool(states) and states[-1].phase is phase and (code is None or states[-1].code == code)

        await self.until(so)
        return self.state(name)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[SerialBus]:
        bus = SerialBus(
            self.registry,
            self.clock,
            self._noting(self.arrivals, self.on_arrival),
            self._noting(self.states, self.on_change),
            self._noting(self.scans, self.on_scan),
            ports=self.ports,
            deadlines=self.deadlines,
        )
        running = asyncio.create_task(bus.run())
        try:
            yield bus
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            if not running.cancelled():
                running.result()

    def workbench(self, bus: SerialBus) -> Enrolment:
        return Enrolment(bus)

    def _noting(self, into: list, then: Callable) -> Callable:
        def note(what: object) -> None:
            into.append(what)
            then(what)
            self._news.set()

        return note

# SPDX-License-Identifier: Apache-2.0
"""A bus for the technician's tests: two units in reach, one of them with a passkey, and frames that a test sends."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime

from device.clock import Instant
from device.codes import Metric
from device.enrolment import Asks, BondHealth, Candidate, Diagnosis, Overheard, Step
from device.errors import InstrumentError
from device.instrument import InstrumentPhase, InstrumentState

NOW = Instant(datetime(2026, 11, 21, 14, 0, tzinfo=UTC), 10.0, trusted=True)
PASSKEY = "417263"
CUFF = Candidate("C0:26:DF:00:00:01", "A&D_UA-651BLE_000001", ("and-ua-651ble",), -52)
METER = Candidate("C0:26:DF:00:00:02", "meter+00000002", ("accu-chek-guide", "profile-glucometer"), -70)


class Bus:
    """``enrolled`` maps an instrument to its model; ``agreed`` is what it was told; ``undone`` counts cancellations."""

    def __init__(self) -> None:
        self.enrolled = {"cuff-1": "and-ua-651ble"}
        self.heard: Callable[[Overheard], None] | None = None
        self.listening = asyncio.Event()
        self.asked = asyncio.Event()
        self.dead = False
        self.wreck = False
        self.undone = 0
        self.agreed: bool | None = None

    async def discover(self, seconds: float) -> Sequence[Candidate]:  # noqa: ARG002 - the bus's word
        if self.dead:
            raise InstrumentError(7, "Le Bluetooth du chariot ne répond pas.", "no adapter")
        return (CUFF, METER)

    async def enrol(self, candidate: Candidate, model: str, name: str, asks: Asks) -> None:
        asks.tell(Step("connexion", passed=True, line="Connecté."))
        self.asked.set()
        try:
            if candidate is METER and await asks.passkey() != PASSKEY:
                raise InstrumentError(31, "L’instrument a refusé ces six chiffres.", "wrong passkey")
        except asyncio.CancelledError:
            self.undone += 1
            raise
        self.enrolled[name] = model

    async def repair(self, instrument: str, asks: Asks) -> None:  # noqa: ARG002 - likewise
        asks.show(PASSKEY)
        self.agreed = await asks.agrees("L’instrument montre-t-il 417263 ?")

    async def test(self, instrument: str, asks: Asks) -> Sequence[Step]:  # noqa: ARG002 - likewise
        if self.wreck:
            raise ZeroDivisionError("wrecked")
        first = Step("connexion", passed=True, line="Connecté.")
        asks.tell(first)
        return (first, Step("trame", passed=False, line="Aucune mesure reçue.", code="BLE-32"))

    async def retire(self, instrument: str) -> None:
        del self.enrolled[instrument]

    def overhear(self, heard: Callable[[Overheard], None] | None) -> None:
        self.heard = heard
        (self.listening.set if heard is not None else self.listening.clear)()

    def diagnoses(self) -> tuple[Diagnosis, ...]:
        return tuple(self._diagnosis(name, model) for name, model in self.enrolled.items())

    def sends(self, instrument: str, data: bytes) -> None:
        """A frame comes."""
        assert self.heard is not None
        with suppress(asyncio.QueueFull):
            self.heard(Overheard(instrument, "00002a35-0000-1000-8000-00805f9b34fb", data, NOW))

    def _diagnosis(self, name: str, model: str) -> Diagnosis:
        state = InstrumentState(
            name, "Tensiomètre", "A&D UA-651BLE", "5161", (Metric.SYSTOLIC,), InstrumentPhase.READY, battery=80
        )
        return Diagnosis(state, model, CUFF.address, BondHealth.BONDED, -52, "1.02", 3.0, clock_set=True)

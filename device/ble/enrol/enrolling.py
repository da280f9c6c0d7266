# SPDX-License-Identifier: Apache-2.0
"""``device.enrolment.Enrolling`` over the Bluetooth bus."""

import asyncio
from collections.abc import Callable, Sequence

import msgspec
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData

from device.ble import faults
from device.ble.adapter import Health
from device.ble.bus import Ble
from device.ble.enrol import steps
from device.ble.enrol.candidates import Seen, candidates
from device.ble.enrol.examination import Examination
from device.ble.enrol.health import diagnosis
from device.ble.enrol.reach import APPEAR, Reach, reaching, wants_bond
from device.enrolment import Asks, Candidate, Diagnosis, Overheard, Step
from device.errors import ConfigurationError, InstrumentError
from device.registry import Bus, Instrument, Model


class BleEnrolling:
    """Works while ``ble`` runs. One thing at a time. ``appear``: seconds that a technician is given to switch on."""

    def __init__(self, ble: Ble, *, appear: float = APPEAR) -> None:
        self._ble = ble
        self._appear = appear
        self._alone = asyncio.Lock()

    async def discover(self, seconds: float) -> Sequence[Candidate]:
        """Listen to everybody for ``seconds``."""
        ble = self._ble
        health = await ble.adapter.health()
        if health is not Health.READY:
            raise faults.deaf(f"the stack is {health}")
        seen: dict[str, Seen] = {}

        def hear(device: BLEDevice, data: AdvertisementData) -> None:
            address = device.address.upper()
            before = seen.get(address, Seen(address))
            seen[address] = before.with_more(data.local_name or device.name, data.service_uuids, data.rssi)

        async with self._alone:
            with ble.scan.everything(hear):
                await asyncio.sleep(seconds)
        enrolled = {unit.address: unit.id for unit in ble.registry.instruments}
        return candidates(seen.values(), ble.registry.models.values(), enrolled)

    async def enrol(self, candidate: Candidate, model: str, name: str, asks: Asks) -> None:
        """See ``Enrolling``. Its memory is not asked for: what it holds is nobody's business yet."""
        registry, row = self._ble.registry, self._model(model)
        unit = self._named(name, row, candidate.address)
        registry.check((*registry.instruments, unit))
        async with self._alone, reaching(self._ble, unit.address, row, self._appear) as reach:
            before = await reach.bonded()
            try:
                serial = await self._introduce(reach, row, asks)
                registry.enrol(msgspec.structs.replace(unit, serial=serial or unit.serial))
            except BaseException:
                if not before:
                    await reach.undo()
                raise
        await self._ble.read_records()

    async def repair(self, instrument: str, asks: Asks) -> None:
        """See ``Enrolling``."""
        unit = self._unit(instrument)
        row = self._ble.registry.model_of(unit)
        async with (
            self._alone,
            self._ble.held(instrument),
            reaching(self._ble, unit.address, row, self._appear) as reach,
        ):
            asks.tell(steps.pairing(row.kind))
            identity = await self._paired(reach, asks)
            if identity is not None and identity != unit.serial:
                await reach.undo()
                raise faults.impostor(row.kind)
        await self._ble.read_records()

    async def test(self, instrument: str, asks: Asks) -> Sequence[Step]:
        """See ``Enrolling``. What it measures meanwhile goes the way of every measurement: nothing is lost."""
        unit = self._unit(instrument)
        row = self._ble.registry.model_of(unit)
        async with (
            self._alone,
            self._ble.held(instrument),
            reaching(self._ble, unit.address, row, self._appear) as reach,
        ):
            return await Examination(self._ble, unit, reach, asks, patience=self._appear).run()

    async def retire(self, instrument: str) -> None:
        """See ``Enrolling``. An instrument whose bond cannot be removed now is forgotten all the same."""
        unit = self._unit(instrument)
        async with self._alone, self._ble.held(instrument):
            self._ble.registry.retire(instrument)
            await Reach(self._ble, unit.address, self._ble.registry.model_of(unit), self._appear).undo()
            self._ble.drop(instrument)

    def diagnoses(self) -> tuple[Diagnosis, ...]:
        """See ``Enrolling``."""
        return tuple(diagnosis(self._ble, unit) for unit in self._ble.units())

    def overhear(self, heard: Callable[[Overheard], None] | None) -> None:
        """See ``Enrolling``."""
        self._ble.overheard = heard

    async def _introduce(self, reach: Reach, row: Model, asks: Asks) -> str | None:
        """Its serial number, if it tells one."""
        if wants_bond(row):
            asks.tell(steps.pairing(row.kind))
            return await self._paired(reach, asks)
        asks.tell(steps.waiting(row.kind))
        identity = await reach.introduce(pair=False)
        asks.tell(steps.signal(reach.sighting.rssi))
        asks.tell(steps.serial(identity.serial or "non indiqué"))
        return identity.serial

    async def _paired(self, reach: Reach, asks: Asks) -> str | None:
        try:
            identity = await reach.pair(asks)
        except InstrumentError as error:
            asks.tell(steps.failed(steps.BOND, error))
            raise
        asks.tell(steps.signal(reach.sighting.rssi))
        asks.tell(Step(steps.BOND, passed=True, line="appairé"))
        asks.tell(steps.serial(identity.serial or "non indiqué"))
        return identity.serial

    def _named(self, name: str, row: Model, address: str) -> Instrument:
        try:
            return Instrument(name, row.id, address, address, row.label)
        except ValueError as error:
            line = "Ce nom ne convient pas : des minuscules, des chiffres et des traits d’union, comme tensiometre-2."
            raise ConfigurationError(2, line, str(error)) from error

    def _model(self, name: str) -> Model:
        row = self._ble.registry.models.get(name)
        if row is None or row.bus is not Bus.BLE:
            line = "Ce modèle n’est pas dans la table des modèles Bluetooth."
            raise ConfigurationError(2, line, f"no Bluetooth model {name!r}")
        return row

    def _unit(self, instrument: str) -> Instrument:
        for unit in self._ble.units():
            if unit.id == instrument:
                return unit
        raise faults.unknown(instrument)

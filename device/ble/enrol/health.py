# SPDX-License-Identifier: Apache-2.0
"""An enrolled instrument's health, gathered from its session, its tally and the stack's records."""

from device.ble.bus import Ble
from device.ble.status import initial
from device.enrolment import BondHealth, Diagnosis
from device.registry import Bond, Instrument, Model

FORGOTTEN = "BLE-09"


def diagnosis(ble: Ble, unit: Instrument) -> Diagnosis:
    """Of one instrument, as it is known now; nothing is asked of it."""
    model = ble.registry.model_of(unit)
    session, tally = ble.session(unit.id), ble.lasting(unit.id).tally
    state = initial(unit, model) if session is None else session.state
    return Diagnosis(
        state=state,
        model=model.id,
        address=unit.address,
        bond=_bond(ble, unit, model, forgotten=state.code == FORGOTTEN),
        rssi=tally.rssi if (rssi := ble.rssi(unit)) is None else rssi,
        firmware=tally.firmware,
        clock_offset=tally.clock_offset,
        clock_set=tally.clock_set,
        last_arrival=tally.last_arrival,
        counters=dict(tally.counters),
    )


def _bond(ble: Ble, unit: Instrument, model: Model, *, forgotten: bool) -> BondHealth:
    known = ble.known.get(unit.address)
    if known is not None and known.bonded:
        return BondHealth.LOST if forgotten else BondHealth.BONDED
    if forgotten:
        return BondHealth.MISSING
    if model.bond is Bond.NONE or unit.simulated:
        return BondHealth.NOT_NEEDED
    return BondHealth.MISSING if ble.records_read else BondHealth.UNKNOWN

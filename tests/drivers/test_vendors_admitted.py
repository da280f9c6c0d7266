# SPDX-License-Identifier: Apache-2.0
"""Whose measurement is it, when a maker's own bytes brought it: from frames to what is recorded."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from device.codes import Doubt, Metric
from device.driver import Frame
from device.encounter import StableWindow, admit
from device.entry import AsideReason, Body, MeasurementRecorded, MeasurementSetAside
from device.framing import Thinning
from device.measurement import Arrival, Provenance
from device.registry import Model, Registry, is_live, located
from tests.faults.bedside import JEANNE, LIMITS, PARIS, Cart
from virtual.ble import taidoc
from virtual.ble.cuff import Reading
from virtual.ble.fingertip import BM1000, berrymed
from virtual.ble.jumper_cuff import MESSAGES, failure, result
from virtual.ble.oximeter import Finger

ROOT = Path(__file__).parents[2]
REGISTRY = Registry.load(ROOT / "config/models.toml", ROOT / "config/instruments.toml")
READING = Reading(Decimal(132), Decimal(81), Decimal(98), Decimal(72))
FINGER = Finger(Decimal(95), Decimal(74))


@pytest.fixture
def cart(tmp_path) -> Iterator[Cart]:
    one = Cart(tmp_path)
    with closing(one.journal):
        one.open(JEANNE)
        yield one


def arrival(cart: Cart, model: Model, frame: Frame, offset: float | None = 0.0) -> Arrival:
    """As the bus makes it."""
    measurements = tuple(located(model, one) for one in REGISTRY.driver(model).decode(frame))
    provenance = Provenance(
        "unit", model.id, model.label, "7701", clock_set=offset is not None, clock_offset=offset, frame=frame.data.hex()
    )
    live = all(is_live(model, one) for one in measurements)
    return Arrival(measurements, provenance, cart.now(), live, connection=1)


def take(cart: Cart, name: str, *frames: bytes, offset: float | None = 0.0) -> list[Body]:
    model = REGISTRY.models[name]
    burst = [arrival(cart, model, Frame(model.characteristics[0], data), offset) for data in frames]
    bodies = admit(cart.state, burst, LIMITS, cart.now(), enrolled={"unit"}, zone=PARIS)
    cart._write(cart.state.measurement_chain, bodies)
    return list(bodies)


def record(cart: Cart, made: taidoc.Record, ago: float = 0.0) -> bytes:
    """Of a meter whose clock is right, and has no seconds."""
    shown = (cart.now().wall - timedelta(seconds=ago)).astimezone(PARIS).replace(tzinfo=None)
    beside = bytes((0, 0, made.minute, made.hour))
    time = bytes(a | b for a, b in zip(taidoc.stamp(shown), beside, strict=True))
    return taidoc.answer(0x25, time) + taidoc.answer(0x26, made.values)


def test_a_result_without_a_time_is_of_now_and_is_recorded_once(cart):
    cart.wait(30)
    frame = result(READING)
    bodies = take(cart, "jumper-jpd-ha120", frame, frame)
    assert [type(body) for body in bodies] == [MeasurementRecorded]
    assert {one.metric: int(one.value) for one in bodies[0].measurements} == {
        Metric.SYSTOLIC: 132,
        Metric.DIASTOLIC: 81,
        Metric.PULSE_CUFF: 72,
    }
    assert Doubt.CLOCK in bodies[0].measurements[0].doubts
    assert bodies[0].at == cart.now().wall


def test_a_failed_inflation_is_not_recorded(cart):
    assert take(cart, "jumper-jpd-ha120", failure(2)) == []
    assert REGISTRY.models["jumper-jpd-ha120"].characteristics[0].startswith(f"0000{MESSAGES:04x}")


def test_the_newest_of_all_users_records_enters_and_the_others_are_set_aside(cart):
    cart.wait(300)
    mine, older = taidoc.pressure(READING), taidoc.pressure(READING._replace(systolic=Decimal(181)))
    bodies = take(cart, "taidoc-td3128", record(cart, older, ago=90_000), record(cart, mine, ago=90))
    aside, recorded = bodies
    assert isinstance(aside, MeasurementSetAside)
    assert aside.reason is AsideReason.BEFORE_PATIENT
    assert isinstance(recorded, MeasurementRecorded)
    assert int(recorded.measurements[0].value) == 132
    assert take(cart, "taidoc-td3128", record(cart, mine, ago=90)) == []


def test_a_record_of_the_minute_in_which_the_patient_came_is_nobodys(cart):
    cart.wait(20)
    (body,) = take(cart, "fora-ir40", record(cart, taidoc.temperature(Decimal(37)), ago=5))
    assert isinstance(body, MeasurementSetAside)
    assert body.reason is AsideReason.BEFORE_PATIENT
    cart.wait(60)
    (body,) = take(cart, "fora-ir40", record(cart, taidoc.temperature(Decimal(38)), ago=5))
    assert isinstance(body, MeasurementRecorded)


def test_a_record_of_a_clock_that_was_wrong_is_set_aside(cart):
    cart.wait(300)
    (body,) = take(cart, "fora-gd40", record(cart, taidoc.glucose(112), ago=60), offset=None)
    assert isinstance(body, MeasurementSetAside)
    assert body.reason is AsideReason.CLOCK_UNSET


def test_a_control_solution_is_nobodys(cart):
    cart.wait(300)
    (body,) = take(cart, "taidoc-td4277", record(cart, taidoc.glucose(118, meal=taidoc.CONTROL), ago=60))
    assert isinstance(body, MeasurementSetAside)


def test_a_stream_of_a_hundred_a_second_is_steady_no_sooner_than_one_of_one_a_second(cart):
    model = REGISTRY.models["berrymed-bm1000"]
    window, thinning = StableWindow(LIMITS.stream), Thinning()
    since, began, recorded = cart.now(), cart.seconds, None
    for number in range(2000):
        cart.wait(0.01)
        one = arrival(cart, model, Frame(BM1000.stream, berrymed(FINGER, number % 100)))
        if thinning.passes(one.measurements, one.received.monotonic) and window.push(one, since) is not None:
            recorded = cart.seconds - began
            break
    assert recorded is not None
    assert recorded >= 4.0

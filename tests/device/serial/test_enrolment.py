# SPDX-License-Identifier: Apache-2.0
"""A technician and the serial bus: find ports, prove a unit by its frames, test it, retire it, read its health."""

import asyncio

import pytest

from device.enrolment import BondHealth, Candidate, Step
from device.errors import ConfigurationError, SerialError
from device.instrument import InstrumentPhase
from device.registry import Registry
from device.serial import Enrolment
from tests.device.serial.bench import ROOT, address
from virtual.serial.finger import Finger


class Technician:
    def __init__(self) -> None:
        self.steps: list[Step] = []

    async def passkey(self) -> str:
        raise AssertionError("no passkey on a cable")

    def show(self, passkey: str) -> None:
        raise AssertionError(passkey)

    async def agrees(self, line: str) -> bool:
        raise AssertionError(line)

    def tell(self, step: Step) -> None:
        self.steps.append(step)


async def test_ports_are_found_with_the_rows_that_they_may_be(bench):
    bench.enrol("oxymetre")
    bench.oximeter("oxymetre").plug()
    bench.oximeter("autre").plug()
    bench.port("lecteur", "05e0:1701").plug_in()
    async with bench.serving() as bus:
        one, two, three = await Enrolment(bus).discover(1.0)
        assert (one.address, one.enrolled, three.enrolled) == (address("autre"), "", "oxymetre")
        assert one.models[:2] == ("contec-cms50dplus", "contec-cms50dplus-v7")
        assert {"nonin-xpod", "serial-scanner"} <= set(one.models)
        assert "contec-cms50dplus" not in two.models
    for name in ("oxymetre", "autre", "lecteur"):
        bench.ports._ports[address(name)].pull()


@pytest.mark.parametrize("model", ["contec-cms50dplus", "contec-cms50dplus-v7", "nonin-xpod"])
async def test_a_unit_is_enrolled_once_a_frame_of_its_model_was_read_and_is_served_at_once(bench, model, tmp_path):
    unit = bench.oximeter("x", model)
    unit.plug()
    async with bench.serving() as bus:
        unit.finger = Finger(97, 72)
        await unit.start()
        work, technician = Enrolment(bus), Technician()
        (candidate,) = await work.discover(1.0)
        await work.enrol(candidate, model, "oxymetre-fil", technician)
        assert [(step.name, step.passed) for step in technician.steps] == [("port", True), ("trame", True)]
        await bench.phase("oxymetre-fil", InstrumentPhase.CONNECTED)
        (diagnosis,) = work.diagnoses()
        assert (diagnosis.model, diagnosis.address, diagnosis.bond) == (model, address("x"), BondHealth.NOT_NEEDED)
        await unit.stop()
    kept = Registry.load(ROOT / "config/models.toml", tmp_path / "instruments.toml").instruments
    assert [(one.id, one.model, one.serial) for one in kept] == [("oxymetre-fil", model, "0001")]
    unit.pull()


async def test_a_unit_of_another_model_is_refused_and_nothing_has_changed(bench):
    bench.deadlines = bench.deadlines.__class__(gather=0.005, tick=0.02, proof=0.6)
    unit = bench.oximeter("x", "contec-cms50dplus")
    unit.plug()
    async with bench.serving() as bus:
        await unit.insert(Finger(97, 72))
        (candidate,) = await Enrolment(bus).discover(1.0)
        with pytest.raises(SerialError) as caught:
            await Enrolment(bus).enrol(candidate, "nonin-xpod", "faux", Technician())
        assert caught.value.code in {"SER-06", "SER-08"}
        await unit.stop()
    assert bench.registry.instruments == ()
    unit.pull()


async def test_what_cannot_be_enrolled_is_said_before_any_port_is_opened(bench):
    bench.enrol("oxymetre")
    gone = Candidate(address("parti"), "", ("contec-cms50dplus",))
    async with bench.serving() as bus:
        work = Enrolment(bus)
        for candidate, model, name, code in (
            (gone, "profile-cuff", "a", "SER-11"),
            (gone, "nonexistent", "a", "SER-11"),
            (gone, "contec-cms50dplus", "a", "SER-01"),
            (gone, "contec-cms50dplus", "oxymetre", "CFG-02"),
            (Candidate(address("oxymetre"), "", ()), "contec-cms50dplus", "b", "CFG-02"),
        ):
            with pytest.raises((SerialError, ConfigurationError)) as caught:
                await work.enrol(candidate, model, name, Technician())
            assert caught.value.code == code


async def test_an_enrolment_that_is_given_up_leaves_the_port_free(bench):
    unit = bench.oximeter("x")
    unit.plug()
    async with bench.serving() as bus:
        work = Enrolment(bus)
        (candidate,) = await work.discover(1.0)
        enrolling = asyncio.create_task(work.enrol(candidate, "contec-cms50dplus", "a", Technician()))
        await asyncio.sleep(0.1)
        enrolling.cancel()
        await asyncio.gather(enrolling, return_exceptions=True)
        unit.finger = Finger(97, 72)
        await unit.start()
        await work.enrol(candidate, "contec-cms50dplus", "a", Technician())
        await unit.stop()
    assert [one.id for one in bench.registry.instruments] == ["a"]
    unit.pull()


async def test_a_test_goes_from_the_port_to_a_frame(bench):
    bench.deadlines = bench.deadlines.__class__(gather=0.005, tick=0.02, look=0.02, proof=0.6)
    bench.enrol("oxymetre")
    unit = bench.oximeter("oxymetre")
    async with bench.serving() as bus:
        work = Enrolment(bus)
        (step,) = await work.test("oxymetre", Technician())
        assert (step.passed, step.code) == (False, "SER-01")
        unit.plug()
        steps = await work.test("oxymetre", Technician())
        assert [(step.passed, step.code) for step in steps] == [(True, ""), (False, "SER-08")]
        await unit.insert(Finger(97, 72))
        technician = Technician()
        steps = await work.test("oxymetre", technician)
        assert [step.passed for step in steps] == [True, True]
        assert technician.steps[1].line == "Allumez l’oxymètre. Faites une mesure."
        await unit.stop()
    unit.pull()


async def test_a_retired_unit_is_let_go_at_once(bench):
    bench.enrol("oxymetre")
    unit = bench.oximeter("oxymetre")
    unit.plug()
    async with bench.serving() as bus:
        await unit.insert(Finger(97, 72))
        await bench.phase("oxymetre", InstrumentPhase.CONNECTED)
        work = Enrolment(bus)
        await work.retire("oxymetre")
        assert work.diagnoses() == ()
        states, arrivals = len(bench.states), len(bench.arrivals)
        (candidate,) = await work.discover(0.0)
        assert candidate.enrolled == ""
        assert (len(bench.states), len(bench.arrivals)) == (states, arrivals)
        with pytest.raises(SerialError, match="no serial instrument"):
            await work.retire("oxymetre")
        await unit.stop()
    unit.pull()


async def test_pairing_is_refused_with_what_to_do_instead(bench):
    bench.enrol("oxymetre")
    async with bench.serving() as bus:
        with pytest.raises(SerialError) as caught:
            await Enrolment(bus).repair("oxymetre", Technician())
        assert caught.value.line == "Rien à appairer sur un câble : débranchez et rebranchez l’oxymètre."


async def test_its_health_counts_what_happened(bench):
    bench.enrol("oxymetre")
    unit = bench.oximeter("oxymetre")
    unit.plug()
    async with bench.serving() as bus:
        await unit.insert(Finger(97, 72))
        await bench.phase("oxymetre", InstrumentPhase.CONNECTED)
        unit.pull()
        await bench.phase("oxymetre", InstrumentPhase.ABSENT)
        unit.plug()
        await bench.until(lambda: bench.arrivals[-1].connection == 2)
        (diagnosis,) = Enrolment(bus).diagnoses()
        assert diagnosis.counters["connections"] == 2
        assert diagnosis.counters["SER-01"] == 1
        assert diagnosis.counters["arrivals"] == len(bench.arrivals)
        assert diagnosis.counters["frames"] >= len(bench.arrivals)
        assert diagnosis.last_arrival == bench.arrivals[-1].received
        await unit.stop()
    unit.pull()

# SPDX-License-Identifier: Apache-2.0
"""f03: a cuff delivers what it still remembers of the previous patient."""

from contextlib import closing

from device import commands as c
from device.entry import AsideReason, MeasurementRecorded, MeasurementSetAside
from device.journal import verify
from tests.faults.bedside import JEANNE, NURSE, PAUL, Cart


def test_f03_the_previous_patients_reading_is_set_aside_with_its_reason(tmp_path):
    cart = Cart(tmp_path)
    with closing(cart.journal):
        cart.open(JEANNE)
        cart.wait(60)
        hers = cart.frame(ago=30, systolic=181)
        cart.close()
        cart.open(PAUL)
        cart.wait(60)
        his = cart.frame(ago=20, systolic=124)
        older, mine = cart.take(hers, his)
        assert isinstance(older, MeasurementSetAside)
        assert older.reason is AsideReason.BEFORE_PATIENT
        assert isinstance(mine, MeasurementRecorded)
        assert [int(one.body.measurements[0].value) for one in cart.state.encounter.recorded] == [124]
        assert [int(one.body.measurements[0].value) for one in cart.state.aside] == [181]


def test_f03_it_never_enters_unless_a_person_attributes_it(tmp_path):
    cart = Cart(tmp_path)
    with closing(cart.journal):
        hers = cart.frame(ago=30, systolic=181)
        cart.take(hers)
        cart.open(PAUL)
        for _ in range(3):
            cart.wait(30)
            assert cart.take(hers) == []
        assert cart.entries(MeasurementRecorded) == []
        (aside,) = cart.state.aside
        cart.do(c.AttributeMeasurement(aside.entry))
        (entry,) = cart.entries(MeasurementRecorded)
        assert (entry.body.attributed, entry.body.by) == (aside.entry, NURSE)
    assert verify(tmp_path / "journal.db").sound


def test_f03_a_whole_memory_enters_nothing(tmp_path):
    cart = Cart(tmp_path)
    with closing(cart.journal):
        cart.open(PAUL)
        cart.wait(60)
        bodies = cart.take(*[cart.frame(ago=3600 * n, systolic=120 + n) for n in range(1, 61)])
        assert {type(body) for body in bodies} == {MeasurementSetAside}
        assert len(cart.state.aside) == 60
        cart.close()
        assert cart.state.aside == ()
        assert len(cart.entries(MeasurementSetAside)) == 60

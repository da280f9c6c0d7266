# SPDX-License-Identifier: Apache-2.0
from datetime import date
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from call.chart import Chart, Scope, seen
from device.entry import EncounterOpened, MeasurementDiscarded
from device.people import Patient
from tests.call.facts import aside, attributed, capture, entry, text
from tests.call.stubs import ENCOUNTER, NURSE, OTHER


def chart() -> Chart:
    return Chart(Scope(ENCOUNTER, 0))


def discarded(sequence: int, of: UUID):
    return entry(sequence, MeasurementDiscarded(of, NURSE))


def test_what_is_set_aside_is_counted_until_it_is_attributed_or_discarded():
    fold = chart()
    assert [fold.add(aside(n)) for n in (1, 2, 3)] == [True] * 3
    assert fold.aside == 3
    assert fold.add(attributed(4, UUID(int=1)))
    assert fold.add(discarded(5, UUID(int=2)))
    assert fold.aside == 1


def test_another_encounter_counts_for_nothing():
    fold = chart()
    assert not fold.add(aside(1, OTHER))
    fold.add(capture(2, "ab", 3, OTHER))
    assert fold.aside == 0
    assert fold.capture("ab") is None
    assert not fold.shows(entry(3, text("x"), OTHER))


def test_a_doctor_sees_what_was_recorded_and_no_value_set_aside():
    fold = chart()
    assert fold.shows(entry(1, text("x")))
    assert fold.shows(attributed(2, UUID(int=9)))
    assert not fold.shows(aside(3))
    assert not fold.shows(discarded(4, UUID(int=3)))
    assert not Chart(Scope(ENCOUNTER, 5)).shows(entry(5, text("before")))


@given(st.permutations(range(5)), st.integers(1, 3))
def test_entries_that_come_again_count_once(order, times):
    made = [aside(1), aside(2), attributed(3, UUID(int=1)), discarded(4, UUID(int=2)), aside(5)]
    fold = chart()
    for _ in range(times):
        for index in order:
            fold.add(made[index])
    assert fold.aside == 1


def test_the_matricule_that_a_scan_told_stays_on_the_cart():
    person = Patient(
        "x", "MARTIN", "Jeanne", date(1934, 5, 2), matricule="277010115400329", authority="1.2.250.1.213.1.4.8"
    )
    shown = seen(entry(1, EncounterOpened(NURSE, person)))
    assert shown.body.patient == Patient("x", "MARTIN", "Jeanne", date(1934, 5, 2))
    other = entry(2, text("x"))
    assert seen(other) is other

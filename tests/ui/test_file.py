# SPDX-License-Identifier: Apache-2.0
import msgspec
from hypothesis import given
from hypothesis import strategies as st

from device.codes import Metric
from device.entry import (
    CART,
    EnteredInError,
    FileClosed,
    MeasurementConfirmed,
    MeasurementDiscarded,
    MeasurementRecorded,
    Outcome,
)
from tests.ui import scenes
from ui.file import fold


def test_the_usual_encounter_is_all_there() -> None:
    file = fold(None, [*scenes.usual(), *scenes.ending("Repos.")])
    assert file is not None
    assert [one.sequence for one in file.recorded] == [8, 9]
    assert [one.id for one in file.asides] == [scenes.identity(6), scenes.identity(7)]
    assert len(file.notes) == 3
    assert file.conclusion is not None
    assert (file.conclusion.id, file.conclusion.text) == (scenes.identity(20), "Repos.")
    assert (file.outcome, file.sequence) == (Outcome.FINISHED, 21)
    assert file.consent is not None


@given(st.data())
def test_entries_read_again_change_nothing(data: st.DataObject) -> None:
    entries = scenes.usual()
    cut = data.draw(st.integers(1, len(entries)))
    back = data.draw(st.integers(0, cut))
    assert fold(fold(None, entries[:cut]), entries[back:]) == fold(None, entries)


def test_another_encounter_replaces_the_file_and_strangers_change_nothing() -> None:
    file = fold(None, scenes.usual())
    stranger = msgspec.structs.replace(scenes.entry(30, FileClosed(scenes.CAMILLE)), encounter=CART)
    assert fold(file, [stranger]) == file
    other = msgspec.structs.replace(scenes.opened(scenes.PAUL)[0], encounter=CART, sequence=40)
    after = fold(file, [other])
    assert after is not None
    assert (after.patient, after.recorded) == (scenes.PAUL, ())


def test_attributing_takes_out_of_the_tray_and_discarding_too() -> None:
    mine = MeasurementRecorded(
        scenes.pressure("171", "98"), scenes.CUFF, scenes.at(), scenes.identity(6), scenes.CAMILLE
    )
    file = fold(
        None,
        [
            *scenes.usual(),
            scenes.entry(12, mine),
            scenes.entry(13, MeasurementDiscarded(scenes.identity(7), scenes.CAMILLE)),
        ],
    )
    assert file is not None
    assert file.asides == ()
    assert file.recorded[-1].attributed


def test_a_value_in_error_is_no_longer_the_newest() -> None:
    again = scenes.entry(12, MeasurementRecorded(scenes.pressure("200", "90"), scenes.CUFF, scenes.at(5)))
    wrong = scenes.entry(13, EnteredInError(again.id, "Mesure mal faite", scenes.CAMILLE))
    file = fold(None, [*scenes.usual(), again])
    assert file is not None
    assert file.newest(Metric.SYSTOLIC).id == again.id
    corrected = fold(file, [wrong])
    assert corrected is not None
    assert corrected.newest(Metric.SYSTOLIC).id == scenes.identity(8)
    assert len(corrected.recorded) == 3


def test_an_unusual_value_is_asked_about_until_it_is_confirmed() -> None:
    said = scenes.pressure("231", "128", doubts=(scenes.Doubt.UNUSUAL,))
    strange = scenes.entry(12, MeasurementRecorded(said, scenes.CUFF, scenes.at(5)))
    file = fold(None, [*scenes.usual(), strange])
    assert [one.unusual for one in file.recorded] == [False, False, True]
    sure = fold(file, [scenes.entry(13, MeasurementConfirmed(strange.id, scenes.CAMILLE))])
    assert not any(one.unusual for one in sure.recorded)

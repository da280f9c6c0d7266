# SPDX-License-Identifier: Apache-2.0
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from device import commands as c
from device import entry as e
from device.codes import Metric, Site
from device.encounter import decide
from device.entry import CART, ConsentForm, Outcome
from device.errors import Refusal
from device.people import Patient
from tests.device.encounter.samples import DOCTOR, JEANNE, LIMITS, NURSE, PAUL, Desk, at, cuff

NOBODY = UUID(int=404)


def kinds(entries):
    return [type(entry.body) for entry in entries]


def refused(desk, command, who=NURSE):
    with pytest.raises(Refusal) as refusal:
        desk.do(command, 50, who)
    assert refusal.value.line
    return refusal.value.code


def test_the_whole_path_from_a_patient_to_a_closed_file():
    desk = Desk()
    desk.do(c.OpenEncounter(JEANNE))
    desk.do(c.ConfirmIdentity(), 5)
    desk.do(c.GiveConsent(ConsentForm.REPRESENTATIVE, " sa fille "), 8)
    desk.do(c.CallDoctor(), 9)
    desk.do(c.ShowText("Bonjour\nMadame"), 20, DOCTOR)
    desk.do(c.NoteOxygen(Decimal("2.5")), 25)
    desk.do(c.NoteSite(Metric.SYSTOLIC, Site.LEFT_ARM), 26)
    desk.do(c.WriteConclusion("Repos."), 30, DOCTOR)
    file = desk.file
    assert file.patient == JEANNE
    assert (file.identified, file.consent, file.call_requested) == (at(5), ConsentForm.REPRESENTATIVE, True)
    assert file.oxygen == Decimal("2.5")
    assert file.sites[Metric.DIASTOLIC] is Site.LEFT_ARM
    assert Metric.SATURATION not in file.sites
    assert desk.entries[4].body == e.TextShown("Bonjour Madame", "Dr Morel", "practitioner")
    assert kinds(desk.do(c.EndEncounter(), 60)) == [e.CallEnded, e.EncounterClosed]
    assert (desk.file.closed, desk.file.outcome, desk.file.call_requested) == (at(60), Outcome.FINISHED, False)
    assert kinds(desk.do(c.CloseFile(), 70)) == [e.FileClosed]
    assert desk.state.encounter is None
    assert {entry.encounter for entry in desk.entries} == {desk.entries[0].encounter} != {CART}


def test_two_files_are_two_encounters():
    desk = Desk().open()
    desk.end(10)
    first = desk.entries[0].encounter
    desk.open(PAUL, 20)
    assert desk.file.id != first
    assert desk.file.first_sequence == len(desk.entries)


@pytest.mark.parametrize(
    "command",
    [
        c.OpenEncounter(JEANNE),
        c.ConfirmIdentity(),
        c.GiveConsent(ConsentForm.ORAL),
        c.CallDoctor(),
        c.NoteOxygen(Decimal(2)),
        c.NoteSite(Metric.SATURATION, Site.EAR),
        c.HangUp(),
        c.EndEncounter(),
        c.WithdrawConsent(),
        c.WrongPatient(),
    ],
)
def test_a_double_tap_does_it_once(command):
    desk = Desk().consent()
    desk.do(command, 10)
    assert desk.do(command, 10) == ()


def test_closing_and_refusing_twice_is_once():
    desk = Desk().identify()
    assert kinds(desk.do(c.RefuseConsent())) == [e.ConsentRefused, e.EncounterClosed]
    assert desk.file.outcome is Outcome.REFUSED
    assert desk.do(c.RefuseConsent()) == ()
    desk.do(c.CloseFile())
    assert desk.do(c.CloseFile()) == ()


def test_a_refusal_after_a_withdrawal_closes_as_withdrawn():
    desk = Desk().consent()
    desk.do(c.WithdrawConsent())
    assert kinds(desk.do(c.RefuseConsent())) == [e.ConsentRefused, e.EncounterClosed]
    assert desk.file.outcome is Outcome.WITHDRAWN
    assert desk.do(c.RefuseConsent()) == ()


@pytest.mark.parametrize("command", [c.CallDoctor(), c.Capture(Site.FACE), c.AdmitDoctor("peer-1")])
def test_no_media_and_no_call_before_identity_and_consent(command):
    desk = Desk()
    assert refused(desk, command) == "CMD-20"
    assert refused(desk.open(), command) == "CMD-24"
    assert refused(Desk().identify(), command) == "CMD-25"


def test_a_doctor_is_admitted_only_to_a_call_that_was_asked():
    desk = Desk().consent()
    assert refused(desk, c.AdmitDoctor("peer-1")) == "CMD-27"
    desk.do(c.CallDoctor())
    assert desk.do(c.AdmitDoctor("peer-1")) == ()


def test_consent_waits_for_the_identity():
    assert refused(Desk().open(), c.GiveConsent(ConsentForm.ORAL)) == "CMD-24"


def test_a_withdrawn_consent_ends_the_call_at_once_and_the_file_stays():
    desk = Desk().consent()
    desk.do(c.CallDoctor())
    assert kinds(desk.do(c.WithdrawConsent(), 30)) == [e.ConsentWithdrawn, e.CallEnded]
    assert desk.file.running
    assert refused(desk, c.CallDoctor()) == "CMD-25"
    desk.do(c.EndEncounter(), 40)
    assert desk.file.outcome is Outcome.WITHDRAWN


def test_a_consent_given_again_is_one():
    desk = Desk().consent()
    desk.do(c.WithdrawConsent())
    desk.do(c.GiveConsent(ConsentForm.WRITTEN))
    desk.do(c.EndEncounter())
    assert desk.file.outcome is Outcome.FINISHED


def test_a_given_consent_is_withdrawn_and_not_refused():
    assert refused(Desk().consent(), c.RefuseConsent()) == "CMD-26"


def test_one_patient_at_a_time():
    desk = Desk().open(JEANNE)
    assert refused(desk, c.OpenEncounter(PAUL)) == "CMD-21"
    desk.do(c.EndEncounter())
    assert refused(desk, c.OpenEncounter(JEANNE)) == "CMD-21"
    assert refused(desk, c.SignOut()) == "CMD-21"
    desk.do(c.CloseFile())
    assert desk.do(c.SignOut()) == ()
    assert kinds(desk.do(c.OpenEncounter(PAUL))) == [e.EncounterOpened]


def test_a_file_is_closed_after_its_encounter():
    assert refused(Desk().open(), c.CloseFile()) == "CMD-23"


@pytest.mark.parametrize("traits", [("", "MARTIN", "Jeanne"), ("1", " ", "Jeanne"), ("1", "MARTIN", "")])
def test_a_patient_has_a_name(traits):
    assert refused(Desk(), c.OpenEncounter(Patient(*traits, date(1934, 5, 2)))) == "CMD-38"


def test_the_wrong_patient_marks_everything_and_closes():
    desk = Desk().consent()
    (recorded,) = desk.take(cuff(30, 25))
    entry = desk.file.recorded[0].entry
    desk.do(c.CallDoctor())
    written = desk.do(c.WrongPatient(), 40)
    assert kinds(written) == [e.EnteredInError, e.CallEnded, e.EncounterClosed, e.FileClosed]
    assert written[0].body.entry == entry
    assert written[2].body.outcome is Outcome.WRONG_PATIENT
    assert desk.state.encounter is None
    assert recorded in [one.body for one in desk.entries]


def test_the_wrong_patient_seen_in_the_summary_still_marks():
    desk = Desk().identify()
    desk.take(cuff(30, 25))
    desk.do(c.EndEncounter(), 40)
    assert kinds(desk.do(c.WrongPatient(), 50)) == [e.EnteredInError, e.FileClosed]


@pytest.mark.parametrize("litres", ["-1", "80.5", "NaN", "Infinity"])
def test_oxygen_is_a_rate_that_exists(litres):
    assert refused(Desk().open(), c.NoteOxygen(Decimal(litres))) == "CMD-33"


def test_room_air_is_a_fact():
    assert Desk().open().do(c.NoteOxygen(Decimal(0)))[0].body.litres == 0


@pytest.mark.parametrize("text", ["", " \n", "a" * 81])
def test_a_shown_text_is_short_and_not_empty(text):
    assert refused(Desk().open(), c.ShowText(text)) == "CMD-34"


def test_a_conclusion_is_the_doctors():
    desk = Desk().consent()
    assert refused(desk, c.WriteConclusion("x")) == "CMD-36"
    assert refused(desk, c.WriteConclusion(" "), DOCTOR) == "CMD-35"
    assert refused(desk, c.WriteConclusion("a" * 10_001), DOCTOR) == "CMD-35"
    desk.do(c.WriteConclusion("Repos."), 10, DOCTOR)
    assert desk.do(c.WriteConclusion("Repos. "), 10, DOCTOR) == ()
    desk.do(c.WriteConclusion("Repos et eau."), 10, DOCTOR)
    assert desk.file.conclusion.text == "Repos et eau."


@pytest.mark.parametrize(
    "command",
    [
        c.OpenEncounter(PAUL),
        c.ConfirmIdentity(),
        c.GiveConsent(ConsentForm.ORAL),
        c.EndEncounter(),
        c.CloseFile(),
        c.WrongPatient(),
        c.CallDoctor(),
        c.AdmitDoctor("peer-2"),
        c.NoteOxygen(Decimal(1)),
        c.AttributeMeasurement(NOBODY),
        c.MarkEnteredInError(NOBODY, "x"),
        c.SignOut(),
    ],
)
def test_a_doctor_decides_nothing_at_the_bedside(command):
    assert refused(Desk().consent(), command, DOCTOR) == "CMD-37"


def test_an_ended_encounter_takes_nothing_more():
    desk = Desk().consent()
    desk.do(c.EndEncounter())
    for command in (c.ConfirmIdentity(), c.GiveConsent(ConsentForm.ORAL), c.CallDoctor(), c.NoteOxygen(Decimal(1))):
        assert refused(desk, command) == "CMD-22"
    assert refused(desk, c.AskMeasurement(Metric.SATURATION)) == "CMD-22"
    assert refused(desk, c.WriteConclusion("x"), DOCTOR) == "CMD-22"


def test_what_only_the_station_does_becomes_no_entry():
    desk = Desk().consent()
    for command in (c.Freeze(frozen=True), c.ChooseCamera("room"), c.HideText(), c.Capture(Site.FACE)):
        assert decide(desk.state, command, DOCTOR, at(0), LIMITS) == (desk.file.id, ())


def test_attributing_is_a_deliberate_act_with_a_name():
    desk = Desk()
    desk.take(cuff(-60, -65))
    desk.identify()
    (aside,) = desk.state.aside
    (entry,) = desk.do(c.AttributeMeasurement(aside.entry), 10)
    assert (entry.body.attributed, entry.body.by, entry.encounter) == (aside.entry, NURSE, desk.file.id)
    assert entry.body.measurements == aside.body.measurements
    assert desk.state.aside == ()
    assert desk.do(c.AttributeMeasurement(aside.entry), 10) == ()
    assert refused(desk, c.DiscardMeasurement(aside.entry)) == "CMD-28"


def test_what_has_no_time_keeps_its_doubt_when_it_is_attributed():
    desk = Desk().identify()
    desk.take(cuff(30, None))
    (entry,) = desk.do(c.AttributeMeasurement(desk.state.aside[0].entry), 40)
    assert all("clock-doubtful" in one.doubts for one in entry.body.measurements)
    assert entry.body.at is None


def test_discarding_leaves_the_entry_and_empties_the_tray():
    desk = Desk()
    desk.take(cuff(-60, -65))
    aside = desk.state.aside[0].entry
    assert desk.do(c.DiscardMeasurement(aside))[0].encounter == CART
    assert desk.state.aside == ()
    assert desk.do(c.DiscardMeasurement(aside)) == ()
    assert refused(desk.identify(), c.AttributeMeasurement(aside)) == "CMD-28"


def test_nothing_is_attributed_before_identity_or_after_the_end():
    desk = Desk()
    desk.take(cuff(-60, -65))
    aside = c.AttributeMeasurement(desk.state.aside[0].entry)
    assert refused(desk, aside) == "CMD-20"
    assert refused(desk.open(), aside) == "CMD-24"
    desk.do(c.EndEncounter())
    assert refused(desk, aside) == "CMD-22"


def test_the_impossible_cannot_be_attributed():
    desk = Desk().identify()
    desk.take(cuff(30, 25, systolic="60", diastolic="90"))
    assert refused(desk, c.AttributeMeasurement(desk.state.aside[0].entry)) == "CMD-29"


def test_an_unusual_value_is_confirmed_once():
    desk = Desk().identify()
    desk.take(cuff(30, 25, systolic="270"))
    (recorded,) = desk.file.recorded
    assert recorded.unusual
    assert kinds(desk.do(c.ConfirmMeasurement(recorded.entry), 40)) == [e.MeasurementConfirmed]
    assert not desk.file.recorded[0].unusual
    assert desk.do(c.ConfirmMeasurement(recorded.entry), 40) == ()
    assert refused(desk, c.ConfirmMeasurement(NOBODY)) == "CMD-30"


def test_an_error_is_marked_and_stays():
    desk = Desk().identify()
    desk.take(cuff(30, 25, systolic="270"))
    entry = desk.file.recorded[0].entry
    assert refused(desk, c.MarkEnteredInError(entry, " ")) == "CMD-32"
    desk.do(c.MarkEnteredInError(entry, "mauvais brassard"), 40)
    assert desk.file.recorded[0].in_error
    assert desk.do(c.MarkEnteredInError(entry, "encore"), 40) == ()
    assert refused(desk, c.ConfirmMeasurement(entry)) == "CMD-31"
    assert refused(desk, c.MarkEnteredInError(NOBODY, "x")) == "CMD-30"
    assert len(desk.file.recorded) == 1


def test_every_command_has_an_answer_on_an_empty_cart():
    commands = [c.CallDoctor(), c.HangUp(), c.EndEncounter(), c.WrongPatient(), c.RefuseConsent(), c.ShowText("x")]
    codes = []
    for command in commands:
        try:
            assert decide(Desk().state, command, NURSE, at(0), LIMITS) == (CART, ())
        except Refusal as error:
            codes.append(error.code)
    assert codes == ["CMD-20", "CMD-20", "CMD-20", "CMD-20"]

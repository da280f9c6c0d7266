# SPDX-License-Identifier: Apache-2.0
"""The nurse's path, by touch, against a station at the wire."""

from decimal import Decimal

import msgspec
import pytest

from device import commands
from device.codes import Doubt, Metric, Site
from device.entry import AsideReason, ConsentForm, MeasurementRecorded, MeasurementSetAside
from device.people import Practitioner, Sex
from device.station.messages import Reply
from device.station.state import CallPhase, CallState, ShownText
from tests.ui import scenes
from tests.ui.stand import Stand


@pytest.fixture
def kiosk(stand) -> Stand:
    return stand()


def last(kiosk: Stand) -> commands.Command:
    kiosk.until(lambda: bool(kiosk.wire.commands))
    return kiosk.wire.commands[-1]


def test_signing_in_takes_a_name_and_six_digits(kiosk: Stand) -> None:
    kiosk.show(scenes.SIGN_IN)
    kiosk.touch("1")
    assert kiosk.has("Touchez d’abord votre nom.")
    kiosk.touch("Karim Haddad")
    for digit in "123459":
        kiosk.touch(digit)
        if digit == "9":
            break
    assert last(kiosk) == commands.SignIn("karim", "123459")


def test_a_refused_code_is_said_and_cleared(kiosk: Stand) -> None:
    kiosk.wire.answer = lambda _: Reply("", ok=False, code="CMD-02", line="Code inconnu. Il reste 4 essais.")
    kiosk.show(scenes.SIGN_IN)
    kiosk.touch("Camille Morel")
    for _ in range(6):
        kiosk.touch("7")
    kiosk.until(lambda: kiosk.has("Code inconnu. Il reste 4 essais."))
    assert kiosk.has("0 chiffre sur 6")


def test_three_touches_call_the_doctor(kiosk: Stand) -> None:
    kiosk.show(scenes.HOME)
    kiosk.until(lambda: kiosk.has("LEROUX Jeanne"))
    kiosk.touch("LEROUX Jeanne")
    assert last(kiosk) == commands.OpenEncounter(scenes.JEANNE)
    kiosk.show(scenes.CONSENT, scenes.opened()[:1])
    kiosk.touch("Oui, c’est elle")
    assert last(kiosk) == commands.ConfirmIdentity()
    kiosk.show(scenes.IDENTIFIED)
    kiosk.touch("Elle est d’accord : appeler le médecin")
    kiosk.until(lambda: len(kiosk.wire.commands) == 4)
    assert kiosk.wire.commands[2:] == [commands.GiveConsent(ConsentForm.ORAL), commands.CallDoctor()]


def test_the_doctor_is_not_called_when_the_consent_was_not_noted(kiosk: Stand) -> None:
    kiosk.wire.answer = lambda _: Reply("", ok=False, code="JRN-01", line="Le stockage est plein.")
    kiosk.show(scenes.IDENTIFIED, scenes.opened()[:2])
    kiosk.touch("Elle est d’accord : appeler le médecin")
    kiosk.until(lambda: kiosk.has("Le stockage est plein."))
    assert kiosk.wire.commands == [commands.GiveConsent(ConsentForm.ORAL)]
    kiosk.touch("Compris")
    assert not kiosk.has("Le stockage est plein.")


def test_the_second_gesture_is_closed_until_the_first(kiosk: Stand) -> None:
    kiosk.show(scenes.CONSENT, scenes.opened()[:1])
    for name in ("Elle est d’accord : appeler", "Elle est d’accord : mesurer", "Par écrit", "Elle refuse"):
        kiosk.touch(name)
    assert kiosk.wire.commands == []
    kiosk.touch("Non, changer")
    assert last(kiosk) == commands.WrongPatient()


def test_grammar_follows_the_patient(kiosk: Stand) -> None:
    kiosk.show(
        scenes.base(operator=scenes.CAMILLE, encounter=scenes.encounter(scenes.PAUL, consent=None)),
        scenes.opened(scenes.PAUL)[:2],
    )
    assert kiosk.has("Est-il d’accord ?")
    assert kiosk.has("Oui, c’est lui")
    assert kiosk.has("Il est d’accord : appeler le médecin")


def test_consent_by_a_representative_is_named(kiosk: Stand) -> None:
    kiosk.show(scenes.IDENTIFIED, scenes.opened()[:2])
    kiosk.touch("Par son représentant")
    kiosk.touch("Mesurer d’abord")
    assert kiosk.wire.commands == []
    for letter in "Ana":
        kiosk.touch(letter)
    kiosk.touch("Mesurer d’abord")
    assert last(kiosk) == commands.GiveConsent(ConsentForm.REPRESENTATIVE, "Ana")


def test_written_consent_and_refusal(kiosk: Stand) -> None:
    kiosk.show(scenes.IDENTIFIED, scenes.opened()[:2])
    kiosk.touch("Elle refuse")
    kiosk.touch("Revenir")
    kiosk.touch("Par écrit")
    kiosk.touch("Appeler le médecin")
    kiosk.until(lambda: len(kiosk.wire.commands) == 2)
    assert kiosk.wire.commands == [commands.GiveConsent(ConsentForm.WRITTEN), commands.CallDoctor()]
    kiosk.touch("Elle refuse")
    kiosk.touch("Oui, noter le refus")
    kiosk.until(lambda: kiosk.wire.commands[-1] == commands.RefuseConsent())


def test_an_identity_is_typed(kiosk: Stand) -> None:
    kiosk.show(scenes.HOME)
    kiosk.touch("Saisir une identité")
    kiosk.touch("Ouvrir le dossier")
    assert kiosk.has("Tapez le nom de naissance.")
    for letter in "ROZÈ":
        kiosk.touch(letter)
    kiosk.touch("Premier prénom")
    for letter in "ève":
        kiosk.touch(letter)
    kiosk.touch("Date de naissance")
    for digit in "12031936":
        kiosk.touch(digit)
    kiosk.touch("Femme")
    kiosk.touch("Ouvrir le dossier")
    opened = last(kiosk)
    assert isinstance(opened, commands.OpenEncounter)
    patient = opened.patient
    assert (patient.family, patient.given, f"{patient.born}", patient.sex) == ("ROZÈ", "Ève", "1936-03-12", Sex.FEMALE)


def test_the_list_is_searched_without_accents(kiosk: Stand) -> None:
    kiosk.show(scenes.HOME)
    kiosk.until(lambda: kiosk.has("LEROUX Jeanne"))
    kiosk.touch("Chercher un nom")
    for letter in "LUC":
        kiosk.touch(letter)
    assert kiosk.has("ROUSSEAU Lucienne")
    assert not kiosk.has("LEROUX Jeanne")


def test_every_control_of_the_encounter_asks_for_its_command(kiosk: Stand) -> None:
    kiosk.show(scenes.talking(), scenes.usual())
    for name, command in (
        ("Salle", commands.ChooseCamera("room")),
        ("Figer", commands.Freeze(frozen=True)),
        ("Couper le micro", commands.SetMicrophone(on=False)),
        ("Couper l’image", commands.SetCamera(on=False)),
    ):
        kiosk.touch(name)
        assert last(kiosk) == command
    kiosk.touch("Capturer")
    kiosk.touch("Oreille gauche")
    assert last(kiosk) == commands.Capture(Site.LEFT_EAR)
    kiosk.touch("Grand texte")
    kiosk.touch("Ouvrez la bouche")
    kiosk.touch("Montrer à l’écran")
    assert last(kiosk) == commands.ShowText("Ouvrez la bouche")


def test_oxygen_is_asked_in_the_tile(kiosk: Stand) -> None:
    kiosk.show(scenes.talking(encounter=scenes.encounter(oxygen_known=False)), scenes.usual())
    kiosk.touch("Sous oxygène")
    kiosk.touch("1,5")
    assert last(kiosk) == commands.NoteOxygen(Decimal("1.5"))
    kiosk.touch("Air ambiant")
    kiosk.until(lambda: last(kiosk) == commands.NoteOxygen(Decimal(0)))


def test_ending_takes_two_touches_and_other_ways_out_three(kiosk: Stand) -> None:
    kiosk.show(scenes.talking(), scenes.usual())
    kiosk.touch("Terminer")
    assert kiosk.wire.commands == []
    kiosk.touch("Continuer")
    kiosk.touch("Terminer")
    kiosk.touch("Ce n’est pas la bonne personne")
    assert kiosk.has("LEROUX Jeanne, née le 12/03/1936")
    kiosk.touch("Oui, fermer ce dossier")
    assert last(kiosk) == commands.WrongPatient()
    kiosk.touch("Terminer")
    kiosk.touch("Elle retire son accord")
    kiosk.touch("Oui, tout arrêter")
    kiosk.until(lambda: kiosk.wire.commands[-1] == commands.WithdrawConsent())
    kiosk.touch("Terminer")
    kiosk.touch("Raccrocher")
    kiosk.until(lambda: kiosk.wire.commands[-1] == commands.HangUp())
    kiosk.touch("Terminer")
    kiosk.touch("Oui, terminer")
    kiosk.until(lambda: kiosk.wire.commands[-1] == commands.EndEncounter())


def test_the_tray_attributes_and_discards_deliberately(kiosk: Stand) -> None:
    kiosk.show(scenes.talking(), scenes.usual())
    kiosk.touch("2 mesures de côté")
    assert kiosk.has("Tension 171/98 mmHg, de côté, Prise hier à 18:20")
    kiosk.touch("C’est bien la sienne… 171/98")
    assert kiosk.wire.commands == []
    assert kiosk.has("LEROUX Jeanne, née le 12/03/1936")
    kiosk.touch("Oui, c’est celle de Mme Leroux")
    assert last(kiosk) == commands.AttributeMeasurement(scenes.identity(6))
    kiosk.touch("Écarter… 118/70")
    kiosk.touch("Oui, écarter")
    kiosk.until(lambda: kiosk.wire.commands[-1] == commands.DiscardMeasurement(scenes.identity(7)))
    kiosk.touch("Retour à la consultation")
    assert kiosk.has("Terminer")


def test_a_control_solution_is_nobodys(kiosk: Stand) -> None:
    drop = (scenes.measured(Metric.GLUCOSE, "118", doubts=frozenset({Doubt.CONTROL_SOLUTION})),)
    aside = MeasurementSetAside(AsideReason.CONTROL_SOLUTION, drop, scenes.CUFF, scenes.at(20))
    kiosk.show(scenes.talking(), [*scenes.opened(), scenes.entry(8, aside)])
    kiosk.touch("1 mesure de côté")
    assert kiosk.has("Glycémie 118 mg/dL, de côté")
    assert not kiosk.has("C’est bien la sienne")
    kiosk.touch("Écarter… 118")
    kiosk.touch("Oui, écarter")
    kiosk.until(lambda: kiosk.wire.commands[-1] == commands.DiscardMeasurement(scenes.identity(8)))


def test_a_knocking_doctor_comes_before_everything(kiosk: Stand) -> None:
    kiosk.show(scenes.talking(), scenes.usual())
    kiosk.touch("Terminer")
    kiosk.show(
        scenes.talking(call=CallState(CallPhase.WAITING, scenes.at(5), knocking=(Practitioner("p9", "Dr Noël"),)))
    )
    assert kiosk.has("Le Dr Noël demande à entrer")
    kiosk.touch("Faire entrer")
    assert last(kiosk) == commands.AdmitDoctor("p9")


def test_an_unusual_value_asks_once_and_can_be_put_off_confirmed_or_wrong(kiosk: Stand) -> None:
    said = scenes.pressure("231", "128", doubts=(Doubt.UNUSUAL,))
    strange = scenes.entry(12, MeasurementRecorded(said, scenes.CUFF, scenes.at(2)), 2)
    kiosk.show(scenes.talking(), [*scenes.usual(), strange])
    assert kiosk.has("Êtes-vous sûr ?")
    kiosk.touch("Plus tard")
    assert not kiosk.has("Êtes-vous sûr ?")
    kiosk.touch("Tension 231/128")
    kiosk.touch("Confirmer la valeur")
    assert last(kiosk) == commands.ConfirmMeasurement(strange.id)
    kiosk.touch("Tension 231/128")
    kiosk.touch("Mesure fausse")
    kiosk.touch("Mesure mal faite")
    kiosk.until(lambda: kiosk.wire.commands[-1] == commands.MarkEnteredInError(strange.id, "Mesure mal faite"))


def test_the_call_can_wait_and_be_cancelled(kiosk: Stand) -> None:
    kiosk.show(scenes.talking(call=CallState()), scenes.usual())
    kiosk.touch("Appeler le médecin")
    assert last(kiosk) == commands.CallDoctor()
    kiosk.show(scenes.talking(call=CallState(CallPhase.WAITING, scenes.at(5), link=scenes.LINK, code="482913")))
    assert kiosk.has("Code 482 913")
    assert kiosk.has(f"Lien {scenes.LINK}")
    kiosk.touch("Annuler l’appel")
    kiosk.until(lambda: kiosk.wire.commands[-1] == commands.HangUp())


def test_the_doctor_s_request_is_said(kiosk: Stand) -> None:
    kiosk.show(scenes.talking(asked=Metric.TEMPERATURE), scenes.usual())
    assert kiosk.has("Le Dr Aïssata Diallo · médecin traitant demande la température")


def test_the_patient_s_text_stands_over_all_and_can_be_taken_away(kiosk: Stand) -> None:
    kiosk.show(scenes.talking(text=ShownText("Respirez bien fort", "Dr Diallo")), scenes.usual())
    assert kiosk.has("Respirez bien fort")
    assert kiosk.has("Dr Diallo vous écoute")
    kiosk.touch("Retirer le texte")
    assert last(kiosk) == commands.HideText()


def test_a_new_kiosk_stands_on_the_same_screen(stand) -> None:
    first = stand()
    first.show(scenes.talking(), scenes.usual())
    first.quit()
    second = stand(wire=first.wire)
    second.until(lambda: second.has("Tension 132/81 mmHg"))
    assert second.has("Saturation 96 % en direct")
    assert second.has("2 mesures de côté")


def test_no_name_stays_on_the_screen_when_the_file_is_closed(kiosk: Stand) -> None:
    kiosk.show(scenes.closed(), [*scenes.usual(), *scenes.ending()])
    kiosk.touch("Fermer le dossier")
    assert last(kiosk) == commands.CloseFile()
    kiosk.wire.residents = ()
    kiosk.show(scenes.SIGN_IN)
    names = [item.property("text") for item in kiosk.items() if item.inherits("QQuickText")]
    assert not any("LEROUX" in name or "Leroux" in name for name in names)


def test_a_lost_station_is_said_and_takes_no_touch(kiosk: Stand) -> None:
    kiosk.show(scenes.talking(), scenes.usual())
    kiosk.wire.die()
    kiosk.qtbot.waitUntil(lambda: kiosk.has("Le chariot ne répond plus"), timeout=1000)
    kiosk.touch("Terminer", still=False)
    assert not kiosk.has("Terminer la téléconsultation ?")
    kiosk.wire.listen()
    kiosk.until(lambda: not kiosk.has("Le chariot ne répond plus"))
    assert kiosk.has("Tension 132/81 mmHg")
    assert msgspec.json.encode(kiosk.wire.state)

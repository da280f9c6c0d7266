# SPDX-License-Identifier: Apache-2.0
"""Right person? agrees? Two gestures on one screen, in words to be said aloud (text "fr-1")."""

import msgspec

from device.people import Sex
from ui import french
from ui.viewmodels.moment import Moment

TEXT = (
    "« Un médecin va vous voir et vous parler par vidéo. Je reste avec vous et je fais les mesures. "
    "Ce qui est mesuré est gardé dans votre dossier. Vous pouvez dire non, ou arrêter à tout moment. »"
)


class ConsentView(msgspec.Struct, frozen=True):
    """The words of the screen. ``identified`` opens the second gesture."""

    family: str
    given: str
    born: str
    birth_date: str
    birthplace: str
    detail: str
    yes: str
    identified: bool
    agrees: str
    text: str
    refuses: str
    representative: str
    call: str
    measure: str
    spoken: str


def consent(moment: Moment) -> ConsentView:
    """The consent screen of a moment; empty when no file is open."""
    encounter = moment.state.encounter
    if encounter is None:
        return ConsentView(**dict.fromkeys(ConsentView.__struct_fields__, ""))  # type: ignore[arg-type] # all empty
    patient, words = encounter.patient, french.grammar(encounter.patient)
    unknown = patient.sex is Sex.UNKNOWN
    subject = "Elle" if unknown else french.sentence(words.she)
    room = f" · chambre {patient.room}" if patient.room else ""
    status = f" · identité {patient.status}" if patient.status else ""
    at = f"à {patient.birthplace}" if patient.birthplace else ""
    family, given = patient.family.upper(), patient.given_names or patient.given
    day = french.long_date(patient.born)
    return ConsentView(
        family=family,
        given=given,
        born=f"{words.born} le",
        birth_date=day,
        birthplace=at,
        detail=f"{words.sex}{room}{status}",
        yes=f"Oui, {words.is_it}",
        identified=encounter.identified is not None,
        agrees="Est-il d’accord ?" if patient.sex is Sex.MALE else "Est-elle d’accord ?",
        text=TEXT,
        refuses=f"{subject} refuse",
        representative="Par son représentant…",
        call=f"{subject} est d’accord : appeler le médecin",
        measure=f"{subject} est d’accord : mesurer d’abord",
        spoken=f"{family} {given}, {words.born} le {day} {at}".strip(),
    )

# SPDX-License-Identifier: Apache-2.0
"""French words for the screen: grammar by the patient's sex, dates, durations, numbers, names."""

from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal

import msgspec

from device.codes import Metric
from device.measurement import Measurement
from device.people import Patient, Sex

MONTHS = (
    *("janvier", "février", "mars", "avril", "mai", "juin"),
    *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
)
ASKED = {
    Metric.SYSTOLIC: "la tension",
    Metric.DIASTOLIC: "la tension",
    Metric.MEAN_PRESSURE: "la tension",
    Metric.PULSE_CUFF: "le pouls",
    Metric.PULSE_OXIMETER: "le pouls",
    Metric.HEART_RATE: "la fréquence cardiaque",
    Metric.SATURATION: "la saturation",
    Metric.PERFUSION: "la perfusion",
    Metric.TEMPERATURE: "la température",
    Metric.WEIGHT: "le poids",
    Metric.GLUCOSE: "la glycémie",
}
"""How a doctor's request is said."""


class Grammar(msgspec.Struct, frozen=True):
    """How a patient is spoken of."""

    she: str
    born: str
    sex: str
    civility: str
    identified: str
    is_it: str


_GRAMMAR = {
    Sex.FEMALE: Grammar("elle", "née", "Femme", "Mme", "identifiée", "c’est elle"),
    Sex.MALE: Grammar("il", "né", "Homme", "M.", "identifié", "c’est lui"),
    Sex.UNKNOWN: Grammar("la personne", "né(e)", "Sexe non renseigné", "", "identifiée", "c’est bien elle"),
}


def grammar(patient: Patient) -> Grammar:
    """The words for ``patient``."""
    return _GRAMMAR[patient.sex]


def full_name(patient: Patient) -> str:
    """« LEROUX Jeanne »."""
    return f"{patient.family.upper()} {patient.given}"


def courtesy(patient: Patient) -> str:
    """« Mme Leroux »."""
    family = "-".join(" ".join(word.capitalize() for word in part.split()) for part in patient.family.split("-"))
    civility = grammar(patient).civility
    return f"{civility} {family}" if civility else f"{patient.given} {family}"


def age(born: date, today: date) -> int:
    """Whole years on ``today``."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def short_date(day: date) -> str:
    """« 12/03/1936 »."""
    return f"{day:%d/%m/%Y}"


def long_date(day: date) -> str:
    """« 12 mars 1936 », « 1er mars 1936 »."""
    return f"{'1er' if day.day == 1 else day.day} {MONTHS[day.month - 1]} {day.year}"


def clock(moment: datetime) -> str:
    """« 14:29 », in the cart's local time."""
    return f"{moment.astimezone():%H:%M}"


def when(moment: datetime, today: date) -> str:
    """« à 18:20 » today, « hier à 18:20 », else « le 01/01/2021 à 18:20 ». ``moment`` is local, naive or aware."""
    local = moment.astimezone() if moment.tzinfo else moment
    if local.date() == today:
        return f"à {local:%H:%M}"
    if (today - local.date()).days == 1:
        return f"hier à {local:%H:%M}"
    return f"le {local:%d/%m/%Y} à {local:%H:%M}"


def lasting(seconds: float) -> str:
    """« 4 s », « 1 min 12 s », « 2 h 05 »."""
    whole = max(0, int(seconds))
    if whole < 60:  # noqa: PLR2004 - a minute
        return f"{whole} s"
    if whole < 3600:  # noqa: PLR2004 - an hour
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d}"


def stopwatch(seconds: float) -> str:
    """« 06:41 », « 1:02:03 »."""
    whole = max(0, int(seconds))
    hours, minutes, rest = whole // 3600, whole % 3600 // 60, whole % 60
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes:02d}:{rest:02d}"


def number(value: Decimal, digits: int) -> str:
    """``value`` with at least ``digits`` decimals and never fewer than the instrument gave, with a French comma."""
    given = value.as_tuple().exponent
    kept = max(digits, -given if isinstance(given, int) and given < 0 else 0)
    shown = value.quantize(Decimal(1).scaleb(-kept), rounding=ROUND_HALF_EVEN)
    return f"{shown:f}".replace(".", ",").replace("-", "−")


def value_of(measurement: Measurement | None) -> str:
    """The number alone, « — » when there is none."""
    if measurement is None or measurement.value is None:
        return "—"
    return number(measurement.value, measurement.metric.digits)


def litres(flow: Decimal) -> str:
    """« air ambiant », « O₂ 2 L/min »."""
    return "air ambiant" if flow == 0 else f"O₂ {number(flow.normalize(), 0)} L/min"


def sentence(text: str) -> str:
    """``text`` with a capital letter and typographic apostrophes."""
    clean = text.replace("'", "’")
    return clean[:1].upper() + clean[1:]


def doctor(name: str) -> str:
    """« Le Dr Diallo »; « Marie Noël » as it stands."""
    return f"Le {name}" if name.startswith("Dr ") else name


def of_doctor(name: str) -> str:
    """« du Dr Diallo », « de Marie Noël », « d’Anne Roy »."""
    if name.startswith("Dr "):
        return f"du {name}"
    return f"d’{name}" if name[:1].upper() in "AEÉÈIOUYH" else f"de {name}"


def spaced(code: str) -> str:
    """« 482 913 »."""
    return f"{code[:3]} {code[3:]}" if len(code) == 6 else code  # noqa: PLR2004 - six digits


def counted(count: int, one: str, many: str) -> str:
    """« 1 mesure », « 2 mesures »; French says 0 with the singular."""
    return f"{count} {many if count > 1 else one}"

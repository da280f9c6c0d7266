# SPDX-License-Identifier: Apache-2.0
"""The one table of metrics, doubts and sites: IEEE 11073-10101 (MDC), LOINC, UCUM, SNOMED CT and the French words.

Sources: IEEE 11073-10101 nomenclature; LOINC 2.78; HL7 PHD implementation guide; ANS "Mesures de santé" 3.2.0.
"""

from decimal import Context, Decimal
from enum import StrEnum
from typing import Self

MMHG_PER_KPA = Decimal("7.50061683")
"""1 kPa in mm[Hg]: 1000 / 133.322387415 (ISO 80000-4), nine figures."""
KG_PER_POUND = Decimal("0.45359237")
"""Exact, by definition (international yard and pound agreement of 1959)."""
MG_DL_PER_MMOL_L = Decimal("18.0156")
"""Glucose: C6H12O6 is 180.156 g/mol (IUPAC standard atomic weights, abridged: C 12.011, H 1.008, O 15.999)."""


class Worded(StrEnum):
    """A state or a reason and its French ``line`` for the operator; a member is written ``NAME = "key", "line"``."""

    line: str

    def __new__(cls, key: str, line: str) -> Self:
        """Make a member from its row."""
        member = str.__new__(cls, key)
        member._value_ = key
        member.line = line
        return member


class Metric(StrEnum):
    """What is measured. ``loinc`` may hold several codes, all sent; ``digits`` are the decimals shown on a screen."""

    mdc: int
    loinc: tuple[str, ...]
    ucum: str
    unit: str
    digits: int
    label: str

    def __new__(cls, key: str, mdc: int, loinc: tuple[str, ...], ucum: str, unit: str, digits: int, label: str) -> Self:  # noqa: PLR0913, PLR0917 - one row of the table
        """Make a member from its row."""
        member = str.__new__(cls, key)
        member._value_ = key
        member.mdc, member.loinc, member.ucum = mdc, loinc, ucum
        member.unit, member.digits, member.label = unit, digits, label
        return member

    SYSTOLIC = "systolic", 150021, ("8480-6",), "mm[Hg]", "mmHg", 0, "Systolique"
    DIASTOLIC = "diastolic", 150022, ("8462-4",), "mm[Hg]", "mmHg", 0, "Diastolique"
    MEAN_PRESSURE = "mean-pressure", 150023, ("8478-0",), "mm[Hg]", "mmHg", 0, "Pression moyenne"
    PULSE_CUFF = "pulse-cuff", 149546, ("8867-4",), "/min", "/min", 0, "Pouls"
    PULSE_OXIMETER = "pulse-oximeter", 149530, ("8867-4",), "/min", "/min", 0, "Pouls"
    SATURATION = "saturation", 150456, ("2708-6", "59408-5"), "%", "%", 0, "Saturation"
    PERFUSION = "perfusion", 150448, ("61006-3",), "%", "%", 1, "Perfusion"
    TEMPERATURE = "temperature", 150364, ("8310-5",), "Cel", "°C", 1, "Température"
    HEART_RATE = "heart-rate", 147842, ("8867-4",), "/min", "/min", 0, "Fréquence cardiaque"
    WEIGHT = "weight", 188736, ("29463-7",), "kg", "kg", 1, "Poids"
    GLUCOSE = "glucose", 160184, ("2345-7", "2339-0"), "mg/dL", "mg/dL", 0, "Glycémie"


PRESSURE_PANEL = "85354-9"
"""LOINC of the blood pressure panel; MDC 150020."""

_ARITHMETIC = Context(prec=28, traps=[])
_LARGEST = 18
"""Power of ten beyond which a converted value is absurd and is left with its 28 figures."""


def convert(value: Decimal, ucum: str, metric: Metric) -> Decimal:
    """``value`` in ``ucum`` (see ``convertible``) as ``metric.ucum``, rounded to one digit beyond ``metric.digits``.

    Any finite value converts; KeyError on a pair of units that has no conversion.
    """
    offset, factor, divisor = _CONVERSIONS[ucum, metric.ucum]
    shifted = _ARITHMETIC.subtract(value, offset)
    result = _ARITHMETIC.divide(_ARITHMETIC.multiply(shifted, factor), divisor)
    if result.adjusted() > _LARGEST:
        return result
    return result.quantize(Decimal(1).scaleb(-metric.digits - 1), context=_ARITHMETIC)


_CONVERSIONS = {
    ("kPa", "mm[Hg]"): (Decimal(0), MMHG_PER_KPA, Decimal(1)),
    ("[degF]", "Cel"): (Decimal(32), Decimal(5), Decimal(9)),
    ("[lb_av]", "kg"): (Decimal(0), KG_PER_POUND, Decimal(1)),
    ("mmol/L", "mg/dL"): (Decimal(0), MG_DL_PER_MMOL_L, Decimal(1)),
    ("g/L", "mg/dL"): (Decimal(0), Decimal(100), Decimal(1)),
}


def convertible(metric: Metric) -> frozenset[str]:
    """The UCUM codes, other than its own, in which an instrument may report ``metric``."""
    return frozenset(ucum for ucum, into in _CONVERSIONS if into == metric.ucum)


class Doubt(StrEnum):
    """A reason not to take a number at its face value: IEEE 11073 measurement-status and the profiles' own flags.

    ``line`` says it to the operator; ``void`` doubts mean that there is no number at all. In the order of telling:
    void ones first, the most telling of them first.
    """

    line: str
    void: bool

    def __new__(cls, key: str, line: str, void: bool = False) -> Self:  # noqa: FBT001, FBT002 - one row of the table
        """Make a member from its row."""
        member = str.__new__(cls, key)
        member._value_ = key
        member.line, member.void = line, void
        return member

    FINGER_OUT = "finger-out", "doigt absent", True
    SENSOR_UNPLUGGED = "sensor-unplugged", "capteur débranché", True
    NO_CONTACT = "no-contact", "capteur sans contact avec la peau", True
    SENSOR_FAULT = "sensor-fault", "capteur en défaut, recommencez", True
    SAMPLE_SIZE = "sample-too-small", "goutte trop petite, recommencez avec une autre bandelette", True
    STRIP = "strip", "bandelette mal placée ou refusée, recommencez avec une autre", True
    INVALID = "invalid", "mesure déclarée invalide par l’instrument, recommencez", True
    ABOVE_RANGE = "above-range", "au-dessus de ce que l’instrument mesure", True
    BELOW_RANGE = "below-range", "en dessous de ce que l’instrument mesure", True
    RESERVED = "reserved-value", "valeur inconnue de l’instrument", True
    UNAVAILABLE = "unavailable", "mesure pas encore disponible", True
    NOT_AT_RESOLUTION = "not-at-this-resolution", "valeur non mesurable, recommencez", True
    NOT_A_NUMBER = "not-a-number", "mesure en échec, recommencez", True
    MOVEMENT = "movement", "le patient a bougé, recommencez"
    OUT_OF_TEMPERATURE = "out-of-temperature", "instrument trop chaud ou trop froid, recommencez plus tard"
    BATTERY_LOW = "battery-low", "pile de l’instrument faible pendant la mesure"
    CUFF_LOOSE = "cuff-loose", "brassard trop lâche, recommencez"
    CUFF_POSITION = "cuff-position", "brassard mal placé, recommencez"
    IRREGULAR_PULSE = "irregular-pulse", "pouls irrégulier"
    PULSE_ABOVE = "pulse-above-range", "pouls au-dessus de la plage de l’instrument"
    PULSE_BELOW = "pulse-below-range", "pouls au-dessous de la plage de l’instrument"
    SENSOR_DISPLACED = "sensor-displaced", "capteur mal placé"
    DELAYED = "delayed", "valeur rafraîchie avec retard"
    WEAK_SIGNAL = "weak-signal", "signal faible"
    LOW_PERFUSION = "low-perfusion", "perfusion faible"
    INTERFERENCE = "interference", "signal perturbé"
    EARLY_ESTIMATE = "early-estimate", "première estimation"
    ONGOING = "measurement-ongoing", "mesure en cours"
    QUESTIONABLE = "questionable", "mesure douteuse selon l’instrument"
    CALIBRATION = "calibration-ongoing", "étalonnage en cours"
    DEMO = "demo-data", "donnée de démonstration"
    TEST = "test-data", "donnée de test"
    CLOCK = "clock-doubtful", "horloge de l’instrument fausse ou absente"
    CONTROL_SOLUTION = "control-solution", "mesure d’une solution de contrôle, pas de la personne"
    OTHER_PERSON = "other-person", "écart de plus de 10 % avec le poids connu : est-ce la même personne ?"
    UNUSUAL = "unusual", "valeur inhabituelle, à confirmer"
    IMPOSSIBLE = "impossible", "valeur impossible pour ce capteur"


ASKED = frozenset({Doubt.UNUSUAL, Doubt.OTHER_PERSON})
"""Doubts that wait for « êtes-vous sûr ? »."""


class Meal(Worded):
    """When a glucose was taken (Glucose Measurement Context 0x2A34, meal)."""

    BEFORE = "before-meal", "avant le repas"
    AFTER = "after-meal", "après le repas"
    FASTING = "fasting", "à jeun"
    CASUAL = "casual", "en dehors d’un repas"
    BEDTIME = "bedtime", "au coucher"


class Site(StrEnum):
    """Where on the body; ``snomed`` is the SNOMED CT concept (bodySite), for sites that only pictures have as DICOM
    PS3.16 gives it (CID 4031, 4029, 4061, Annex L)."""

    label: str
    snomed: str

    def __new__(cls, key: str, label: str, snomed: str) -> Self:
        """Make a member from its row."""
        member = str.__new__(cls, key)
        member._value_ = key
        member.label, member.snomed = label, snomed
        return member

    LEFT_ARM = "left-arm", "bras gauche", "368208006"
    RIGHT_ARM = "right-arm", "bras droit", "368209003"
    LEFT_WRIST = "left-wrist", "poignet gauche", "5951000"
    RIGHT_WRIST = "right-wrist", "poignet droit", "9736006"
    FINGER = "finger", "doigt", "7569003"
    EAR = "ear", "oreille", "117590005"
    TYMPANUM = "tympanum", "tympan", "42859004"
    FOREHEAD = "forehead", "front", "52795006"
    ARMPIT = "armpit", "aisselle", "91470000"
    MOUTH = "mouth", "bouche", "123851003"
    RECTUM = "rectum", "rectum", "34402009"
    TOE = "toe", "orteil", "29707007"
    BODY = "body", "corps", "38266002"
    GASTROINTESTINAL = "gastrointestinal", "tube digestif", "122865005"
    LEFT_EAR = "left-ear", "oreille gauche", "89644007"
    RIGHT_EAR = "right-ear", "oreille droite", "25577004"
    FACE = "face", "visage", "89545001"
    NECK = "neck", "cou", "45048000"
    CHEST = "chest", "thorax", "51185008"
    ABDOMEN = "abdomen", "abdomen", "818983003"
    BACK = "back", "dos", "77568009"
    HAND = "hand", "main", "85562004"
    LEG = "leg", "jambe", "61685007"
    FOOT = "foot", "pied", "56459004"
    ROOM = "room", "vue d’ensemble", "38266002"
    SCALP = "scalp", "cuir chevelu", "41695006"
    EYE = "eye", "œil", "81745001"
    SHOULDER = "shoulder", "épaule", "16982005"
    FOREARM = "forearm", "avant-bras", "14975008"
    HIP = "hip", "hanche", "29836001"
    BUTTOCK = "buttock", "fesse", "22180002"
    SACRUM = "sacrum", "sacrum", "54735007"
    THIGH = "thigh", "cuisse", "68367000"
    KNEE = "knee", "genou", "72696002"
    HEEL = "heel", "talon", "84607009"
    UPPER_TEETH = "upper-teeth", "dents du haut", "39481002"
    LOWER_TEETH = "lower-teeth", "dents du bas", "88176008"
    TONGUE = "tongue", "langue", "21974007"
    MOUTH_FLOOR = "mouth-floor", "sous la langue", "36152006"
    ORAL_MUCOSA = "oral-mucosa", "joue ou palais", "113277000"
    THROAT = "throat", "gorge", "54066008"
    HEART = "heart", "cœur", "80891009"
    BLADDER = "bladder", "vessie", "89837001"


class Position(StrEnum):
    """Where a stethoscope is placed: the four cardiac areas and Erb's point, trachea and lung fields."""

    label: str
    heart: bool

    def __new__(cls, key: str, label: str, heart: bool = False) -> Self:  # noqa: FBT001, FBT002 - one row of the table
        """Make a member from its row."""
        member = str.__new__(cls, key)
        member._value_ = key
        member.label, member.heart = label, heart
        return member

    AORTIC = "aortic", "foyer aortique", True
    PULMONARY = "pulmonary", "foyer pulmonaire", True
    ERB = "erb", "point d’Erb", True
    TRICUSPID = "tricuspid", "foyer tricuspide", True
    MITRAL = "mitral", "foyer mitral", True
    CAROTID_LEFT = "left-carotid", "carotide gauche", True
    CAROTID_RIGHT = "right-carotid", "carotide droite", True
    TRACHEA = "trachea", "trachée"
    FRONT_UPPER_LEFT = "front-upper-left", "devant, en haut à gauche"
    FRONT_UPPER_RIGHT = "front-upper-right", "devant, en haut à droite"
    FRONT_LOWER_LEFT = "front-lower-left", "devant, en bas à gauche"
    FRONT_LOWER_RIGHT = "front-lower-right", "devant, en bas à droite"
    BACK_UPPER_LEFT = "back-upper-left", "dos, en haut à gauche"
    BACK_UPPER_RIGHT = "back-upper-right", "dos, en haut à droite"
    BACK_LOWER_LEFT = "back-lower-left", "dos, base gauche"
    BACK_LOWER_RIGHT = "back-lower-right", "dos, base droite"
    ABDOMEN = "abdomen", "abdomen"

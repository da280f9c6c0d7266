# SPDX-License-Identifier: Apache-2.0
"""States and entries for every screen: the usual ones, and the widest that can come."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import msgspec

from device.clock import Instant
from device.codes import Doubt, Metric, Site
from device.entry import (
    AsideReason,
    Body,
    CaptureTaken,
    ConclusionWritten,
    ConsentForm,
    ConsentGiven,
    EncounterClosed,
    EncounterOpened,
    Entry,
    IdentityConfirmed,
    Incident,
    MeasurementRecorded,
    MeasurementSetAside,
    Outcome,
    OxygenNoted,
    PractitionerJoined,
)
from device.measurement import Measurement, Provenance
from device.people import IdentityStatus, Operator, Patient, Practitioner, Sex
from device.station.state import (
    CallPhase,
    CallState,
    CameraPhase,
    CameraState,
    CartInfo,
    EncounterState,
    InstrumentPhase,
    InstrumentState,
    Live,
    Notice,
    QueueState,
    ShownText,
    State,
)

WALL = datetime(2026, 11, 21, 13, 32, tzinfo=UTC)
NOW = 5000.0
ENCOUNTER = UUID(int=7)
CAMILLE = Operator("camille", "Camille Morel", "infirmière")
OPERATORS = (
    CAMILLE,
    Operator("karim", "Karim Haddad", "infirmier"),
    Operator("sophie", "Sophie Petit", "aide-soignante"),
)
LONG_OPERATORS = (
    Operator("camille", "Marie-Antoinette Martin-Desroches", "infirmière de pratique avancée"),
    *OPERATORS[1:],
)
JEANNE = Patient(
    "IPP-1012",
    "Leroux",
    "Jeanne",
    date(1936, 3, 12),
    Sex.FEMALE,
    "Jeanne, Marie",
    "Albi",
    "12",
    IdentityStatus.RETRIEVED,
)
PAUL = Patient("IPP-1003", "Bernard", "Paul", date(1931, 7, 4), Sex.MALE, "Paul, Henri", "Gaillac", "3")
LONGEST = Patient(
    "IPP-9999",
    "Martin-Desroches",
    "Marie-Antoinette",
    date(1929, 12, 28),
    Sex.FEMALE,
    "Marie-Antoinette, Bernadette, Joséphine",
    "Saint-Remy-en-Bouzemont-Saint-Genest-et-Isson",
    "112 bis",
    IdentityStatus.PROVISIONAL,
)
DIALLO = Practitioner("p1", "Dr Aïssata Diallo · médecin traitant")
CART = CartInfo("Chariot 3", "EHPAD Les Tilleuls", "05 63 00 00 01", "05 63 00 00 00")
CUFF = Provenance("cuff", "and-ua-651ble", "A&D UA-651", "4021")
OXIMETER = Provenance("oximeter", "nonin-3230", "Nonin 3230", "1187")
THERMOMETER = Provenance("thermometer", "and-ut-201ble", "A&D UT-201", "0077")
LONG_CUFF = Provenance("cuff", "x", "Microlife WatchBP Home A BT", "2021-44-0012345")
RESIDENTS = (
    PAUL,
    JEANNE,
    Patient("3", "Marchand", "Odette", date(1939, 11, 28), Sex.FEMALE, room="7"),
    LONGEST,
    Patient("5", "Nguyen", "Van Minh", date(1941, 1, 15), Sex.MALE, room="21"),
    Patient("6", "Rousseau", "Lucienne", date(1934, 5, 30), Sex.FEMALE, room="9"),
)
EARS = (Site.RIGHT_EAR, Site.LEFT_EAR)
SKIN = (Site.FACE, Site.NECK, Site.CHEST, Site.ABDOMEN, Site.BACK, Site.HAND, Site.LEG, Site.FOOT)
CAMERAS = (
    CameraState("room", "Salle", "room", CameraPhase.LIVE, "", (Site.ROOM, Site.FACE)),
    CameraState("oto", "Otoscope", "otoscope", CameraPhase.LIVE, "", EARS),
    CameraState("derm", "Dermatoscope", "dermatoscope", CameraPhase.LIVE, "", SKIN),
)
INSTRUMENTS = (
    InstrumentState(
        "cuff",
        "Tensiomètre",
        "A&D UA-651",
        "4021",
        (Metric.SYSTOLIC, Metric.DIASTOLIC, Metric.PULSE_CUFF),
        InstrumentPhase.READY,
        74,
    ),
    InstrumentState(
        "oximeter",
        "Oxymètre",
        "Nonin 3230",
        "1187",
        (Metric.SATURATION, Metric.PULSE_OXIMETER),
        InstrumentPhase.CONNECTED,
        61,
    ),
    InstrumentState(
        "thermometer", "Thermomètre", "A&D UT-201", "0077", (Metric.TEMPERATURE,), InstrumentPhase.READY, 12
    ),
)


def at(seconds: float = 0.0) -> Instant:
    """``seconds`` before now."""
    return Instant(datetime.fromtimestamp(WALL.timestamp() - seconds, UTC), NOW - seconds, trusted=True)


def base(**changes: object) -> State:
    state = State(
        revision=1,
        now=at(),
        cart=CART,
        operators=OPERATORS,
        cameras=CAMERAS,
        camera="oto",
        instruments=INSTRUMENTS,
        queue=QueueState(at(), reachable=True),
        online=True,
        online_since=at(700),
        battery=82,
    )
    return msgspec.structs.replace(state, **changes)


def encounter(patient: Patient = JEANNE, **changes: object) -> EncounterState:
    one = EncounterState(
        ENCOUNTER,
        1,
        patient,
        CAMILLE,
        at(401),
        identified=at(400),
        consent=ConsentForm.ORAL,
        oxygen_known=True,
        call_requested=True,
    )
    return msgspec.structs.replace(one, **changes)


def identity(sequence: int) -> UUID:
    """The id of the entry of that sequence."""
    return UUID(int=1000 + sequence)


def entry(sequence: int, body: Body, seconds: float = 60.0) -> Entry:
    return Entry(sequence, identity(sequence), ENCOUNTER, at(seconds), body, "")


def measured(metric: Metric, value: str | None, **more: object) -> Measurement:
    return Measurement(metric, None if value is None else Decimal(value), **more)


def pressure(
    high: str, low: str, pulse: str = "74", site: Site = Site.LEFT_ARM, doubts: Sequence[Doubt] = ()
) -> tuple[Measurement, ...]:
    said = frozenset(doubts)
    return (
        measured(Metric.SYSTOLIC, high, site=site, doubts=said),
        measured(Metric.DIASTOLIC, low, site=site, doubts=said),
        measured(Metric.PULSE_CUFF, pulse, site=site),
    )


def live(
    metric: Metric,
    value: str | None,
    seconds: float = 0.3,
    *,
    linked: bool = True,
    doubts: Sequence[Doubt] = (),
    by: Provenance = OXIMETER,
) -> Live:
    return Live(measured(metric, value, continuous=True, doubts=frozenset(doubts)), by, at(seconds), linked)


def opened(patient: Patient = JEANNE) -> list[Entry]:
    return [
        entry(1, EncounterOpened(CAMILLE, patient), 401),
        entry(2, IdentityConfirmed(CAMILLE), 400),
        entry(3, ConsentGiven(ConsentForm.ORAL, CAMILLE), 395),
        entry(4, PractitionerJoined(DIALLO), 300),
    ]


def usual() -> list[Entry]:
    """An encounter with values, a capture, an incident, two set aside."""
    old = datetime(2026, 11, 20, 18, 20)  # noqa: DTZ001 - an instrument's clock is naive
    unset = datetime(2021, 1, 1, 0, 3)  # noqa: DTZ001 - likewise
    aside = [
        measured(Metric.SYSTOLIC, "171", taken=old, stored=True),
        measured(Metric.DIASTOLIC, "98", taken=old, stored=True),
    ]
    other = [
        measured(Metric.SYSTOLIC, "118", taken=unset, stored=True),
        measured(Metric.DIASTOLIC, "70", taken=unset, stored=True),
    ]
    return [
        *opened(),
        entry(5, OxygenNoted(Decimal(0), CAMILLE), 200),
        entry(6, MeasurementSetAside(AsideReason.BEFORE_PATIENT, tuple(aside), CUFF, at(190)), 190),
        entry(7, MeasurementSetAside(AsideReason.CLOCK_UNSET, tuple(other), CUFF, at(189)), 189),
        entry(8, MeasurementRecorded(pressure("132", "81"), CUFF, at(180)), 180),
        entry(
            9,
            MeasurementRecorded(
                (measured(Metric.SATURATION, "96"), measured(Metric.PULSE_OXIMETER, "74")), OXIMETER, at(15)
            ),
            15,
        ),
        entry(
            10, CaptureTaken("oto", "Otoscope", Site.RIGHT_EAR, "0" * 64, "image/jpeg", 200000, 1280, 960, at(100)), 100
        ),
        entry(11, Incident("network-cut", "réseau coupé", 100.0), 90),
    ]


def widest(patient: Patient = LONGEST) -> list[Entry]:
    """The widest values, the longest doubts and names."""
    doubts = (Doubt.CUFF_LOOSE, Doubt.MOVEMENT, Doubt.IRREGULAR_PULSE, Doubt.CLOCK)
    taken = datetime(2021, 12, 28, 23, 58)  # noqa: DTZ001 - an instrument's clock is naive
    stored = tuple(
        msgspec.structs.replace(one, taken=taken, stored=True)
        for one in pressure("300", "200", "199", Site.LEFT_WRIST, doubts)
    )
    return [
        *opened(patient),
        *(entry(n, MeasurementSetAside(AsideReason.NO_TIME, stored, LONG_CUFF, at(190)), 190) for n in (5, 6, 7, 8, 9)),
        entry(
            10, MeasurementRecorded(pressure("300", "200", "199", Site.RIGHT_WRIST, doubts), LONG_CUFF, at(180)), 180
        ),
        entry(
            11,
            MeasurementRecorded(
                (measured(Metric.SATURATION, "100"), measured(Metric.PULSE_OXIMETER, "199")), OXIMETER, at(170)
            ),
            170,
        ),
        entry(
            12,
            MeasurementRecorded(
                (measured(Metric.TEMPERATURE, "42.85", site=Site.FOREHEAD, doubts=frozenset({Doubt.CLOCK})),),
                LONG_CUFF,
                at(170),
            ),
            170,
        ),
        entry(
            13,
            CaptureTaken(
                "derm", "Dermatoscope polarisé", Site.ABDOMEN, "0" * 64, "image/jpeg", 200000, 1280, 960, at(100)
            ),
            100,
        ),
        entry(14, Incident("network-cut", "la communication avec le médecin a été interrompue", 4000.0), 90),
    ]


SIGN_IN = base()
HOME = base(operator=CAMILLE)
CONSENT = base(operator=CAMILLE, encounter=encounter(identified=None, consent=None, oxygen_known=False))
IDENTIFIED = base(operator=CAMILLE, encounter=encounter(consent=None, oxygen_known=False))
LIVES = (live(Metric.SATURATION, "96"), live(Metric.PULSE_OXIMETER, "74"))
TALKING = CallState(CallPhase.CONNECTED, at(300), DIALLO)
LINK = "https://rendezvous.example.fr/d/qTq3vA8hYx2mR0aC9sWbLw"


def talking(**changes: object) -> State:
    sent = tuple(UUID(int=1000 + n) for n in (3, 8))
    queue = QueueState(at(), reachable=True, waiting=2, oldest=at(20), acknowledged=sent)
    state = base(operator=CAMILLE, encounter=encounter(), live=LIVES, call=TALKING, newest=11, queue=queue)
    return msgspec.structs.replace(state, **changes)


def closed(**changes: object) -> State:
    return talking(encounter=encounter(closed=at(1)), live=(), call=CallState(), newest=13, **changes)


def ending(
    text: str = "Otite externe droite. Gouttes 3 fois par jour pendant 7 jours. Revoir si fièvre.",
) -> list[Entry]:
    return [entry(20, ConclusionWritten(text, DIALLO), 5), entry(21, EncounterClosed(Outcome.FINISHED, CAMILLE), 1)]


NOTICES = (
    Notice("BLE-04", "Le Bluetooth redémarre. Vous pouvez saisir les mesures à la main en attendant."),
    Notice("JRN-02", "Le stockage est presque plein : prévenez le service technique au 05 63 00 00 01."),
)
TEXT = ShownText("Respirez bien fort", "Dr Diallo")

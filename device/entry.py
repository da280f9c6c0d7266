# SPDX-License-Identifier: Apache-2.0
"""The journal's entries: every clinical fact, written once, in order.

A body's tag is its kind. Bodies only ever gain optional fields; a kind is never renamed (old journals stay readable).
"""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Literal
from uuid import UUID

import msgspec

from device.clock import Instant
from device.codes import Metric, Position, Site, Worded
from device.measurement import Measurement, Provenance
from device.people import Operator, Patient, Practitioner

CART = UUID(int=0)
"""The ``encounter`` of entries that belong to the cart and to no encounter."""


class ConsentForm(StrEnum):
    """How a consent was given."""

    ORAL = "oral"
    WRITTEN = "written"
    REPRESENTATIVE = "representative"


class Outcome(StrEnum):
    """Why an encounter was closed."""

    FINISHED = "finished"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    WRONG_PATIENT = "wrong-patient"


class AsideReason(Worded):
    """Why a measurement was set aside (decision 0004); ``line`` is what the operator reads."""

    NO_PATIENT = "no-patient", "aucun dossier n’était ouvert"
    BEFORE_PATIENT = "before-patient", "prise avant que cette personne soit identifiée sur ce chariot"
    NO_TIME = "no-time", "l’instrument ne dit pas quand : on ne sait ni quand ni pour qui"
    CLOCK_UNSET = "clock-unset", "son horloge n’était pas réglée : on ne sait ni quand ni pour qui"
    NOT_NEWEST = "not-newest", "l’instrument en a envoyé une plus récente"
    FUTURE = "future", "son horloge est en avance : on ne sait ni quand ni pour qui"
    IMPOSSIBLE = "impossible", "valeur impossible pour ce capteur"
    NOT_ENROLLED = "not-enrolled", "cet instrument n’est pas enregistré sur ce chariot"
    ENDED = "ended", "la téléconsultation était terminée"
    NOT_REAL = "not-real", "donnée de test ou de démonstration de l’instrument"
    CONTROL_SOLUTION = "control-solution", "mesure d’une solution de contrôle, pas d’une personne"


class _Body(msgspec.Struct, frozen=True, tag_field="kind", omit_defaults=True):
    pass


class EncounterOpened(_Body, frozen=True, tag="encounter-opened"):
    """A patient was chosen by an operator."""

    operator: Operator
    patient: Patient


class IdentityConfirmed(_Body, frozen=True, tag="identity-confirmed"):
    """The patient said name and date of birth again: measurements may be admitted from this instant."""

    by: Operator


class ConsentGiven(_Body, frozen=True, tag="consent-given"):
    """Consent to the encounter and its media. ``given_by`` names a representative or witness."""

    form: ConsentForm
    recorded_by: Operator
    given_by: str = ""
    text_version: str = "fr-1"


class ConsentRefused(_Body, frozen=True, tag="consent-refused"):
    """The patient said no."""

    recorded_by: Operator


class ConsentWithdrawn(_Body, frozen=True, tag="consent-withdrawn"):
    """The patient stopped the call or the encounter."""

    recorded_by: Operator


class CallRequested(_Body, frozen=True, tag="call-requested"):
    """The operator called a doctor: until it is ended, the call is dialled again whatever happens."""

    by: Operator


class CallEnded(_Body, frozen=True, tag="call-ended"):
    """The operator hung up; the encounter goes on."""

    by: Operator


class PractitionerJoined(_Body, frozen=True, tag="practitioner-joined"):
    """A doctor was admitted to the call."""

    practitioner: Practitioner


class PractitionerLeft(_Body, frozen=True, tag="practitioner-left"):
    """A doctor left, or was lost for good."""

    practitioner: Practitioner


class ConferenceOpened(_Body, frozen=True, tag="conference-opened"):
    """The operator, for the patient who agreed, let a conference in: until it is closed, its server is sent the room's
    picture and sound, and everybody there may see and hear them."""

    by: Operator


class ConferenceClosed(_Body, frozen=True, tag="conference-closed"):
    """Nothing is sent to the conference any more; ``by`` None: it ended with the cart's restart."""

    by: Operator | None = None


class MeasurementRecorded(_Body, frozen=True, tag="measurement-recorded"):
    """One group of measurements admitted to the encounter (a pressure with its pulse, a saturation with its pulse).

    ``attributed`` names the set-aside entry that an operator attributed, and ``by`` who did. ``at`` (aware, UTC) is
    when it was taken, by our clock: ``received`` when it was live, else the instrument's time on a clock that can be
    believed; None when that is not known."""

    measurements: tuple[Measurement, ...]
    provenance: Provenance
    received: Instant
    attributed: UUID | None = None
    by: Operator | None = None
    at: datetime | None = None


class MeasurementSetAside(_Body, frozen=True, tag="measurement-set-aside"):
    """A group kept out of the encounter until somebody attributes or discards it. ``at`` as in MeasurementRecorded."""

    reason: AsideReason
    measurements: tuple[Measurement, ...]
    provenance: Provenance
    received: Instant
    at: datetime | None = None


class MeasurementDiscarded(_Body, frozen=True, tag="measurement-discarded"):
    """A set-aside group that the operator put away."""

    aside: UUID
    by: Operator


class MeasurementConfirmed(_Body, frozen=True, tag="measurement-confirmed"):
    """An unusual value that the operator confirmed ("êtes-vous sûr ?")."""

    entry: UUID
    by: Operator


class EnteredInError(_Body, frozen=True, tag="entered-in-error"):
    """A recorded entry that was wrong; it stays, marked (FHIR entered-in-error)."""

    entry: UUID
    reason: str
    by: Operator


class TraceRecorded(_Body, frozen=True, tag="trace-recorded"):
    """A block of a 1 Hz stream: ``samples`` holds (milliseconds after ``received``, value or None)."""

    metric: Metric
    provenance: Provenance
    received: Instant
    samples: tuple[tuple[int, Decimal | None], ...]


class OxygenNoted(_Body, frozen=True, tag="oxygen-noted"):
    """The oxygen context of every saturation of the encounter, those before it included until one is noted again.
    ``litres`` per minute; 0 is room air."""

    litres: Decimal
    by: Operator


class SiteNoted(_Body, frozen=True, tag="site-noted"):
    """Where the next measurements of ``metric`` are taken."""

    metric: Metric
    site: Site
    by: Operator


class CaptureTaken(_Body, frozen=True, tag="capture-taken"):
    """A still kept: ``sha256`` (hex) names its bytes in the attachments. ``camera_label`` and ``role`` are those of the
    camera's row (``device.camera.Role``; "" in entries of before)."""

    camera: str
    camera_label: str
    site: Site
    sha256: str
    media_type: str
    size: int
    width: int
    height: int
    taken: Instant
    by: Literal["operator", "practitioner"] = "operator"
    role: str = ""


class SoundRecorded(_Body, frozen=True, tag="sound-recorded"):
    """An auscultation kept without loss: ``sha256`` (hex) names its bytes in the attachments; ``seconds`` long,
    ``rate`` samples a second, one channel, no processing at all. ``gaps`` counts the blocks that the card lost."""

    instrument: str
    label: str
    position: Position
    sha256: str
    media_type: str
    size: int
    rate: int
    seconds: float
    taken: Instant
    by: Literal["operator", "practitioner"] = "operator"
    gaps: int = 0


class DocumentAttached(_Body, frozen=True, tag="document-attached"):
    """A file of an instrument that the cart does not drive (ECG, ultrasound), checked and attached by an operator.
    ``what`` is "ecg", "ultrasound" or "document"; ``pages`` counts pages or frames; ``patient`` is what the file itself
    says of whose it is, "" when it says nothing."""

    title: str
    what: Literal["ecg", "ultrasound", "document"]
    sha256: str
    media_type: str
    size: int
    pages: int
    attached: Instant
    by: Operator
    patient: str = ""


class TextShown(_Body, frozen=True, tag="text-shown"):
    """Large text put on the patient's screen."""

    text: str
    by: str
    role: Literal["operator", "practitioner"]


class MicrophoneAsked(_Body, frozen=True, tag="microphone-asked"):
    """A doctor asked that the cart's microphone be turned ``on`` or off, and what became of it: ``operator`` is who
    granted or refused it, None when nobody answered in time. Nothing changed unless it was granted."""

    on: bool
    by: Practitioner
    answer: Literal["granted", "refused", "expired"]
    operator: Operator | None = None


class ConclusionWritten(_Body, frozen=True, tag="conclusion-written"):
    """The doctor's words; a later one replaces it in the report, both stay here."""

    text: str
    by: Practitioner


class Incident(_Body, frozen=True, tag="incident"):
    """A technical incident (art. R. 6316-4 CSP wants them in the file): ``what`` is "network-cut", "device-restarted",
    "camera-lost"…; ``seconds`` once it is over."""

    what: str
    line: str
    seconds: float | None = None


class InstrumentEnrolled(_Body, frozen=True, tag="instrument-enrolled"):
    """A technician accepted an instrument on this cart (in the cart's own chain). ``account`` is whose program did."""

    instrument: str
    model: str
    serial: str
    account: str


class InstrumentRetired(_Body, frozen=True, tag="instrument-retired"):
    """A technician withdrew an instrument from this cart (in the cart's own chain)."""

    instrument: str
    model: str
    serial: str
    account: str


class EncounterClosed(_Body, frozen=True, tag="encounter-closed"):
    """The end, explicit and by a person. ``entries`` and ``previous`` seal the chain: they outlive a purge."""

    outcome: Outcome
    by: Operator
    entries: int = 0
    previous: str = ""


class FileClosed(_Body, frozen=True, tag="file-closed"):
    """The operator closed the patient's file: nothing of the patient stays on a screen."""

    by: Operator


Body = (
    EncounterOpened
    | IdentityConfirmed
    | ConsentGiven
    | ConsentRefused
    | ConsentWithdrawn
    | CallRequested
    | CallEnded
    | PractitionerJoined
    | PractitionerLeft
    | ConferenceOpened
    | ConferenceClosed
    | MeasurementRecorded
    | MeasurementSetAside
    | MeasurementDiscarded
    | MeasurementConfirmed
    | EnteredInError
    | TraceRecorded
    | OxygenNoted
    | SiteNoted
    | CaptureTaken
    | SoundRecorded
    | DocumentAttached
    | TextShown
    | MicrophoneAsked
    | ConclusionWritten
    | Incident
    | InstrumentEnrolled
    | InstrumentRetired
    | EncounterClosed
    | FileClosed
)


class Entry(msgspec.Struct, frozen=True):
    """One entry. ``sequence`` counts from 1 over the whole journal; ``id`` is a UUIDv7 (RFC 9562); ``digest`` is the
    SHA-256 (hex) of the previous digest of the same encounter and of this entry's canonical bytes."""

    sequence: int
    id: UUID
    encounter: UUID
    instant: Instant
    body: Body
    digest: str

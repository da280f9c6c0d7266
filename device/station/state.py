# SPDX-License-Identifier: Apache-2.0
"""What the station shows of itself: one snapshot, sent whole whenever it changes."""

from enum import StrEnum
from typing import Literal
from uuid import UUID

import msgspec

from device.camera import CameraPhase as CameraPhase  # noqa: PLC0414 - known by this name to those who read the state
from device.camera import CameraState as CameraState  # noqa: PLC0414 - likewise
from device.clock import Instant
from device.codes import Metric
from device.document import WaitingDocument as WaitingDocument  # noqa: PLC0414 - likewise
from device.entry import ConsentForm
from device.instrument import InstrumentPhase as InstrumentPhase  # noqa: PLC0414 - likewise
from device.instrument import InstrumentState as InstrumentState  # noqa: PLC0414 - likewise
from device.measurement import Measurement, Provenance
from device.people import Operator, Patient, Practitioner
from device.region import WHOLE, Region
from device.sound import ListeningPhase as ListeningPhase  # noqa: PLC0414 - likewise
from device.sound import ListeningState as ListeningState  # noqa: PLC0414 - likewise
from device.sound import SoundState as SoundState  # noqa: PLC0414 - likewise


class CartInfo(msgspec.Struct, frozen=True):
    """Which cart this is and whom to phone when all else fails."""

    name: str
    place: str
    phone: str
    doctor_phone: str
    training: bool = False


class EncounterState(msgspec.Struct, frozen=True):
    """The open file. ``first_sequence`` is where a reader starts to know all of it."""

    id: UUID
    first_sequence: int
    patient: Patient
    operator: Operator
    opened: Instant
    identified: Instant | None = None
    consent: ConsentForm | None = None
    closed: Instant | None = None
    oxygen_known: bool = False
    call_requested: bool = False


class Live(msgspec.Struct, frozen=True):
    """The newest sample of a stream, or the last failure of an instrument: shown, not (yet) recorded.
    ``linked`` false: the instrument is gone, this is the last it said and must look so."""

    measurement: Measurement
    provenance: Provenance
    received: Instant
    linked: bool


class CallPhase(StrEnum):
    """How the call is."""

    IDLE = "idle"
    DIALLING = "dialling"
    WAITING = "waiting"
    CONNECTED = "connected"
    INTERRUPTED = "interrupted"


MOST_DOCTORS = 3
"""Doctors on a call at once: each has a peer connection of its own with the cart. For more there are conference
servers."""


class DoctorState(msgspec.Struct, frozen=True):
    """A doctor on the call besides the one shown: whether their line lives, whether their microphone is on, and the
    control words of their connection."""

    practitioner: Practitioner
    alive: bool = True
    microphone: bool = True
    words: str = ""


class ConferencePhase(StrEnum):
    """How the conference on a server is. ``absent``: this cart has none; ``cut``: it is dialled again by itself."""

    ABSENT = "absent"
    CLOSED = "closed"
    OPENING = "opening"
    OPEN = "open"
    CUT = "cut"

    @property
    def lasts(self) -> bool:
        """Whether picture and sound go there, or will as soon as they can."""
        return self in {ConferencePhase.OPENING, ConferencePhase.OPEN, ConferencePhase.CUT}


class ConferenceState(msgspec.Struct, frozen=True):
    """The conference that listens to the call; ``line`` is what is wrong with it, ``shown``: the screen shows what
    comes from there instead of the doctor's picture."""

    phase: ConferencePhase = ConferencePhase.ABSENT
    since: Instant | None = None
    line: str = ""
    shown: bool = False


class CallState(msgspec.Struct, frozen=True):
    """The call. ``waiting``: invited, nobody there yet (``link`` and ``code`` are what a doctor needs);
    ``interrupted``: the path is dead, dialling again by itself since ``since``; ``microphone``: the practitioner's is
    on, as their page says; ``words``: the control words of the connection that stands; ``others``: the doctors besides
    the ``practitioner``, who is the one whose picture is shown."""

    phase: CallPhase = CallPhase.IDLE
    since: Instant | None = None
    practitioner: Practitioner | None = None
    knocking: tuple[Practitioner, ...] = ()
    link: str = ""
    code: str = ""
    ring: str = ""
    line: str = ""
    microphone: bool = True
    words: str = ""
    others: tuple[DoctorState, ...] = ()
    conference: ConferenceState = ConferenceState()

    @property
    def doctors(self) -> tuple[Practitioner, ...]:
        """Everybody who was let in, the one shown first."""
        shown = () if self.practitioner is None else (self.practitioner,)
        return (*shown, *(other.practitioner for other in self.others))

    @property
    def full(self) -> bool:
        """Whether nobody else can be let in."""
        lives = self.phase is CallPhase.CONNECTED and all(other.alive for other in self.others)
        return lives and len(self.doctors) >= MOST_DOCTORS


class Zoom(msgspec.Struct, frozen=True):
    """The part of the chosen camera's picture that the doctors are sent. ``number`` grows by one with each other part:
    every picture tells which it has. ``by`` is who wished it ("": it is whole); ``peer`` the doctor's page, "" for an
    operator."""

    number: int = 0
    region: Region = WHOLE
    by: str = ""
    peer: str = ""


class QueueState(msgspec.Struct, frozen=True):
    """What is not yet acknowledged by every records server; ``reported`` None: chevet-sync has not spoken yet."""

    reported: Instant | None = None
    reachable: bool = False
    waiting: int = 0
    quarantined: int = 0
    oldest: Instant | None = None
    why: str = ""
    acknowledged: tuple[UUID, ...] = ()
    code: str = ""
    bytes_waiting: int = 0
    seconds_left: float | None = None


class ShownText(msgspec.Struct, frozen=True):
    """Large text for the patient, and whose words they are."""

    text: str
    by: str


class MicrophoneRequest(msgspec.Struct, frozen=True):
    """A doctor asks that the cart's microphone be turned ``on`` or off; ``answer`` "" until somebody at the bedside has
    touched or its time is over, then for some seconds what it was."""

    id: str
    on: bool
    by: Practitioner
    asked: Instant
    answer: Literal["", "granted", "refused", "expired"] = ""


class ScannedIdentity(msgspec.Struct, frozen=True):
    """An INS datamatrix that was just scanned. ``patient`` has its traits, provisional, under a fresh id; ``resident``
    is the id of the one resident (or of the open file's patient) whose traits agree, "" where there is none: then
    ``patient`` may begin a file, once the operator has read it over. Gone after a minute, and when a file opens."""

    patient: Patient
    received: Instant
    resident: str = ""


class Notice(msgspec.Struct, frozen=True):
    """One calm line for the operator, with the technician's code."""

    code: str
    line: str


class State(msgspec.Struct, frozen=True):
    """The whole snapshot. ``revision`` grows by one at each change; ``online`` is the network as the cart sees it and
    ``online_since`` when that last changed; ``newest`` is the last sequence of the journal; ``warnings`` are lines for
    the technician alone: no screen of the bedside shows them."""

    revision: int
    now: Instant
    cart: CartInfo
    operators: tuple[Operator, ...]
    newest: int = 0
    operator: Operator | None = None
    encounter: EncounterState | None = None
    cameras: tuple[CameraState, ...] = ()
    camera: str = ""
    frozen: bool = False
    camera_on: bool = True
    microphone_on: bool = True
    instruments: tuple[InstrumentState, ...] = ()
    live: tuple[Live, ...] = ()
    call: CallState = CallState()
    queue: QueueState = QueueState()
    online: bool = False
    online_since: Instant | None = None
    battery: int | None = None
    text: ShownText | None = None
    asked: Metric | None = None
    notices: tuple[Notice, ...] = ()
    warnings: tuple[Notice, ...] = ()
    listening: ListeningState = ListeningState()
    sound: SoundState = SoundState()
    documents: tuple[WaitingDocument, ...] = ()
    scanned: ScannedIdentity | None = None
    microphone_request: MicrophoneRequest | None = None
    zoom: Zoom = Zoom()

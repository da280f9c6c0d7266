# SPDX-License-Identifier: Apache-2.0
"""What a person or a process may ask of the station. The tag is the command's name."""

from decimal import Decimal
from typing import Annotated, ClassVar, Literal
from uuid import UUID

import msgspec

from device.clock import Instant
from device.codes import Meal, Metric, Position, Site
from device.entry import ConsentForm
from device.people import Patient


class _Command(msgspec.Struct, frozen=True, tag_field="command", omit_defaults=True, forbid_unknown_fields=True):
    pass


class SignIn(_Command, frozen=True, tag="sign-in"):
    """Who is at the cart; ``pin`` is six digits."""

    operator: str
    pin: str


class SignOut(_Command, frozen=True, tag="sign-out"):
    """Leave the cart; refused while a file is open."""


class OpenEncounter(_Command, frozen=True, tag="open-encounter"):
    """A patient was chosen; refused while another file is open."""

    patient: Patient


class ConfirmIdentity(_Command, frozen=True, tag="confirm-identity"):
    """« Oui, c'est elle »."""


class WrongPatient(_Command, frozen=True, tag="wrong-patient"):
    """« Non, changer », at any moment: closes the encounter and its file."""


class GiveConsent(_Command, frozen=True, tag="give-consent"):
    """The patient agrees."""

    form: ConsentForm
    given_by: str = ""


class RefuseConsent(_Command, frozen=True, tag="refuse-consent"):
    """The patient says no: closes the encounter."""


class WithdrawConsent(_Command, frozen=True, tag="withdraw-consent"):
    """The patient stops: media ends at once."""


class CallDoctor(_Command, frozen=True, tag="call-doctor"):
    """Invite a doctor; needs a consent."""


class HangUp(_Command, frozen=True, tag="hang-up"):
    """End the call, not the encounter."""


class AdmitDoctor(_Command, frozen=True, tag="admit-doctor"):
    """Let a knocking doctor in."""

    peer: str


class RefuseDoctor(_Command, frozen=True, tag="refuse-doctor"):
    """Turn a knocking doctor away."""

    peer: str


class OpenConference(_Command, frozen=True, tag="open-conference"):
    """Send the room's picture and sound to the conference of ``cart.toml`` and play what comes back: everybody there
    sees and hears the patient, who agreed. Needs a call."""


class CloseConference(_Command, frozen=True, tag="close-conference"):
    """End that at once; the call goes on."""


class NoteOxygen(_Command, frozen=True, tag="note-oxygen"):
    """Litres per minute; 0 is room air."""

    litres: Decimal


class NoteSite(_Command, frozen=True, tag="note-site"):
    """Where the next measurements of a metric are taken."""

    metric: Metric
    site: Site


class AttributeMeasurement(_Command, frozen=True, tag="attribute-measurement"):
    """« C'est bien la sienne » : a set-aside group enters the encounter."""

    aside: UUID


class DiscardMeasurement(_Command, frozen=True, tag="discard-measurement"):
    """« Écarter »."""

    aside: UUID


class ConfirmMeasurement(_Command, frozen=True, tag="confirm-measurement"):
    """« Oui, c'est bien cette valeur »."""

    entry: UUID


class MarkEnteredInError(_Command, frozen=True, tag="mark-entered-in-error"):
    """A recorded entry was wrong."""

    entry: UUID
    reason: str


class ChooseCamera(_Command, frozen=True, tag="choose-camera"):
    """Which camera the doctor sees."""

    camera: str


class Freeze(_Command, frozen=True, tag="freeze"):
    """Hold the picture, or let it go."""

    frozen: bool


class ZoomPicture(_Command, frozen=True, tag="zoom-picture"):
    """Show the doctors a part of the chosen camera's picture, out of its full frame: its upper left corner and its
    width, as parts of the picture's sides (its height is the same part); ``width`` 1 is all of it."""

    x: Annotated[float, msgspec.Meta(ge=0, le=1)]
    y: Annotated[float, msgspec.Meta(ge=0, le=1)]
    width: Annotated[float, msgspec.Meta(gt=0, le=1)]


class Capture(_Command, frozen=True, tag="capture"):
    """Keep a still of the chosen camera at full resolution; a side or site is compulsory."""

    site: Site


class StartAuscultation(_Command, frozen=True, tag="start-auscultation"):
    """Listen with the stethoscope and record it, the position being compulsory."""

    position: Position


class StopAuscultation(_Command, frozen=True, tag="stop-auscultation"):
    """Stop listening; what was recorded is kept (``keep``) or thrown away."""

    keep: bool = True


class EnterMeasurement(_Command, frozen=True, tag="enter-measurement"):
    """A value read on an instrument's display and typed in: each of ``values`` is (metric, number in its UCUM unit).
    It is marked as manual for ever."""

    values: tuple[tuple[Metric, Decimal], ...]
    site: Site | None = None
    meal: Meal | None = None


class AttachDocument(_Command, frozen=True, tag="attach-document"):
    """A file that waits (``State.documents``) is this patient's: the operator compared the names."""

    document: str
    what: Literal["ecg", "ultrasound", "document"]


class DiscardDocument(_Command, frozen=True, tag="discard-document"):
    """A file that waits is put away."""

    document: str


class TestSound(_Command, frozen=True, tag="test-sound"):
    """Play a few notes and hear them: loudspeaker and microphone at once. Refused during a call."""

    __test__: ClassVar[bool] = False  # pytest takes any class of such a name for one of its own


class SetMicrophone(_Command, frozen=True, tag="set-microphone"):
    """Microphone on or off."""

    on: bool


class AskMicrophone(_Command, frozen=True, tag="ask-microphone"):
    """The doctor asks that the cart's microphone be turned on or off: somebody at the bedside has to agree."""

    on: bool


class AnswerMicrophone(_Command, frozen=True, tag="answer-microphone"):
    """Yes or no to the doctor's request ``id`` (``State.microphone_request``)."""

    id: str
    agree: bool


class SetCamera(_Command, frozen=True, tag="set-camera"):
    """Picture on or off."""

    on: bool


class ShowText(_Command, frozen=True, tag="show-text"):
    """Large text on the patient's screen, at most 80 characters."""

    text: str


class HideText(_Command, frozen=True, tag="hide-text"):
    """Take the large text away."""


class AskMeasurement(_Command, frozen=True, tag="ask-measurement"):
    """The doctor asks the nurse for a measurement."""

    metric: Metric


class WriteConclusion(_Command, frozen=True, tag="write-conclusion"):
    """The doctor's words."""

    text: str


class EndEncounter(_Command, frozen=True, tag="end-encounter"):
    """« Terminer »."""


class CloseFile(_Command, frozen=True, tag="close-file"):
    """« Fermer le dossier »."""


class Settled(msgspec.Struct, frozen=True):
    """A closed file of which every records server acknowledged everything, up to its entry ``last`` (a sequence)."""

    encounter: UUID
    last: int


class ReportQueue(_Command, frozen=True, tag="report-queue"):
    """From chevet-sync alone: what every records server has acknowledged and what waits.

    ``acknowledged`` are the entries of unfinished files that became resources which every server took: an entry that by
    nature is not sent (an incident, a text shown) is never there, nor does it wait. ``why`` is a French line or "",
    ``code`` its code for the technician.
    ``settled`` are files that may be purged when their time has come. ``bytes_waiting`` are on their way, for about
    ``seconds_left`` (None: nothing tells).
    """

    waiting: int
    quarantined: int
    oldest: Instant | None
    reachable: bool
    why: str
    acknowledged: tuple[UUID, ...]
    code: str = ""
    settled: tuple[Settled, ...] = ()
    bytes_waiting: int = 0
    seconds_left: float | None = None


Command = (
    SignIn
    | SignOut
    | OpenEncounter
    | ConfirmIdentity
    | WrongPatient
    | GiveConsent
    | RefuseConsent
    | WithdrawConsent
    | CallDoctor
    | HangUp
    | AdmitDoctor
    | RefuseDoctor
    | OpenConference
    | CloseConference
    | NoteOxygen
    | NoteSite
    | AttributeMeasurement
    | DiscardMeasurement
    | ConfirmMeasurement
    | MarkEnteredInError
    | ChooseCamera
    | Freeze
    | ZoomPicture
    | Capture
    | StartAuscultation
    | StopAuscultation
    | EnterMeasurement
    | AttachDocument
    | DiscardDocument
    | TestSound
    | SetMicrophone
    | AskMicrophone
    | AnswerMicrophone
    | SetCamera
    | ShowText
    | HideText
    | AskMeasurement
    | WriteConclusion
    | EndEncounter
    | CloseFile
    | ReportQueue
)

PRACTITIONERS_MAY = (
    ChooseCamera,
    Freeze,
    ZoomPicture,
    Capture,
    ShowText,
    HideText,
    AskMeasurement,
    AskMicrophone,
    WriteConclusion,
)
"""What a doctor may ask of the cart."""

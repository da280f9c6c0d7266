# SPDX-License-Identifier: Apache-2.0
"""What the journal's entries amount to: the open file, what is set aside, and what has already been seen.

Values only, made by ``evolve`` and read by everyone; nobody changes one in place.
"""

from decimal import Decimal
from uuid import UUID

import msgspec

from device.clock import Instant
from device.codes import ASKED, Metric, Site
from device.entry import (
    CART,
    CaptureTaken,
    ConclusionWritten,
    ConsentForm,
    DocumentAttached,
    Incident,
    MeasurementRecorded,
    MeasurementSetAside,
    Outcome,
    SoundRecorded,
)
from device.people import Operator, Patient, Practitioner


class Recorded(msgspec.Struct, frozen=True):
    """A recorded group and what became of it."""

    entry: UUID
    body: MeasurementRecorded
    instant: Instant
    confirmed: bool = False
    in_error: bool = False

    @property
    def unusual(self) -> bool:
        """Whether a value waits for « êtes-vous sûr ? »."""
        doubted = any(ASKED & one.doubts for one in self.body.measurements)
        return doubted and not self.confirmed and not self.in_error


class Captured(msgspec.Struct, frozen=True):
    """A capture and what became of it."""

    entry: UUID
    body: CaptureTaken
    in_error: bool = False


class Heard(msgspec.Struct, frozen=True):
    """An auscultation and what became of it."""

    entry: UUID
    body: SoundRecorded
    in_error: bool = False


class Attached(msgspec.Struct, frozen=True):
    """An imported document and what became of it."""

    entry: UUID
    body: DocumentAttached
    in_error: bool = False


class Aside(msgspec.Struct, frozen=True):
    """A group in the tray. ``chain`` is the encounter whose chain holds the entry, or CART."""

    entry: UUID
    chain: UUID
    body: MeasurementSetAside
    instant: Instant


class Encounter(msgspec.Struct, frozen=True):
    """The open file, from its opening until it is closed for good.

    Measurements are admitted from ``identified`` to ``closed``. ``closed`` with the file still open is the summary.
    ``withdrawn``: a consent was taken back and none was given since.
    """

    id: UUID
    first_sequence: int
    patient: Patient
    operator: Operator
    opened: Instant
    identified: Instant | None = None
    consent: ConsentForm | None = None
    withdrawn: bool = False
    call_requested: bool = False
    practitioners: tuple[Practitioner, ...] = ()
    conference: bool = False
    recorded: tuple[Recorded, ...] = ()
    captures: tuple[Captured, ...] = ()
    sounds: tuple[Heard, ...] = ()
    documents: tuple[Attached, ...] = ()
    oxygen: Decimal | None = None
    sites: dict[Metric, Site] = {}
    incidents: tuple[Incident, ...] = ()
    conclusion: ConclusionWritten | None = None
    closed: Instant | None = None
    outcome: Outcome | None = None

    @property
    def kept(self) -> tuple[Recorded | Captured | Heard | Attached, ...]:
        """Everything that may be marked as entered in error."""
        return (*self.recorded, *self.captures, *self.sounds, *self.documents)

    @property
    def running(self) -> bool:
        """Whether the encounter goes on: opened and not ended."""
        return self.closed is None

    @property
    def admitting(self) -> bool:
        """Whether a measurement may enter: the patient is identified and the encounter goes on."""
        return self.identified is not None and self.closed is None


class Bedside(msgspec.Struct, frozen=True):
    """Everything that decides: the open file or None, the tray, and the identities of groups already seen.

    ``aside`` holds what came while no patient was identified, and what the open file's own encounter set aside.
    ``settled`` are the set-aside entries attributed or discarded since the file was opened. ``known`` maps the identity
    of a group (``sameness``) to when it was last received.
    """

    encounter: Encounter | None = None
    aside: tuple[Aside, ...] = ()
    settled: frozenset[UUID] = frozenset()
    known: dict[str, Instant] = {}

    @property
    def file_chain(self) -> UUID:
        """The chain for what is done now: the open file's, or the cart's own."""
        return CART if self.encounter is None else self.encounter.id

    @property
    def measurement_chain(self) -> UUID:
        """The chain for what ``admit`` gives: the encounter's once its patient is identified, or the cart's own."""
        return self.encounter.id if self.encounter is not None and self.encounter.admitting else CART

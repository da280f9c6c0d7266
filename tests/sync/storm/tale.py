# SPDX-License-Identifier: Apache-2.0
"""The journal of a storm, in memory (``sync.journal.Entries``): the same identities and times for the same seed."""

from datetime import timedelta
from random import Random
from uuid import UUID

from device.clock import Instant
from device.entry import (
    Body,
    ConsentWithdrawn,
    EnteredInError,
    Entry,
    MeasurementConfirmed,
    MeasurementRecorded,
    Outcome,
)
from device.people import Operator
from tests.sync.story import (
    NURSE,
    START,
    call,
    capture,
    closing,
    conclusion,
    opening,
    oxygen,
    pressure,
    saturation,
    temperature,
)

OTHER = Operator("n-2", "Paul Roux", "aide-soignant")


class Tale:
    """Entries as they are told; ``jump`` moves the cart's clock."""

    def __init__(self, seed: int, picture: str, size: int) -> None:
        self._chance = Random(seed)  # noqa: S311 - a seed
        self._picture, self._size = picture, size
        self.entries: list[Entry] = []
        self.lanes: list[UUID] = []
        self._wall = START

    def jump(self, seconds: float) -> None:
        """The clock jumps; it is not trusted from then on."""
        self._wall += timedelta(seconds=seconds)

    def tell(self, lane: int, what: str) -> None:
        """What happens in an encounter; nothing where it makes no sense."""
        while len(self.lanes) <= lane:
            self.lanes.append(self._identity())
        encounter = self.lanes[lane]
        for body in self._bodies(encounter, what):
            self._wall += timedelta(seconds=10)
            number = len(self.entries) + 1
            instant = Instant(self._wall, number * 10.0, trusted=self._wall < START + timedelta(days=1))
            self.entries.append(Entry(number, self._identity(), encounter, instant, body, ""))

    def _bodies(self, encounter: UUID, what: str) -> tuple[Body, ...]:  # noqa: C901, PLR0911 - one a word
        recorded = [one for one in self.after(0, encounter=encounter) if isinstance(one.body, MeasurementRecorded)]
        match what:
            case "opening":
                return opening()
            case "pressure":
                return (pressure(str(self._chance.randint(90, 180)), seconds=len(self.entries) * 10.0),)
            case "saturation":
                return (saturation(str(self._chance.randint(85, 99)), seconds=len(self.entries) * 10.0),)
            case "temperature":
                return (temperature(f"{self._chance.randint(355, 400) / 10:.2f}"),)
            case "oxygen":
                return (oxygen(str(self._chance.randint(0, 9))),)
            case "capture":
                return (capture(self._picture, self._size),)
            case "conclusion":
                return (conclusion(f"Avis {self._chance.randint(0, 999)}."),)
            case "call":
                return call()
            case "withdrawal":
                return (ConsentWithdrawn(OTHER),)
            case "wrong" | "confirmed" if recorded:
                one = self._chance.choice(recorded)
                wrong = what == "wrong"
                return (EnteredInError(one.id, "erreur", NURSE) if wrong else MeasurementConfirmed(one.id, NURSE),)
            case _ if what in set(Outcome):
                return closing(Outcome(what))
        return ()

    def _identity(self) -> UUID:
        return UUID(int=self._chance.getrandbits(128), version=4)

    def after(self, sequence: int, *, encounter: UUID | None = None, limit: int = 500) -> list[Entry]:
        """As a journal gives them."""
        found = [one for one in self.entries[sequence:] if encounter in (None, one.encounter)]
        return found[:limit]

    @property
    def newest(self) -> int:
        """The last sequence."""
        return len(self.entries)

    def prefixes(self, encounter: UUID) -> list[list[Entry]]:
        """The encounter's entries as they were after each of them."""
        own = self.after(0, encounter=encounter)
        return [own[: count + 1] for count in range(len(own))]

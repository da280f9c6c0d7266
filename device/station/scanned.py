# SPDX-License-Identifier: Apache-2.0
"""A code was scanned: whose INS it is, shown for a minute to whoever chooses or checks a patient, and kept nowhere.

Nothing of a code goes into a trace: only what is wrong with it.
"""

import asyncio
import logging
from collections.abc import Sequence
from typing import Protocol

import msgspec

from device.clock import Clock
from device.errors import ScanError
from device.ins import InsTraits, parse
from device.people import Patient
from device.scan import Scan
from device.station.state import ScannedIdentity, State

log = logging.getLogger(__name__)

SECONDS = 60.0
"""How long a scanned identity, or what was wrong with a code, stays on the screen."""


class Desk(Protocol):
    """What scans need of the station."""

    @property
    def state(self) -> State:
        """The newest snapshot."""
        ...

    def residents(self) -> Sequence[Patient]:
        """The residents' list, empty while nobody is signed in."""
        ...

    def touch(self, **changes: object) -> None:
        """Change the snapshot."""
        ...

    def notify(self, code: str, line: str) -> None:
        """Show one calm line, or take it away."""
        ...


class Scans:
    """Takes what the scanner reads. All of it belongs to the event loop."""

    def __init__(self, desk: Desk, clock: Clock) -> None:
        self._desk = desk
        self._clock = clock
        self._said = ""
        self._timer: asyncio.TimerHandle | None = None

    def take(self, scan: Scan) -> None:
        """Show whose code it is: the resident, or the traits to begin a file with; or say what is wrong."""
        self.forget()
        try:
            self._desk.touch(scanned=self._identity(scan))
        except ScanError as error:
            log.info("scan: %s %s", error.code, error)
            self._said = error.code
            self._desk.notify(error.code, error.line)
        self._timer = asyncio.get_running_loop().call_later(SECONDS, self.forget)

    def forget(self) -> None:
        """Nothing was scanned."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._said:
            self._desk.notify(self._said, "")
            self._said = ""
        self._desk.touch(scanned=None)

    def _identity(self, scan: Scan) -> ScannedIdentity:
        if self._desk.state.operator is None:
            raise ScanError(4, "Identifiez-vous, puis scannez de nouveau.", "nobody is signed in")
        traits = parse(scan.text, self._clock.now().wall.astimezone().date())
        file = self._desk.state.encounter
        if file is not None:
            if not traits.is_of(file.patient):
                line = "Ce code INS n’est pas celui du dossier ouvert : vérifiez qui est devant vous."
                raise ScanError(3, line, "another person's code")
            return ScannedIdentity(traits.patient(), scan.received, file.patient.id)
        return ScannedIdentity(traits.patient(), scan.received, self._resident(traits))

    def _resident(self, traits: InsTraits) -> str:
        """The one resident of these traits, or ""."""
        found = [one.id for one in self._desk.residents() if traits.is_of(one)]
        return found[0] if len(found) == 1 else ""


def outdated(before: State, after: State) -> State:
    """``after``, with no scanned identity left once a file was opened or closed, or somebody came or went."""
    here, gone = _bedside(after), _bedside(before)
    return after if here == gone or after.scanned is None else msgspec.structs.replace(after, scanned=None)


def _bedside(state: State) -> tuple[object, object]:
    return state.operator, state.encounter.id if state.encounter is not None else None

# SPDX-License-Identifier: Apache-2.0
"""Stills, sounds and documents: what takes time to make is written into the file it was begun for, or not at all."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Literal, Protocol
from uuid import UUID

from device import commands as c
from device.codes import Position, Site
from device.encounter import Bedside, Encounter
from device.entry import Body, Entry
from device.errors import ChevetError, Refusal
from device.people import Operator
from device.station.eyes import Eyes
from device.station.parts import Ears, Inbox, Sounds
from device.station.writer import Decided

log = logging.getLogger(__name__)

STOP_SECONDS = 5.0
"""The end of an encounter waits no longer than this for its last sound."""


class Desk(Protocol):
    """What keeping needs of the station."""

    @property
    def bedside(self) -> Bedside:
        """The open file and the tray."""
        ...

    async def record(self, decided: Decided) -> tuple[Entry, ...]:
        """Write what ``decided`` makes of the state. Raises JournalError."""
        ...


class Keeping:
    """The cart's cameras, stethoscope, sound and inbox at work for the open file. ``ears``, ``inbox`` and ``sounds``
    are None on a cart without them. The rules (``encounter.decide``) have allowed what is asked here."""

    def __init__(self, desk: Desk, eyes: Eyes) -> None:
        self._desk = desk
        self._eyes = eyes
        self.ears: Ears | None = None
        self.inbox: Inbox | None = None
        self.sounds: Sounds | None = None

    async def follow(self, command: c.Command, by: Operator | None) -> None:
        """Carry out what of ``command`` is for here. Raises AudioError, DocumentError, JournalError, Refusal."""
        match command:
            case c.StartAuscultation(position):
                await self.listen(position)
            case c.StopAuscultation(keep):
                await self.stop(keep=keep)
            case c.AttachDocument(document, what) if by is not None:
                await self.attach(document, what, by)
            case c.DiscardDocument(document):
                await self.discard(document)
            case _:
                pass

    async def test_sound(self) -> None:
        """The notes are for the room alone: never during a call, nor while one is being made. Raises Refusal."""
        now = running(self._desk.bedside)
        if self.sounds is None or (now is not None and now.call_requested):
            raise Refusal(65, "Le son ne se teste pas pendant un appel.")
        await self.sounds.test()

    async def capture(self, site: Site, by: Literal["operator", "practitioner"]) -> None:
        """Keep a still of the chosen camera. Raises CameraError, JournalError, Refusal."""
        file = running(self._desk.bedside)
        taken = await self._eyes.capture(site, by)
        await self._keep(file, taken, "Le dossier a été fermé pendant la capture.")

    async def listen(self, position: Position) -> None:
        """Listen and record. Raises AudioError, JournalError, Refusal."""
        if self.ears is None:
            raise Refusal(63, "Ce chariot n’a pas de stéthoscope.", "no stethoscope attached")
        file = running(self._desk.bedside)
        await self.ears.start(position)
        now = running(self._desk.bedside)
        if file is None or now is None or now.id != file.id or now.consent is None:
            await self.ears.stop(keep=False)
            raise Refusal(12, "Le dossier a été fermé, ou l’accord retiré : l’écoute est arrêtée.")

    async def stop(self, *, keep: bool) -> None:
        """Stop listening, and keep what was recorded or not. Raises AudioError, JournalError, Refusal."""
        file = running(self._desk.bedside)
        heard = await self.ears.stop(keep=keep) if self.ears is not None else None
        if heard is not None:
            await self._keep(file, heard, "Le dossier a été fermé pendant l’écoute.")

    async def silence(self) -> bool:
        """Stop listening and keep it: the encounter or its consent is about to end, which nothing here may hold up.
        False when what was recorded is lost."""
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await self.stop(keep=True)
        except (ChevetError, TimeoutError) as error:
            log.warning("the stethoscope's recording was not kept: %s", error)
            return False
        return True

    async def attach(self, document: str, what: Literal["ecg", "ultrasound", "document"], by: Operator) -> None:
        """Attach a file that waits. Raises DocumentError, JournalError, Refusal; then it waits on."""
        file, inbox = running(self._desk.bedside), self._documents()
        attached = await inbox.attach(document, what, by)
        await self._keep(file, attached, "Le dossier a été fermé : le document attend toujours.")
        await inbox.release(document)

    async def discard(self, document: str) -> None:
        """Put away a file that waits. Raises DocumentError, Refusal."""
        await self._documents().discard(document)

    def _documents(self) -> Inbox:
        if self.inbox is None:
            raise Refusal(64, "Ce chariot ne reçoit pas de documents.", "no inbox attached")
        return self.inbox

    async def _keep(self, file: Encounter | None, body: Body, closed: str) -> None:
        def decided(now: Bedside) -> tuple[UUID, Sequence[Body]]:
            still = running(now)
            if file is None or still is None or still.id != file.id:
                raise Refusal(12, closed)
            return file.id, (body,)

        await self._desk.record(decided)


def running(bedside: Bedside) -> Encounter | None:
    """The open file, while its encounter goes on."""
    file = bedside.encounter
    return file if file is not None and file.running else None

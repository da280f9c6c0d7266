# SPDX-License-Identifier: Apache-2.0
"""The lines to all doctors who were let in: each dials, and dials again, by itself, whatever becomes of the others."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from typing import NamedTuple

from call.channel import Desk
from call.closing import CLOSING
from call.incoming import Incoming
from call.line import Exchange, Line, Media
from call.meeting import Guest
from call.messages import Answer, Candidate, Dead
from call.mixer import Mixer, Voice
from call.peer import Peer
from call.ports import Block, Loudspeaker, PictureSink
from call.sound import OutgoingSound, SoundFor
from call.stage import Stage
from call.video import OutgoingVideo
from device.errors import Refusal
from device.people import Practitioner
from device.station.state import MOST_DOCTORS, DoctorState

log = logging.getLogger(__name__)

CONFERENCE = "(conference)"
"""Its place among the doctors on the stage; no page has such a name."""

FULL = (
    "Trois médecins sont déjà en ligne : c’est le plus que ce chariot peut réunir. "
    "Pour être plus nombreux, il faut un serveur de conférence."
)


class _Seat(NamedTuple):
    line: Line
    voice: Voice
    task: asyncio.Task[None]


class Lines:
    """``sink`` and ``loudspeaker`` are the cart's own, for all doctors; ``on_change`` is called when a line, or who is
    shown, may have changed."""

    def __init__(
        self,
        video: OutgoingVideo,
        sound: OutgoingSound,
        sink: PictureSink,
        loudspeaker: Loudspeaker,
        on_change: Callable[[], None],
    ) -> None:
        self._video = video
        self._sound = sound
        self._sink = sink
        self._on_change = on_change
        self._mixer = Mixer(loudspeaker)
        self._stage = Stage(on_change)
        self._seats: dict[str, _Seat] = {}
        self._closing: set[asyncio.Task[None]] = set()

    def __iter__(self) -> Iterator[Line]:
        """The one who was let in first comes first."""
        return iter([seat.line for seat in self._seats.values()])

    def __len__(self) -> int:
        """How many doctors are in."""
        return len(self._seats)

    def get(self, peer: str) -> Line | None:
        """The line to a page."""
        seat = self._seats.get(peer)
        return None if seat is None else seat.line

    @property
    def first(self) -> Line | None:
        """The line to the doctor who was let in first."""
        return next(iter(self), None)

    @property
    def shown(self) -> Line | None:
        """The line whose doctor the screen shows: one that lives, if any does; who speaks, if anybody took over."""
        among = [line for line in self if line.alive] or list(self)
        chosen = [line for line in among if line.practitioner.peer == self._stage.chosen]
        return next(iter(chosen or among), None)

    @property
    def others(self) -> tuple[DoctorState, ...]:
        """All doctors but the one shown."""
        shown = self.shown
        return tuple(
            DoctorState(line.practitioner, line.alive, line.microphone, line.words if line.alive else "")
            for line in self
            if line is not shown
        )

    def giving_way(self, practitioner: Practitioner) -> tuple[Line, ...]:
        """The dead lines that end when ``practitioner`` is let in: to a page of the same name, which came back as
        another; else, when all are taken, the one that was let in first. Raises Refusal when all are and live."""
        dead = [line for line in self if not line.alive]
        same = [line for line in dead if _name(line.practitioner) == _name(practitioner) != ""]
        if same or len(self) < MOST_DOCTORS:
            return tuple(same)
        if not dead:
            raise Refusal(61, FULL, practitioner.peer)
        return (dead[0],)

    def open(
        self, room: str, practitioner: Practitioner, exchange: Exchange, desk: Desk, group: asyncio.TaskGroup
    ) -> None:
        """Dial a doctor who was let in."""
        peer = practitioner.peer
        self.close(peer)
        voice = self._mixer.voice()
        self._stage.enter(peer)
        media = Media(
            self._video.receiver(),
            SoundFor(self._sound, voice.others),
            self._sink,
            _Said(voice, lambda block: self._stage.heard(peer, block, self._on_screen())),
            lambda: self._pictured(peer),
        )
        line = Line(room, practitioner, exchange, media, desk, self._on_change, self._dispose)
        task = group.create_task(line.run(), name="line")
        self._seats[peer] = _Seat(line, voice, task)

    def close(self, peer: str) -> None:
        """End a line and its media at once."""
        seat = self._seats.pop(peer, None)
        if seat is None:
            return
        seat.line.hush()
        seat.voice.leave()
        self._stage.leave(peer)
        seat.task.cancel()

    def clear(self) -> None:
        """End all of them."""
        for peer in list(self._seats):
            self.close(peer)

    def guest(self) -> Guest:
        """The conference comes in: its picture and voice are a doctor's like any other's."""
        voice = self._mixer.voice()
        self._stage.enter(CONFERENCE)
        said = _Said(voice, lambda block: self._stage.heard(CONFERENCE, block, self._on_screen()))

        def leave() -> None:
            voice.leave()
            self._stage.leave(CONFERENCE)

        return Guest(
            self._video.receiver(),
            SoundFor(self._sound, voice.others),
            lambda: Incoming(self._sink, said, lambda: self._pictured(CONFERENCE)),
            leave,
        )

    @property
    def guest_shown(self) -> bool:
        """Whether the screen shows what comes from the conference."""
        return self._stage.chosen == CONFERENCE and self._stage.sees(CONFERENCE)

    def take(self, message: Answer | Candidate | Dead) -> None:
        """What a page says of its own connection; of a page that is not in, nothing is taken."""
        line = self.get(message.peer)
        if line is not None:
            line.take(message)

    def touch(self) -> None:
        """The network or the view changed."""
        for line in self:
            line.touch()

    async def settle(self) -> None:
        """Wait until what was ended has closed, within a deadline."""
        if self._closing:
            await asyncio.wait(self._closing, timeout=CLOSING)

    def _on_screen(self) -> str:
        if self.guest_shown:
            return CONFERENCE
        shown = self.shown
        return "" if shown is None else shown.practitioner.peer

    def _pictured(self, peer: str) -> bool:
        """A picture came; whether it is for the screen."""
        self._stage.seen(peer)
        return self._on_screen() == peer

    def _dispose(self, peer: Peer) -> None:
        peer.hush()
        task = asyncio.create_task(peer.close(), name="close")
        self._closing.add(task)
        task.add_done_callback(self._closed)

    def _closed(self, task: asyncio.Task[None]) -> None:
        self._closing.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("CAL-18 a peer connection closed badly: %r", error)


class _Said:
    """What one doctor says: to the loudspeaker and the others, and it may bring them on the screen."""

    def __init__(self, voice: Voice, heard: Callable[[Block], None]) -> None:
        self._voice = voice
        self._heard = heard

    def write(self, block: Block) -> None:
        """Play a block."""
        self._voice.write(block)
        self._heard(block)


def _name(practitioner: Practitioner) -> str:
    return " ".join(practitioner.name.casefold().split())

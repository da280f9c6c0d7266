# SPDX-License-Identifier: Apache-2.0
"""The call of an encounter: an invitation, whoever knocks, and the lines to the doctors who were let in.

The call serves the encounter and never owns it. No media is opened before ``dial``, nobody is let in without ``admit``,
and after ``hang_up`` returns nothing more is sent, shown or played. Until then the call is dialled again for ever.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from call.auscultation import Stethoscope
from call.channel import Desk
from call.chart import Chart, Scope
from call.door import Door
from call.line import Exchange, Line
from call.lines import Lines
from call.meeting import Make, Meeting
from call.messages import (
    Admit,
    Answer,
    AskRelays,
    Back,
    Candidate,
    Dead,
    Error,
    FromServer,
    IceServer,
    Invite,
    Invited,
    Knock,
    Left,
    Refuse,
    Welcome,
    Withdraw,
)
from call.messages import Relays as AnsweredRelays
from call.netlink import Reach, Watch
from call.ports import Attachments, Commands, Entries, Loudspeaker, Microphone, Pictures, PictureSink, Rooms, Views
from call.relays import Sounding
from call.relays_watch import Relays
from call.signalling import Network, Signalling
from call.sound import OutgoingSound
from call.statistics import measure
from call.tally import Attempt, Sample
from call.video import OutgoingVideo
from call.voice import Cleaner
from device.clock import Clock
from device.people import Practitioner
from device.station.state import MOST_DOCTORS, CallPhase, CallState

log = logging.getLogger(__name__)

UNSENT = 8
"""Most rooms still to be withdrawn once the server is back."""
_CUT = "La liaison avec le médecin est coupée. Le chariot le rappelle tout seul."
_AWAY = "Le médecin a fermé sa page. Le chariot le rappelle dès qu’il revient."


class Cart(NamedTuple):
    """What of the cart a call uses."""

    pictures: Pictures
    microphone: Microphone
    loudspeaker: Loudspeaker
    sink: PictureSink
    entries: Entries
    views: Views
    commands: Commands
    attachments: Attachments
    rooms: Rooms
    clock: Clock
    stethoscope: Stethoscope | None = None
    cleaner: Cleaner | None = None


class Call:
    """``connect`` makes the signalling from a way in for its messages and its state; ``on_change`` and ``on_network``
    are called in the event loop and must not wait, nor must ``on_relays``, which gets the relays' soundings. ``ring``
    is the path of the doctor's pictures, ``authority`` a CA file (PEM) that is believed of relays too. ``conference``
    makes the one on a server; None: there is none."""

    def __init__(  # noqa: PLR0913 - what a call is wired to
        self,
        cart: Cart,
        connect: Callable[[Callable[[FromServer], None], Callable[[Network], None]], Signalling],
        on_change: Callable[[CallState], None],
        on_network: Callable[[Network], None] = lambda _: None,
        ring: str = "",
        *,
        authority: Path | None = None,
        on_relays: Callable[[tuple[Sounding, ...]], None] = lambda _: None,
        conference: Make | None = None,
    ) -> None:
        self._cart = cart
        self._on_change = on_change
        self._on_network = on_network
        self._ring = ring
        self._signalling = connect(self._receive, self._network)
        self._video = OutgoingVideo(cart.pictures, cart.views)
        self._sound = OutgoingSound(cart.microphone, cart.views, cart.stethoscope, cart.cleaner)
        self._relays = Relays(authority, on_relays, lambda: self._signalling.send(AskRelays()))
        self._watch = Watch(self._moved)
        self._chart: Chart | None = None
        self._door = Door()
        self._lines = Lines(self._video, self._sound, cart.sink, cart.loudspeaker, self._publish)
        self._meeting = Meeting(conference, self._relays.choice, cart.clock, self._publish)
        self._conferring = False
        self._retaking = False
        self._withdrawn: list[str] = []
        self._group: asyncio.TaskGroup | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self.state = CallState(since=cart.clock.now(), conference=self._meeting.state(shown=False))

    async def run(self) -> None:
        """Keep signalling and calling, for ever. After a failure it may be run again: the room and its doctor stay."""
        try:
            async with asyncio.TaskGroup() as group:
                self._group = group
                group.create_task(self._signalling.run(), name="signalling")
                group.create_task(self._sound.run(), name="sound")
                group.create_task(self._relays.run(), name="relays")
                group.create_task(self._watch.run(), name="netlink")
                if self._chart is not None:
                    self._follow(self._chart)
                if self._conferring:
                    self._meeting.open(self._lines.guest, group)
        finally:
            self._group = None
            self._meeting.close()
            self._lines.clear()
            self._tasks.clear()
            self._video.close()
            await self._lines.settle()

    # What the station asks.

    def dial(self, encounter: UUID, after: int) -> None:
        """Invite a doctor to ``encounter``, whose entries come after a sequence; dial again until ``hang_up``."""
        if self._chart is not None and self._chart.scope.encounter == encounter:
            return
        if self._chart is not None:
            self.hang_up()
        self._chart = Chart(Scope(encounter, after))
        self._follow(self._chart)
        self._invite(self._cart.rooms.get(str(encounter)))
        self._publish()

    def hang_up(self) -> None:
        """End the call and every media at once."""
        if self._chart is None:
            return
        self.close_conference()
        self._cart.rooms.put(str(self._chart.scope.encounter), None)
        self._lines.clear()
        self._video.silence()
        self._chart = None
        for task in self._tasks:
            task.cancel()
        self._tasks.clear()
        if self._door.room and not self._signalling.send(Withdraw(self._door.room)):
            self._withdrawn = [*self._withdrawn, self._door.room][-UNSENT:]
        self._door = Door()
        self._publish()

    def admit(self, peer: str) -> None:
        """Let a knocking doctor in. Raises Refusal: nobody of that name knocks, or as many are in as there can be."""
        ending = self._lines.giving_way(self._door.who(peer))
        practitioner = self._door.take(peer)
        for line in ending:
            self._signalling.send(Refuse(line.room, line.practitioner.peer))
            self._lines.close(line.practitioner.peer)
        self._signalling.send(Admit(self._door.room, peer))
        self._open_line(practitioner)

    def refuse(self, peer: str) -> None:
        """Turn a knocking doctor away. Raises Refusal when nobody of that name knocks."""
        self._door.take(peer)
        self._signalling.send(Refuse(self._door.room, peer))
        self._publish()

    def open_conference(self) -> None:
        """Send the conference the room's picture and sound with the doctors' voices, and play what comes from there;
        kept up until it is closed or the call ends. Nothing happens without a call."""
        if self._chart is not None and self._group is not None:
            self._conferring = True
            self._meeting.open(self._lines.guest, self._group)

    def close_conference(self) -> None:
        """Send it nothing more, at once."""
        self._conferring = False
        self._meeting.close()

    async def samples(self) -> tuple[Sample, ...]:
        """What a tally is made of: one of each doctor's line, the first one's first; a bare one without any."""
        now = time.monotonic()
        encounter = self._chart.scope.encounter if self._chart is not None else None
        found = []
        for line in list(self._lines):
            attempt = Attempt(line.born, line.dials, line.stood, line.alive)
            statistics = None if line.peer is None else await measure(line.peer, self._video)
            found.append(Sample(now, attempt, statistics, line.seen, encounter))
        return tuple(found) or (Sample(now, encounter=encounter),)

    # What the server says.

    def _network(self, network: Network) -> None:
        self._on_network(network)
        self._lines.touch()
        self._publish()

    def _moved(self, _: Reach, now: Reach) -> None:
        """Links, addresses or routes changed: whatever rests on them begins afresh, at once."""
        self._signalling.moved(now)
        self._relays.renew()
        self._meeting.moved()
        for line in self._lines:
            line.moved(now)

    def _receive(self, message: FromServer) -> None:
        match message:
            case Welcome(ice=ice):
                self._welcomed(ice)
            case AnsweredRelays(ice=ice):
                self._relays.learn(ice)
            case Invited() if self._chart is not None and message.id == str(self._chart.scope.encounter):
                self._retaking = False
                self._relays.learn(message.ice)
                self._door.invited(message.room, message.link, message.code)
                self._cart.rooms.put(message.id, message.room)
            case Error(code=code, detail=detail):
                self._refused(code, detail)
            case Knock(room=room) | Back(room=room) | Left(room=room) if room != self._door.room:
                log.info("signalling of another room")
            case Knock(peer=peer, name=name):
                self._door.knock(Practitioner(peer, name))
            case Back(peer=peer, name=name, retaken=retaken):
                self._back(Practitioner(peer, name), retaken=retaken)
            case Left(peer=peer, final=final):
                self._left(peer, final=final)
            case Answer() | Candidate() | Dead():
                self._lines.take(message)
        self._publish()

    def _welcomed(self, ice: tuple[IceServer, ...]) -> None:
        self._relays.learn(ice)
        for room in self._withdrawn:
            self._signalling.send(Withdraw(room))
        self._withdrawn = []
        if self._chart is not None:
            self._invite(self._door.room or self._cart.rooms.get(str(self._chart.scope.encounter)))

    def _invite(self, room: str | None) -> None:
        if self._chart is not None:
            self._retaking = bool(room)
            self._signalling.send(Invite(str(self._chart.scope.encounter), room or None))

    def _refused(self, code: str, detail: str) -> None:
        """The server refused a message. It does not know our room: take it again; it is no more: open another."""
        log.warning("CAL-17 refused by the rendezvous server: %s %s", code, detail[:200])
        if code != "no-room" or self._chart is None or not (self._retaking or self._door.room):
            return
        if not self._retaking:
            self._invite(self._door.room)
            return
        for line in self._lines:
            if not line.alive:
                self._lines.close(line.practitioner.peer)
        self._door = Door()
        self._invite(None)

    def _back(self, practitioner: Practitioner, *, retaken: bool) -> None:
        line = self._lines.get(practitioner.peer)
        if line is not None:
            line.back(retaken=retaken)
        elif len(self._lines) < MOST_DOCTORS:
            self._open_line(practitioner)
        else:
            self._signalling.send(Refuse(self._door.room, practitioner.peer))

    def _left(self, peer: str, *, final: bool) -> None:
        self._door.leave(peer)
        line = self._lines.get(peer)
        if line is not None and final:
            self._lines.close(peer)
        elif line is not None:
            line.away = True

    # The lines.

    def _open_line(self, practitioner: Practitioner) -> None:
        if self._chart is None or self._group is None:
            return
        cart, signalling = self._cart, self._signalling
        self._lines.open(
            self._door.room,
            practitioner,
            Exchange(signalling.send, lambda: signalling.online, lambda: signalling.epoch, self._relays),
            Desk(cart.entries, cart.views, cart.commands, cart.attachments, cart.clock, self._chart),
            self._group,
        )
        self._publish()

    def _follow(self, chart: Chart) -> None:
        if self._group is not None:
            self._tasks.append(self._group.create_task(self._read(chart), name="chart"))

    async def _read(self, chart: Chart) -> None:
        async for entry in self._cart.entries.entries(chart.scope.after):
            if chart.add(entry):
                self._lines.touch()

    # What the station is told.

    def _phase(self, line: Line | None) -> CallPhase:
        if self._chart is None:
            return CallPhase.IDLE
        if line is None:
            return CallPhase.WAITING if self._door.room else CallPhase.DIALLING
        if line.alive:
            return CallPhase.CONNECTED
        return CallPhase.INTERRUPTED if line.ever else CallPhase.DIALLING

    def _words(self, phase: CallPhase, line: Line | None) -> str:
        notice = self._signalling.network.notice
        if phase in (CallPhase.IDLE, CallPhase.CONNECTED):
            return ""
        if not self._signalling.online and notice is not None:
            return notice.line
        if phase is CallPhase.INTERRUPTED and line is not None:
            return _AWAY if line.away else _CUT
        return ""

    def _publish(self) -> None:
        line = self._lines.shown
        phase = self._phase(line)
        alive = line is not None and line.alive
        since = self.state.since if phase == self.state.phase else self._cart.clock.now()
        state = CallState(
            phase=phase,
            since=since,
            practitioner=line.practitioner if line is not None else None,
            knocking=self._door.knocking,
            link=self._door.link,
            code=self._door.code,
            ring=self._ring if alive else "",
            line=self._words(phase, line),
            microphone=line.microphone if line is not None else True,
            words=line.words if line is not None and alive else "",
            others=self._lines.others,
            conference=self._meeting.state(shown=self._lines.guest_shown),
        )
        if state != self.state:
            self.state = state
            self._on_change(state)

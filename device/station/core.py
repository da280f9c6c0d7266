# SPDX-License-Identifier: Apache-2.0
"""The station: one turn at a time, a command becomes entries, entries become the state, and readers follow both."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from uuid import UUID

import msgspec

from device import commands as c
from device.clock import Clock
from device.encounter import Bedside, Limits, decide, evolve
from device.entry import Body, ConferenceClosed, Entry, Incident, MeasurementRecorded, TextShown
from device.errors import ChevetError, JournalError, Refusal
from device.instrument import InstrumentState
from device.people import Patient, Practitioner
from device.station import zoom
from device.station.access import Operators
from device.station.attendance import PARTING, check, told
from device.station.eyes import Eyes
from device.station.feed import Newest, Tail
from device.station.incidents import CUT_SECONDS, bounded
from device.station.keeping import Keeping, running
from device.station.messages import Reply
from device.station.once import Once
from device.station.parts import Calls, Ears, Inbox, Sounds, Writes
from device.station.pleas import Pleas
from device.station.scanned import outdated
from device.station.state import (
    CallState,
    CartInfo,
    ListeningState,
    Live,
    Notice,
    ShownText,
    SoundState,
    State,
    WaitingDocument,
)
from device.station.view import encounter_state, queue_state
from device.station.writer import Decided, Writer

log = logging.getLogger(__name__)

CLOSING = (c.EndEncounter, c.WrongPatient, c.RefuseConsent)
"""Before these, what instruments brought is judged: it belongs to the patient who is still here."""
SILENCING = (*CLOSING, c.WithdrawConsent)
"""Before these, what the stethoscope records is stopped and kept."""


class Station:
    """What the cart offers, in the event loop; ``resume`` comes first. ``settle`` is awaited before an encounter ends
    (the intake's, where there is one), and ``writer`` has to run."""

    def __init__(  # noqa: PLR0913 - the parts of a cart
        self,
        *,
        info: CartInfo,
        clock: Clock,
        journal: Writes,
        newest: int,
        operators: Operators,
        residents: Sequence[Patient],
        eyes: Eyes,
        limits: Limits,
    ) -> None:
        self._clock = clock
        self._journal = journal
        self._operators = operators
        self._residents = tuple(residents)
        self._eyes = eyes
        self._limits = limits
        self._call: Calls | None = None
        self._keeping = Keeping(self, eyes)
        self._pleas = Pleas(self, clock, self._note)
        self.writer = Writer(self)
        self.settle: Callable[[], Awaitable[None]] = _nothing
        self.settled: tuple[c.Settled, ...] = ()
        self._turn = asyncio.Lock()
        self._once = Once()
        self._bedside = Bedside()
        self._stale = False
        self._tail = Tail(lambda after: journal.after(after, limit=200), newest)
        self._states = Newest(State(0, clock.now(), info, operators.all, newest=newest, online_since=clock.now()))
        self.touch(cameras=eyes.states, camera=eyes.chosen)

    @property
    def state(self) -> State:
        """The newest snapshot."""
        return self._states.value

    @property
    def bedside(self) -> Bedside:
        """The open file and the tray, folded."""
        return self._bedside

    def changes(self) -> AsyncIterator[State]:
        """The state now, then the newest one at each change."""
        return self._states.follow()

    def entries(self, after: int) -> AsyncIterator[Entry]:
        """Entries after a sequence, those to come included."""
        return self._tail.follow(after)

    def residents(self) -> tuple[Patient, ...]:
        """The residents' list, empty while nobody is signed in."""
        return self._residents if self.state.operator is not None else ()

    def give_residents(self, residents: Sequence[Patient]) -> None:
        """Another list, from the next time that it is asked for; an open file is not touched."""
        self._residents = tuple(residents)

    def attach(self, call: Calls) -> None:
        """Give the station its call, once."""
        self._call = call

    def attach_ears(self, ears: Ears) -> None:
        """Give the station its stethoscope, once."""
        self._keeping.ears = ears
        self.show_listening(ears.state)

    def attach_sounds(self, sounds: Sounds) -> None:
        """Give the station the room's sound, once."""
        self._keeping.sounds = sounds
        self.show_sound(sounds.state)

    def attach_inbox(self, inbox: Inbox) -> None:
        """Give the station the files that come for import, once."""
        self._keeping.inbox = inbox
        self.show_documents(inbox.waiting)

    def resume(self, bedside: Bedside) -> None:
        """Take up what the journal held when the cart started: an open file brings back its operator and its call."""
        self._bedside = bedside
        file = bedside.encounter
        if file is None:
            return
        self.touch(encounter=encounter_state(file), operator=file.operator)
        if file.running:
            self._note(Incident("device-restarted", "Le chariot a redémarré pendant la téléconsultation."))
            if file.conference:
                self._note(ConferenceClosed())
            if file.call_requested:
                self._dial()

    async def submit(self, id: str, command: c.Command, by: Practitioner | None = None) -> Reply:  # noqa: A002 - the message's word
        """Carry out a command once for each id; a doctor's (``by``) only if doctors may. Never raises ChevetError."""
        return await self._once(id, lambda: self._answer(id, command, by))

    async def record(self, decided: Decided) -> tuple[Entry, ...]:
        """Write, in one turn, what ``decided`` makes of the state: the chain and its bodies. Durable, folded and shown
        when this returns. Raises JournalError."""
        async with self._turn:
            chain, bodies = decided(self._bedside)
            return await self._append(chain, bodies) if bodies else ()

    def touch(self, **changes: object) -> None:
        """Change the snapshot; readers are woken once for all changes of one pass of the loop."""
        value = outdated(self._states.value, msgspec.structs.replace(self._states.value, **changes))
        if value == self._states.value:
            return
        self._states.value = value
        if not self._stale:
            self._stale = True
            asyncio.get_running_loop().call_soon(self._publish)

    def show_cameras(self) -> None:
        """A camera changed."""
        self.touch(cameras=self._eyes.states)

    def show_instrument(self, instrument: InstrumentState) -> None:
        """An instrument changed."""
        others = {one.id: one for one in self.state.instruments}
        self.touch(instruments=tuple({**others, instrument.id: instrument}.values()))

    def forget_instrument(self, instrument: str) -> None:
        """An instrument is no more of this cart."""
        self.touch(instruments=tuple(one for one in self.state.instruments if one.id != instrument))

    def show_listening(self, listening: ListeningState) -> None:
        """The stethoscope changed."""
        self.touch(listening=listening)

    def show_sound(self, sound: SoundState) -> None:
        """The room's sound changed."""
        self.touch(sound=sound)

    def show_documents(self, documents: tuple[WaitingDocument, ...]) -> None:
        """A file came, or waits no more."""
        self.touch(documents=documents)

    def show_live(self, live: tuple[Live, ...]) -> None:
        """The live values changed."""
        self.touch(live=live)

    def notify(self, code: str, line: str) -> None:
        """Show one calm line, once for each code; an empty line takes it away."""
        others = tuple(one for one in self.state.notices if one.code != code)
        self.touch(notices=(*others, Notice(code, line)) if line else others)

    def warn(self, code: str, line: str) -> None:
        """Tell the technician alone, once for each code; an empty line takes it away."""
        others = tuple(one for one in self.state.warnings if one.code != code)
        self.touch(warnings=(*others, Notice(code, line)) if line else others)

    def show_online(self, online: bool) -> None:  # noqa: FBT001 - what it is
        """The network came or went; a cut worth it is written into the open file when it is over."""
        before, now = self.state, self._clock.now()
        if before.online == online:
            return
        self.touch(online=online, online_since=now)
        if not online or before.online_since is None:
            return
        seconds = round(now.monotonic - before.online_since.monotonic, 1)
        if seconds >= CUT_SECONDS:
            self._note(Incident("network-cut", "Réseau coupé.", seconds))

    def show_call(self, call: CallState) -> None:
        """The call changed; a doctor who came or left is written into the open file."""
        before = self.state.call
        self.touch(call=call, zoom=zoom.left(self.state.zoom, before.doctors, call.doctors))
        if bodies := told(before, call, self._clock.now()):
            self._note(*bodies)
        for doctor in before.doctors:
            if doctor not in call.doctors:
                self._pleas.gone(doctor)

    def show_incident(self, encounter: UUID, incident: Incident) -> None:
        """A technical incident of the call, for the file of its encounter, if that goes on and has room for it."""

        def decided(now: Bedside) -> tuple[UUID, Sequence[Body]]:
            file = running(now)
            return now.file_chain, bounded(file, incident) if file is not None and file.id == encounter else ()

        self.writer.put(decided)

    def _note(self, *bodies: Body) -> None:
        """Have bodies written into the open file, if its encounter goes on."""
        self.writer.put(lambda now: (now.file_chain, bodies if running(now) is not None else ()))

    async def _answer(self, name: str, command: c.Command, by: Practitioner | None) -> Reply:
        try:
            if by is not None and not isinstance(command, c.PRACTITIONERS_MAY):
                raise Refusal(91, "Cette commande n’est pas pour le médecin.")
            await self._carry_out(command, by)
        except ChevetError as error:
            log.info("command %s: %s", command.__struct_config__.tag, error.code)
            if isinstance(error, JournalError):
                self.notify(error.code, error.line)
            return Reply(name, ok=False, code=error.code, line=error.line)
        return Reply(name, ok=True)

    async def _carry_out(self, command: c.Command, by: Practitioner | None) -> None:
        match command:
            case c.SignIn(operator, pin):
                if self._bedside.encounter is not None:
                    raise Refusal(11, "Un dossier est encore ouvert.")
                self.touch(operator=await self._operators.check(operator, pin))
            case c.ChooseCamera() | c.Freeze() | c.ZoomPicture():
                self._look(command, by)
            case c.SetMicrophone(on):
                self.touch(microphone_on=on)
                self._pleas.turned(on, self.state.operator)
            case c.SetCamera(on):
                self.touch(camera_on=on)
            case c.HideText():
                self.touch(text=None)
            case c.TestSound():
                await self._keeping.test_sound()
            case c.ReportQueue():
                self.settled = command.settled
                self.touch(queue=queue_state(command, self._clock.now()))
            case _:
                await self._prepare(command)
                await self._decide(command, by)
                await self._complete(command, by)

    def _look(self, command: c.ChooseCamera | c.Freeze | c.ZoomPicture, by: Practitioner | None) -> None:
        """What the doctors see."""
        before = self.state
        match command:
            case c.ChooseCamera(camera):
                self._eyes.choose(camera)
                self.touch(camera=camera, frozen=False, zoom=zoom.turned(before, camera))
            case c.Freeze(frozen):
                self._eyes.freeze(frozen)
                self.touch(frozen=frozen)
            case c.ZoomPicture():
                self.touch(zoom=zoom.nearer(before, command, by, self._eyes.size))

    async def _prepare(self, command: c.Command) -> None:
        """The conference ends before anything else does. Before an encounter ends, what instruments and stethoscope
        brought is written into it."""
        check(command, self.state.call)
        if isinstance(command, PARTING):
            self._part(self._bedside)
        if isinstance(command, SILENCING) and not await self._keeping.silence():
            self._note(Incident("sound-lost", "L’écoute en cours n’a pas pu être gardée."))
        if isinstance(command, CLOSING):
            await self.settle()

    async def _decide(self, command: c.Command, by: Practitioner | None) -> None:
        who = by or self.state.operator
        if who is None:
            raise Refusal(10, "Identifiez-vous d’abord.")
        if isinstance(command, c.OpenEncounter) and not await asyncio.to_thread(lambda: self._journal.spacious):
            raise Refusal(14, "Le chariot n’a plus de place. Envoyez ce qui attend, et prévenez le technicien.")
        async with self._turn:
            chain, bodies = decide(self._bedside, command, who, self._clock.now(), self._limits)
            if bodies:
                await self._append(chain, bodies)

    async def _complete(self, command: c.Command, by: Practitioner | None) -> None:
        """What follows a command that the rules allowed."""
        match command:
            case c.SignOut():
                self.touch(operator=None)
            case c.Capture(site):
                await self._keeping.capture(site, "practitioner" if by is not None else "operator")
            case c.AskMeasurement(metric):
                self.touch(asked=metric)
            case c.AskMicrophone(on):
                self._pleas.ask(on, by)
            case c.AnswerMicrophone(request, agree):
                self._pleas.answer(request, agree, self.state.operator)
            case c.AdmitDoctor(peer):
                self._calls().admit(peer)
            case c.RefuseDoctor(peer):
                self._calls().refuse(peer)
            case c.OpenConference():
                self._confer()
            case _:
                await self._keeping.follow(command, self.state.operator)

    def _part(self, bedside: Bedside) -> None:
        """The conference was open there: it is sent nothing more."""
        file = running(bedside)
        if file is not None and file.conference and self._call is not None:
            self._call.close_conference()

    def _confer(self) -> None:
        """The journal says that it is open, and nobody has closed it since."""
        file = running(self._bedside)
        if file is not None and file.conference:
            self._calls().open_conference()

    async def _append(self, chain: UUID, bodies: Sequence[Body]) -> tuple[Entry, ...]:
        entries = await asyncio.to_thread(self._journal.append, chain, *bodies)
        before = self._bedside
        for entry in entries:
            self._bedside = evolve(self._bedside, entry)
            self._shown(entry.body)
        self._tail.put(entries)
        self.touch(encounter=encounter_state(self._bedside.encounter), newest=self._tail.newest)
        self._follow(before)
        return entries

    def _shown(self, body: Body) -> None:
        """What an entry changes beside the file."""
        if isinstance(body, TextShown):
            self.touch(text=ShownText(body.text, body.by))
        elif isinstance(body, MeasurementRecorded) and self.state.asked in {one.metric for one in body.measurements}:
            self.touch(asked=None)

    def _follow(self, before: Bedside) -> None:
        """What must happen because the file changed: the call follows the consent; an ended encounter shows nothing."""
        was, now = running(before), running(self._bedside)
        if now is None or not now.conference:
            self._part(before)
        wanted, had = now is not None and now.call_requested, was is not None and was.call_requested
        if wanted and not had:
            self._dial()
        elif had and not wanted and self._call is not None:
            self._call.hang_up()
        if was is not None and now is None:
            if self._eyes.frozen:
                self._eyes.freeze(frozen=False)
            self._pleas.drop()
            self.touch(text=None, asked=None, frozen=False, live=(), camera_on=True, microphone_on=True)
            self.touch(zoom=zoom.whole(self.state.zoom))

    def _dial(self) -> None:
        file = self._bedside.encounter
        if file is not None:
            self._calls().dial(file.id, file.first_sequence - 1)

    def _calls(self) -> Calls:
        if self._call is None:
            raise Refusal(60, "Ce chariot ne peut pas appeler. Téléphonez au médecin.", "no call attached")
        return self._call

    def _publish(self) -> None:
        self._stale = False
        state = self._states.value
        self._states.put(msgspec.structs.replace(state, revision=state.revision + 1, now=self._clock.now()))


async def _nothing() -> None:
    """What settles where no instrument is."""

# SPDX-License-Identifier: Apache-2.0
"""A technician's visit: one connection, what it asks, and what it is asked. When it ends, what was begun is undone."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from uuid import uuid4

from device.enrolment import Asks, Step
from device.errors import ChevetError, InstrumentError, Refusal
from device.station import technical as t
from device.station.messages import Reply, StationMessage
from device.station.workshop import LONGEST, Workshop

log = logging.getLogger(__name__)

ANSWER_SECONDS = 60.0
"""A meter shows its six digits for about that long."""
TRIES = 3
"""How often six digits may be mistyped."""
MAX_WAITING = 1024
"""Messages to a program that does not read; frames beyond are counted, and told at the end."""
_PASSKEY = "Tapez les six chiffres que montre l’instrument."


class Visit:
    """Takes a technician's messages (``take``) and sends what comes of them (``run``, until cancelled). ``account`` is
    who it is; ``send`` raises when the program is gone."""

    def __init__(
        self, workshop: Workshop, account: str, send: Callable[[StationMessage], Awaitable[None]], answer: float
    ) -> None:
        self._workshop = workshop
        self._account = account
        self._send = send
        self._answer = answer
        self._out: asyncio.Queue[StationMessage] = asyncio.Queue(MAX_WAITING)
        self._lost = 0
        self._work: asyncio.Task[None] | None = None
        self._open: dict[str, asyncio.Future[str]] = {}

    def take(self, message: t.TechnicalMessage) -> None:
        """A message came."""
        if isinstance(message, t.Answer):
            answer = self._open.pop(message.question, None)
            if answer is not None and not answer.done():
                answer.set_result(message.text)
        elif self._work is not None and not self._work.done():
            self.put(Reply(message.id, ok=False, code="CMD-71", line="Une demande est déjà en cours."))
        else:
            self._work = asyncio.create_task(self._serve(message))
            self._work.add_done_callback(lambda work: self._ended(work, message.id))

    def put(self, message: StationMessage) -> None:
        """Have a message sent."""
        try:
            self._out.put_nowait(message)
        except asyncio.QueueFull:
            self._lost += 1

    async def run(self) -> None:
        """Send what there is to send, in order."""
        try:
            while True:
                await self._send(await self._out.get())
        finally:
            if self._work is not None:
                self._work.cancel()
                await asyncio.gather(self._work, return_exceptions=True)

    async def ask(self, request: str, what: t.What, line: str) -> str:
        """The answer to a question, "" without one in time."""
        question = str(uuid4())
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._open[question] = answer
        self.put(t.Asked(request, question, what, line, self._answer))
        try:
            async with asyncio.timeout(self._answer):
                return await answer
        except TimeoutError:
            return ""
        finally:
            self._open.pop(question, None)

    async def _serve(self, message: t.TechnicalRequest) -> None:
        try:
            reply = await self._carry_out(message)
        except ChevetError as error:
            log.info("%s: %s %s", type(message).__name__, error.code, error)
            reply = Reply(message.id, ok=False, code=error.code, line=error.line)
        if self._lost:
            line = f"{self._lost} trames perdues : ce programme ne les prend pas assez vite."
            self.put(t.Progress(message.id, Step("trames", passed=False, line=line)))
            self._lost = 0
        await self._out.put(reply)

    def _ended(self, work: asyncio.Task[None], request: str) -> None:
        """Whatever happens in a bus, the technician is answered."""
        if not work.cancelled() and (error := work.exception()) is not None:
            log.error("a technician's request failed", exc_info=error)
            self.put(Reply(request, ok=False, code="CHV-01", line="Une partie du chariot a échoué : voir le journal."))

    async def _carry_out(self, message: t.TechnicalRequest) -> Reply:
        match message:
            case t.Diagnose(id):
                self.put(t.Diagnoses(id, self._workshop.diagnoses(), self._workshop.warnings()))
            case t.Overhear(id, instrument, seconds):
                await self._workshop.overhear(instrument, seconds, lambda frame: self.put(t.Heard(id, frame)))
            case _:
                return await self._work_on(message)
        return Reply(message.id, ok=True)

    async def _work_on(self, message: t.TechnicalRequest) -> Reply:
        asks = _Asks(self, message.id)
        try:
            async with asyncio.timeout(LONGEST):
                return await self._with_questions(message, asks)
        except TimeoutError as error:
            raise Refusal(74, "L’opération a pris trop de temps : rien n’a changé.", "deadline") from error

    async def _with_questions(self, message: t.TechnicalRequest, asks: "_Asks") -> Reply:
        workshop, failed = self._workshop, None
        match message:
            case t.Discover(id, seconds):
                self.put(t.Candidates(id, await workshop.discover(seconds, asks)))
            case t.Enrol(_, address, model, name):
                await workshop.enrol(address, model, name, asks, self._account)
            case t.Repair(_, instrument):
                await workshop.repair(instrument, asks)
            case t.Check(_, instrument):
                steps = await workshop.check(instrument, asks)
                asks.tell_once(steps)
                failed = next((step for step in steps if not step.passed), None)
            case t.Retire(_, instrument):
                await workshop.retire(instrument, self._account)
        if failed is not None:
            return Reply(message.id, ok=False, code=failed.code, line=failed.line)
        return Reply(message.id, ok=True)


class _Asks(Asks):
    """The technician at the other end of the connection."""

    def __init__(self, visit: Visit, request: str) -> None:
        self._visit = visit
        self._request = request
        self._told: list[Step] = []

    async def passkey(self) -> str:
        for _ in range(TRIES):
            text = (await self._visit.ask(self._request, "passkey", _PASSKEY)).replace(" ", "")
            if len(text) == 6 and text.isascii() and text.isdecimal():  # noqa: PLR2004 - Bluetooth's six digits
                return text
            if not text:
                break
        raise InstrumentError(50, "Les six chiffres n’ont pas été donnés : rien n’a changé.", "no passkey typed")

    def show(self, passkey: str) -> None:
        self._visit.put(t.Shown(self._request, passkey))

    async def agrees(self, line: str) -> bool:
        return await self._visit.ask(self._request, "agreement", line) == "yes"

    def tell(self, step: Step) -> None:
        self._told.append(step)
        self._visit.put(t.Progress(self._request, step))

    def tell_once(self, steps: Sequence[Step]) -> None:
        """Those that were not told as they happened."""
        for step in steps:
            if step not in self._told:
                self.tell(step)

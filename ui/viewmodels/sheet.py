# SPDX-License-Identifier: Apache-2.0
"""The sheet over the screen: one question at a time; a knocking doctor comes before everything else."""

from collections.abc import Callable
from decimal import Decimal
from uuid import UUID

from PySide6.QtCore import Slot

from device.codes import Metric, Position, Site
from device.commands import (
    AdmitDoctor,
    AnswerMicrophone,
    AttachDocument,
    AttributeMeasurement,
    Capture,
    CloseConference,
    Command,
    ConfirmMeasurement,
    DiscardDocument,
    DiscardMeasurement,
    EndEncounter,
    HangUp,
    MarkEnteredInError,
    NoteOxygen,
    NoteSite,
    OpenConference,
    OpenEncounter,
    RefuseConsent,
    RefuseDoctor,
    ShowText,
    StartAuscultation,
    StopAuscultation,
    WithdrawConsent,
    WrongPatient,
)
from device.entry import ConsentForm
from device.people import Patient
from device.station.messages import Reply
from ui.viewmodels import entering
from ui.viewmodels.agreement import Agreement
from ui.viewmodels.moment import Moment, screen
from ui.viewmodels.sheet_views import build
from ui.viewmodels.sheets import NO_SHEET, SheetView
from ui.viewmodels.shown import Shown, Submit
from ui.viewmodels.tiles import PLACES

ONWARD = {"wrong", "withdraw", "error", "enter", "meeting"}
"""Answers that open another sheet."""


class Sheet(Shown):
    """The open sheet and what its answers do."""

    def __init__(self, submit: Submit, agreement: Agreement, resident: Callable[[str], Patient | None]) -> None:
        super().__init__(self._shown)
        self._submit = submit
        self._resident = resident
        self._dealt_with = 0.0
        self._agreement = agreement
        self._name = self._argument = self._text = ""
        self._put_off: set[UUID] = set()

    def leave(self) -> None:
        """The screen changed: the question is void."""
        self._name = self._argument = self._text = ""

    def forget(self) -> None:
        """The file is closed: forget what was put off."""
        self.leave()
        self._put_off.clear()

    @Slot(str)
    @Slot(str, str)
    def open(self, name: str, argument: str = "") -> None:
        """Ask a question."""
        self._name, self._argument, self._text = name, argument, ""
        self.again()

    @Slot()
    def close(self) -> None:
        """Ask it no more."""
        self.leave()
        self.again()

    @Slot(str)
    def key(self, text: str) -> None:
        """A key of the keyboard, "" is erase."""
        limit = self._limit()
        if text and self.moment is not None and (pad := self._shown(self.moment).pad) and text not in pad:
            return
        self._text = self._text[:-1] if not text else (self._text + text)[:limit]
        self.again()

    @Slot(str)
    def choose(self, choice: str) -> None:
        """An answer was touched."""
        if self.moment is None:
            return
        name, argument = self._current(self.moment)
        if name == "tile" and choice in {"error", "confirm"}:
            argument = self._entry(argument)
        if name == "unusual" and choice == "later":
            self._put_off.add(UUID(argument))
            self.close()
            return
        if choice in ONWARD and name in {"end", "tile", "unusual", "invite"}:
            self.open(choice, argument)
            return
        self._answer(name, choice, argument)
        self.again()

    def _answer(self, name: str, choice: str, argument: str) -> None:
        if name == "scanned":
            self._scanned(choice)
        elif choice == "close":
            self.leave()
        elif name in {"written", "representative"}:
            self._agree(name, call=choice == "call")
        elif choice.startswith("preset:"):
            self._text = choice.removeprefix("preset:")
        elif name == "enter":
            self._enter(choice, argument)
        else:
            command = _command(name, choice, argument, self._text.strip())
            if command is not None:
                self._submit(command)
                self.leave()

    def _agree(self, name: str, *, call: bool) -> None:
        by = self._text.strip()
        if name == "representative" and not by:
            return
        form = ConsentForm.REPRESENTATIVE if name == "representative" else ConsentForm.WRITTEN
        self._agreement.give(form, by, call=call)
        self.leave()

    def _scanned(self, choice: str) -> None:
        """The code's file is opened, or the code is put away until another is scanned."""
        scanned = self.moment.state.scanned if self.moment is not None else None
        if scanned is None:
            return
        self._dealt_with = scanned.received.monotonic
        if choice == "open":
            known = self._resident(scanned.resident) if scanned.resident else scanned.patient
            if known is not None:
                self._submit(OpenEncounter(known))

    def _enter(self, choice: str, argument: str) -> None:
        """A key beside the digits, or the value as it stands: what is refused stays typed."""
        if choice.startswith(entering.PICK):
            self._argument = entering.Picked.read(argument).pick(choice).text()
            return
        command = entering.command(argument, self._text) if choice == "note" else None
        if command is not None:
            self._submit(command, self._entered)

    def _entered(self, reply: Reply) -> None:
        if reply.ok and self._name == "enter":
            self.close()

    def _entry(self, key: str) -> str:
        file = self.moment.file if self.moment is not None else None
        place = next(one for one in PLACES if one.key == key)
        recorded = file.newest(*place.metrics) if file is not None else None
        return str(recorded.id) if recorded is not None else ""

    def _limit(self) -> int:
        return self._shown(self.moment).limit if self.moment is not None else 0

    def _shown(self, moment: Moment) -> SheetView:
        name, argument = self._current(moment)
        return build(moment, name, argument, self._text) if name else NO_SHEET

    def _current(self, moment: Moment) -> tuple[str, str]:
        if moment.lost is not None:
            return "", ""
        if screen(moment) == "encounter" and moment.state.call.knocking:
            return "knock", moment.state.call.knocking[0].peer
        scanned = moment.state.scanned
        if screen(moment) == "home" and scanned is not None and scanned.received.monotonic != self._dealt_with:
            return "scanned", ""
        if self._name:
            return self._name, self._argument
        request = moment.state.microphone_request
        if screen(moment) == "encounter" and request is not None and not request.answer:
            return "microphone", request.id
        recorded = moment.file.recorded if moment.file is not None else ()
        asked = next((one for one in reversed(recorded) if one.unusual and one.id not in self._put_off), None)
        return ("unusual", str(asked.id)) if asked is not None else ("", "")


def _command(name: str, choice: str, argument: str, text: str) -> Command | None:  # noqa: PLR0911, PLR0912, C901 - one return for each answer
    match name, choice:
        case "knock", "admit":
            return AdmitDoctor(argument)
        case "knock", "refuse":
            return RefuseDoctor(argument)
        case "meeting", "open":
            return OpenConference()
        case "invite", "end-meeting":
            return CloseConference()
        case "microphone", answer:
            return AnswerMicrophone(argument, answer == "agree")
        case (("unusual" | "tile"), "confirm"):
            return ConfirmMeasurement(UUID(argument)) if argument else None
        case "end", "end":
            return EndEncounter()
        case "end", "hang-up":
            return HangUp()
        case "wrong", "wrong":
            return WrongPatient()
        case "withdraw", "withdraw":
            return WithdrawConsent()
        case "refuse", "refuse":
            return RefuseConsent()
        case "oxygen", flow:
            return NoteOxygen(Decimal(flow))
        case "capture", site:
            return Capture(_site(site))
        case "tile", site if site.startswith("site:"):
            return NoteSite(Metric.SYSTOLIC, _site(site.removeprefix("site:")))
        case "text", "show":
            return ShowText(text) if text else None
        case "error", reason:
            return MarkEnteredInError(UUID(argument), reason) if argument else None
        case "attribute", "attribute":
            return AttributeMeasurement(UUID(argument))
        case "discard", "discard":
            return DiscardMeasurement(UUID(argument))
        case "listen", position:
            return StartAuscultation(next(one for one in Position if one == position))
        case "unheard", "throw":
            return StopAuscultation(keep=False)
        case "attach", (("ecg" | "ultrasound" | "document") as what):
            return AttachDocument(argument, what)
        case "put-away", "put-away":
            return DiscardDocument(argument)
        case _:
            return None


def _site(key: str) -> Site:
    return next(site for site in Site if site == key)

# SPDX-License-Identifier: Apache-2.0
"""Home: which resident, and is the cart ready."""

import unicodedata
from typing import TypedDict

import msgspec
from PySide6.QtCore import Slot

from device.commands import OpenEncounter
from device.people import Patient
from device.sound import Trial
from device.station.state import CameraPhase, InstrumentPhase, InstrumentState, SoundState
from ui import french
from ui.viewmodels.moment import Moment
from ui.viewmodels.shown import Shown, Submit

LOW_BATTERY = 20


class Resident(msgspec.Struct, frozen=True):
    """A row of the list."""

    id: str
    name: str
    born: str
    room: str
    spoken: str


class Ready(msgspec.Struct, frozen=True):
    """A line of the readiness list: ``sign`` is "ok", "care" or "absent"."""

    sign: str
    name: str
    why: str


class HomeView(msgspec.Struct, frozen=True):
    """The home screen."""

    residents: tuple[Resident, ...]
    search: str
    found: str
    title: str
    ready: tuple[Ready, ...]
    notices: tuple[str, ...]
    sound: bool
    testing: bool
    tested: str
    heard_well: bool


class Home(Shown):
    """The residents' list, its search, and what is ready. ``residents`` gives the list as last received."""

    def __init__(self, submit: Submit) -> None:
        super().__init__(self._home)
        self._submit = submit
        self._residents: tuple[Patient, ...] = ()
        self._search = ""

    def give(self, residents: tuple[Patient, ...]) -> None:
        """The list arrived."""
        self._residents = residents

    def leave(self) -> None:
        """Forget the search."""
        self._search = ""

    @Slot(str)
    def choose(self, resident: str) -> None:
        """A resident was touched: open the file."""
        for one in self._residents:
            if one.id == resident:
                self._submit(OpenEncounter(one))

    @Slot(str)
    def search(self, text: str) -> None:
        """Letters of a name, or a room."""
        self._search = text[:40]
        self.again()

    def _home(self, moment: Moment) -> HomeView:
        wanted = plain(self._search)
        rows = tuple(
            _row(one, moment) for one in self._residents if wanted in plain(f"{one.family} {one.given} {one.room}")
        )
        ready = readiness(moment)
        found = "" if rows else ("Aucun nom ne correspond." if wanted else "La liste des résidents arrive…")
        good = all(line.sign == "ok" for line in ready)
        return HomeView(
            residents=rows,
            search=self._search,
            found=found,
            title="Le chariot est prêt" if good else "Le chariot est à vérifier",
            ready=ready,
            notices=tuple(french.sentence(one.line) for one in moment.state.notices),
            **_sound(moment.state.sound),
        )


def plain(text: str) -> str:
    """Lower case without accents, for searching."""
    apart = unicodedata.normalize("NFD", text.lower())
    return "".join(letter for letter in apart if not unicodedata.combining(letter)).strip()


def readiness(moment: Moment) -> tuple[Ready, ...]:
    """Every instrument, every camera, the network and the queue, each with its reason."""
    state = moment.state
    lines = [_instrument(one) for one in state.instruments]
    for camera in state.cameras:
        sign = "ok" if camera.phase is CameraPhase.LIVE else "care"
        lines.append(Ready(sign, camera.label, "branchée" if sign == "ok" else french.sentence(camera.phase.line)))
    for name, line in (("Micro", state.sound.microphone), ("Haut-parleur", state.sound.loudspeaker)):
        lines += [Ready("care", name, french.sentence(line))] if line else []
    if not state.cameras:
        lines.append(Ready("absent", "Caméras", "aucune caméra trouvée"))
    cut = "hors ligne : les mesures restent possibles"
    lines.append(Ready("ok" if state.online else "care", "Réseau", "en ligne" if state.online else cut))
    if state.queue.waiting and state.queue.why:
        lines.append(Ready("care", "Envoi", french.sentence(state.queue.why)))
    return tuple(lines)


class _Heard(TypedDict):
    sound: bool
    testing: bool
    tested: str
    heard_well: bool


def _sound(sound: SoundState) -> _Heard:
    """The sound test; nothing of it while this cart says nothing of its sound."""
    return _Heard(
        sound=sound.ring != "",
        testing=sound.trial is Trial.RUNNING,
        tested=french.sentence(sound.trial.line),
        heard_well=sound.trial is Trial.PASSED,
    )


def _instrument(unit: InstrumentState) -> Ready:
    charge = "" if unit.battery is None else f"pile {unit.battery} %"
    if unit.phase is InstrumentPhase.FAULT:
        return Ready("care", unit.kind, french.sentence(unit.line) or "en défaut")
    if unit.battery is not None and unit.battery < LOW_BATTERY:
        return Ready("care", unit.kind, f"{charge}, à changer")
    if unit.phase is InstrumentPhase.ABSENT:
        return Ready("absent", unit.kind, french.sentence(unit.line) or "pas encore vu : allumez-le")
    if unit.line:
        return Ready("care", unit.kind, french.sentence(unit.line))
    return Ready("ok", unit.kind, charge or "prêt")


def _row(patient: Patient, moment: Moment) -> Resident:
    years = french.age(patient.born, moment.today)
    name, born = french.full_name(patient), f"{french.short_date(patient.born)} · {years} ans"
    room = f"ch. {patient.room}" if patient.room else ""
    return Resident(patient.id, name, born, room, f"{name}, {born}, {room}".rstrip(", "))

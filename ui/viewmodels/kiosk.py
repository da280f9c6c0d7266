# SPDX-License-Identifier: Apache-2.0
"""The screen as a whole: follows the station, shows each part, settles after each change."""

import time
from collections.abc import Callable
from datetime import datetime
from functools import partial

from PySide6.QtCore import Property, QObject, QTimer, Signal, Slot

from device.commands import Command
from device.people import Patient
from device.station.messages import Reply
from ui import french
from ui.station import Station
from ui.video import Feed
from ui.viewmodels.actions import Actions
from ui.viewmodels.agreement import Agreement
from ui.viewmodels.aside import aside
from ui.viewmodels.call import call
from ui.viewmodels.consent import consent
from ui.viewmodels.controls import controls
from ui.viewmodels.frame import Frame
from ui.viewmodels.home import Home
from ui.viewmodels.identity import Identity
from ui.viewmodels.listening import listening
from ui.viewmodels.meeting import meeting
from ui.viewmodels.moment import Moment, screen
from ui.viewmodels.once import Once
from ui.viewmodels.overlay import overlay
from ui.viewmodels.sheet import Sheet
from ui.viewmodels.shown import Shown
from ui.viewmodels.sign_in import SignIn
from ui.viewmodels.strip import strip
from ui.viewmodels.summary import summary
from ui.viewmodels.tiles import tiles
from ui.wave import Wave

TICK_MS = 500


def local_time() -> datetime:
    """The wall clock, in the cart's zone."""
    return datetime.now().astimezone()


def _part(name: str) -> Property:
    def read(self: "Kiosk") -> QObject:
        return self.parts[name]

    return Property(QObject, read, constant=True)


class Kiosk(QObject):
    """The root view model: what QML gets, and nothing else. ``reached`` tells which entry the tiles now show."""

    reached = Signal(int)

    def __init__(
        self,
        station: Station,
        doctor: Feed,
        room: Feed,
        waves: dict[str, Wave],
        monotonic: Callable[[], float] = time.monotonic,
        local: Callable[[], datetime] = local_time,
    ) -> None:
        super().__init__()
        self._station, self._doctor, self._room, self._waves = station, doctor, room, waves
        self._monotonic, self._local = monotonic, local
        self._once = Once(monotonic)
        self._where = ""
        self._newest = 0
        agreement = Agreement(self.submit)
        self._actions = Actions(self.submit, agreement)
        self._actions.turned.connect(self.refresh)
        self._frame = Frame(monotonic)
        self._sign_in, self._home, self._identity = SignIn(self.submit), Home(self.submit), Identity(self.submit)
        self._sheet = Sheet(self.submit, agreement, self._resident)
        self._tiles = Shown(tiles)
        self._always: tuple[Shown, ...] = (self._frame, Shown(strip), self._sheet, Shown(overlay), self._identity)
        self._screens: dict[str, tuple[Shown, ...]] = {
            "sign-in": (self._sign_in,),
            "home": (self._home,),
            "consent": (Shown(consent),),
            "encounter": (
                self._tiles,
                Shown(call),
                Shown(controls),
                Shown(aside),
                Shown(listening),
                Shown(meeting),
            ),
            "summary": (Shown(summary),),
        }
        self.parts: dict[str, QObject] = self._named()
        for part in self.parts.values():
            if part.parent() is None:
                part.setParent(self)
        station.changed.connect(self.refresh)
        self._tick = QTimer(self, interval=TICK_MS)
        self._tick.timeout.connect(self.refresh)
        self._tick.start()

    frame, strip, sheet, overlay = _part("frame"), _part("strip"), _part("sheet"), _part("overlay")
    signIn, home, identity = _part("signIn"), _part("home"), _part("identity")  # noqa: N815 - QML's spelling
    consent, summary, aside = _part("consent"), _part("summary"), _part("aside")
    tiles, call, controls, act = _part("tiles"), _part("call"), _part("controls"), _part("act")
    doctorFeed, roomFeed = _part("doctorFeed"), _part("roomFeed")  # noqa: N815 - QML's spelling
    listening, stethoscope, microphone = _part("listening"), _part("stethoscope"), _part("microphone")
    meeting = _part("meeting")

    def submit(self, command: Command, done: Callable[[Reply], None] | None = None) -> bool:
        """Send a touch's command once; a refusal is shown when nobody else shows it."""
        if not self._once.admits(command):
            return False
        return self._station.submit(command, partial(self._answered, done))

    @Slot()
    def refresh(self) -> None:
        """Show the newest state."""
        state, lost = self._station.state, self._station.lost
        now = self._monotonic()
        if state is None:
            return
        moment = Moment(state, self._station.file, now, self._local(), None if lost is None else now - lost)
        self._actions.state = state
        self._home.give(self._station.residents)
        self._turn(moment)
        for part in (*self._screens[screen(moment)], *reversed(self._always)):
            part.refresh(moment)
        self._feed(moment)
        if moment.file is not None and moment.file.sequence > self._newest and screen(moment) == "encounter":
            self._newest = moment.file.sequence
            self.reached.emit(self._newest)

    def _resident(self, id: str) -> Patient | None:  # noqa: A002 - the list's word
        return next((one for one in self._station.residents if one.id == id), None)

    def _turn(self, moment: Moment) -> None:
        """A new screen: what was typed or asked on the last one is void."""
        where = screen(moment)
        if where != self._where:
            self._where, self._actions.tray = where, False
            self._sign_in.leave()
            self._home.leave()
            self._sheet.leave()
            if where in {"sign-in", "home"}:
                self._sheet.forget()
            if where != "home":
                self._identity.leave()
            elif moment.lost is None:
                self._station.ask_residents()
        self._frame.tray = self._actions.tray

    def _feed(self, moment: Moment) -> None:
        live = screen(moment) == "encounter"
        state = moment.state
        self._doctor.follow(state.call.ring if live else "")
        camera = next((one for one in state.cameras if one.id == state.camera), None)
        shown = live and state.camera_on and camera is not None
        self._room.follow(camera.ring if shown and camera is not None else "", held=state.frozen)
        self._waves["stethoscope"].follow(state.listening.ring if live and state.listening.position is not None else "")
        self._waves["microphone"].follow(state.sound.ring if screen(moment) == "home" else "")

    def _answered(self, done: Callable[[Reply], None] | None, reply: Reply) -> None:
        if not reply.ok and not isinstance(getattr(done, "__self__", None), (SignIn, Identity)):
            self._frame.say(french.sentence(reply.line))
        if done is not None:
            done(reply)

    def _named(self) -> dict[str, QObject]:
        screens = self._screens
        return {
            "frame": self._frame,
            "strip": self._always[1],
            "sheet": self._sheet,
            "overlay": self._always[3],
            "signIn": self._sign_in,
            "home": self._home,
            "identity": self._identity,
            "consent": screens["consent"][0],
            "summary": screens["summary"][0],
            "tiles": self._tiles,
            "call": screens["encounter"][1],
            "controls": screens["encounter"][2],
            "aside": screens["encounter"][3],
            "listening": screens["encounter"][4],
            "meeting": screens["encounter"][5],
            "act": self._actions,
            "doctorFeed": self._doctor,
            "roomFeed": self._room,
            **self._waves,
        }

# SPDX-License-Identifier: Apache-2.0
"""``chevet device``: instruments, cameras, journal, encounter and call, wired together."""

import argparse
import asyncio
import logging
import os
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from call.call import Call, Cart
from call.diagnosis import RELAY_CODES, relay_troubles
from call.diagnosis_looks import Looks
from call.metrics import METRICS, Meter
from call.relays import Sounding
from call.rooms import RoomFile
from call.signalling import Network, Signalling
from cart.buses import Buses, Enrolled, Parts, quiet
from cart.cli import folder_arguments, plain_argument
from cart.conference import make as conference
from cart.config import Configuration
from cart.freeze import press
from cart.key import storage_key
from cart.notify import heartbeat, notify
from cart.puppets import Puppets
from cart.roster import Roster
from cart.sensors import Sensors
from cart.signals import until_stopped
from cart.sound import Sound
from cart.storage import Storage
from cart.supervise import supervise
from device.attachments import Attachments
from device.clock import SystemClock
from device.documents.folder import Folder
from device.documents.inbox import Inbox
from device.encounter import Bedside, Limits, replay
from device.entry import EncounterOpened
from device.errors import ChevetError
from device.journal import Journal
from device.pulse import CODE, Pulse
from device.registry import Registry
from device.ring import RingWriter
from device.station.access import Operators
from device.station.core import Station
from device.station.eyes import Eyes
from device.station.intake import Intake
from device.station.residents import load as load_residents
from device.station.server import StationServer
from device.station.sight import Sight
from device.station.state import Notice
from device.station.workshop import Workshop
from device.video import Cameras
from virtual.cameras import GENERATORS

log = logging.getLogger(__name__)

REMEMBERED = 5000
"""Entries read again at start at least: what was lately seen, so that a memory that is sent again is known."""
DOCTOR_RING = "doctor.ring"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Folders, and whether the instruments are virtual."""
    folder_arguments(parser)
    plain_argument(parser)
    parser.add_argument("--virtual", action="store_true", help="virtual instruments and sound, moved by a socket")


def run(options: argparse.Namespace) -> int:
    """Run until asked to stop."""
    configuration = Configuration.load(options.config)
    if options.plain:
        configuration = configuration.plain()
    key = storage_key(encrypted=configuration.storage.encrypted)
    options.state.mkdir(parents=True, exist_ok=True, mode=0o700)
    options.runtime.mkdir(parents=True, exist_ok=True, mode=0o750)
    asyncio.run(until_stopped(_run(configuration, key, options.state, options.runtime, virtual=options.virtual)))
    return 0


async def _run(configuration: Configuration, key: bytes | None, state: Path, runtime: Path, *, virtual: bool) -> None:
    clock = SystemClock(trusted=True if configuration.cart.trust_clock else None)
    journal = Journal.open(state / "journal.db", clock, key)
    try:
        await Device(configuration, clock, journal, state, runtime, virtual=virtual).run()
    finally:
        journal.close()


class Device:
    """The parts of chevet-device and who knows whom."""

    def __init__(
        self,
        configuration: Configuration,
        clock: SystemClock,
        journal: Journal,
        state: Path,
        runtime: Path,
        *,
        virtual: bool,
    ) -> None:
        files = configuration.files
        self._configuration = configuration
        self._clock = clock
        self._runtime = runtime
        self._registry = Registry.load(
            configuration.file(files.models), configuration.file(files.instruments), simulated=virtual
        )
        self._puppets = Puppets(self._registry, runtime / "virtual") if virtual else None
        self._cameras = Cameras.load(
            configuration.file(files.cameras), runtime, clock, lambda _: self._station.show_cameras(), GENERATORS
        )
        self._storage = Storage(configuration.storage, journal, clock, state)
        attachments = self._storage.attachments
        limits = Limits.load(configuration.file(files.limits))
        residents = load_residents(configuration.file(files.residents))
        self._station = Station(
            info=configuration.info(),
            clock=clock,
            journal=journal,
            newest=journal.newest,
            operators=Operators.load(configuration.file(files.operators)),
            residents=residents.patients,
            eyes=Eyes(self._cameras, attachments),
            limits=limits,
        )
        for fault in residents.faults:
            log.warning("%s %s", fault.code, fault)
            self._station.notify(fault.code, fault.line)
        self._intake = Intake(
            self._station,
            self._station.writer,
            limits,
            clock,
            enrolled=Enrolled(self._registry),
            quiet=lambda instrument: quiet(self._registry, instrument),
        )
        self._workshop = Workshop(self._station)
        parts = Parts(self._registry, clock, self._station, self._intake, self._workshop)
        self._buses = Buses(parts, self._puppets)
        self._said: Notice | None = None
        self._sound = Sound(configuration, self._station, clock, (attachments, runtime), virtual=virtual)
        folder = Path(configuration.imports.folder) if configuration.imports.folder else state / "import"
        self._inbox = Inbox(
            Folder(folder), attachments, clock, self._station.show_documents, notify=self._station.notify
        )
        self._station.attach_inbox(self._inbox)
        self._call = self._make_call(attachments, state)
        self._station.attach(self._call)
        self._pulse = Pulse(self._blocked)
        self._meter = Meter(
            self._call.samples, runtime / METRICS, lambda: self._pulse.promptness, self._station.show_incident
        )
        self._station.settle = self._settle
        self._station.resume(_bedside(journal))

    async def run(self) -> None:
        """Serve until cancelled; every part is started again if it fails."""
        server = StationServer(self._station, self._runtime / "station", workshop=self._workshop)
        self._cameras.start()
        parts: dict[str, Callable[[], Awaitable[None]]] = {
            "writer": self._station.writer.run,
            "station": lambda: server.run(lambda: notify("READY=1")),
            "instruments": self._buses.ble,
            "serial": self._buses.serial,
            "call": self._call.run,
            "metrics": self._meter.run,
            "pulse": self._pulse.run,
            "buttons": self._cameras.buttons(lambda camera: press(self._station, camera)).run,
            **self._sound.parts,
            "inbox": self._inbox.run,
            "storage": lambda: self._storage.watch(self._station),
            "retention": lambda: self._storage.keep(self._station),
            "roster": Roster(self._configuration.file(self._configuration.files.residents), self._station).run,
            "sensors": Sensors(self._station, self._cameras, self._clock).run,
            "watchdog": heartbeat,
        }
        if self._puppets is not None:
            parts["puppets"] = self._puppets.run
        try:
            async with asyncio.TaskGroup() as group:
                for name, start in parts.items():
                    group.create_task(supervise(name, start, self._tell), name=name)
        finally:
            self._cameras.stop()

    def _make_call(self, attachments: Attachments, state: Path) -> Call:
        ring = self._runtime / DOCTOR_RING
        parts = Cart(
            pictures=Sight(self._cameras.__getitem__, lambda: self._station.state.camera),
            microphone=self._sound.microphone,
            loudspeaker=self._sound.loudspeaker,
            sink=RingWriter(ring, 640, 360),
            entries=self._station,
            views=self._station,
            commands=self._station,
            attachments=attachments,
            rooms=RoomFile(state / "room.json"),
            clock=self._clock,
            stethoscope=self._sound.ears,
            cleaner=self._sound.echo,
        )
        rendezvous = self._configuration.rendezvous
        authority = self._configuration.folder / rendezvous.authority if rendezvous.authority else None
        return Call(
            parts,
            lambda receive, network: Signalling(
                rendezvous.url,
                rendezvous.token,
                self._clock,
                receive,
                network,
                authority=authority,
                look=Looks(rendezvous.url, self._clock, authority).closer,
            ),
            self._station.show_call,
            self._network,
            str(ring),
            authority=authority,
            on_relays=self._relays,
            conference=conference(self._configuration, state),
        )

    async def _settle(self) -> None:
        """An encounter is about to end: what its call and its instruments brought is written first."""
        self._meter.settle(time.monotonic())
        await self._intake.settle()

    def _blocked(self, seconds: float) -> None:
        """The event loop stood still: the technician's."""
        lasted = f"{seconds:.1f}".replace(".", ",")
        self._station.warn(CODE, f"Le programme du chariot s’est figé {lasted} s. À transmettre si cela revient.")

    def _relays(self, found: tuple[Sounding, ...]) -> None:
        """What is wrong with relays is the technician's."""
        wrong = {trouble.code: trouble.line for trouble in relay_troubles(found)}
        for code in RELAY_CODES:
            self._station.warn(code, wrong.get(code, ""))

    def _network(self, network: Network) -> None:
        self._station.show_online(network.online)
        before, self._said = self._said, network.notice
        if before is not None and before != network.notice:
            self._station.notify(before.code, "")
        if network.notice is not None:
            self._station.notify(network.notice.code, network.notice.line)

    def _tell(self, part: str, error: ChevetError | None) -> None:
        code = error.code if error is not None else "CHV-01"
        line = error.line if error is not None else "Une partie du chariot a redémarré. Continuez."
        log.error("part %s: %s (process %d)", part, code, os.getpid())
        self._station.notify(code, line)


def _bedside(journal: Journal) -> Bedside:
    """What the journal's end amounts to: from the last file opened, or further back."""
    start = min(journal.newest - REMEMBERED, journal.latest(EncounterOpened) - 1)
    position, bedside = max(0, start), Bedside()
    while page := journal.after(position):
        position, bedside = page[-1].sequence, replay(page, bedside)
    return bedside

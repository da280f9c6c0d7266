# SPDX-License-Identifier: Apache-2.0
"""The station as the screen reaches it: one Unix socket, JSON Lines, always coming back.

Qt only, on the thread of Qt's event loop. Nothing is queued while the station is away: a command is then refused at
once, so that no touch of yesterday is carried out tomorrow.
"""

import logging
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import msgspec
from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtNetwork import QLocalSocket

from device.commands import Command
from device.entry import Entry
from device.people import Patient
from device.station.messages import (
    MAX_LINE,
    EntryMessage,
    Failure,
    GetResidents,
    Hello,
    Read,
    Reply,
    Request,
    Residents,
    Snapshot,
    StationMessage,
)
from device.station.state import State
from ui.file import File, fold
from ui.lines import Lines

log = logging.getLogger(__name__)

RECONNECT_MS = 300
REPLY_SECONDS = 10.0
MAX_PENDING = 32
MAX_UNSENT = 1 << 18

LOST = Reply("", ok=False, code="STA-01", line="Le chariot redémarre. Attendez un instant, puis recommencez.")
SILENT = Reply("", ok=False, code="STA-02", line="Le chariot n’a pas répondu. Vérifiez l’écran, puis recommencez.")

Done = Callable[[Reply], None]


class _Pending(msgspec.Struct):
    command: Command
    asked: float
    done: Done | None


class Station(QObject):
    """The newest state, the open file, and the way to ask. ``changed`` is emitted once for each batch of messages."""

    changed = Signal()

    def __init__(self, path: Path, monotonic: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self.state: State | None = None
        self.file: File | None = None
        self.residents: tuple[Patient, ...] = ()
        self._path = str(path)
        self._monotonic = monotonic
        self._lines = Lines(MAX_LINE)
        self._pending: dict[str, _Pending] = {}
        self._lost_at: float | None = monotonic()
        self._reading = self._asked = False
        self._seen = 0
        self._encoder = msgspec.json.Encoder()
        self._decoder: msgspec.json.Decoder[StationMessage] = msgspec.json.Decoder(StationMessage)
        self._socket = QLocalSocket(self)
        self._socket.connected.connect(self._greet)
        self._socket.disconnected.connect(self._lose)
        self._socket.readyRead.connect(self._receive)
        self._timer = QTimer(self, interval=RECONNECT_MS)
        self._timer.timeout.connect(self._attend)

    def start(self) -> None:
        """Connect, and go on trying."""
        self._timer.start()
        self._attend()

    def close(self) -> None:
        """Leave."""
        self._timer.stop()
        self._socket.abort()

    @property
    def lost(self) -> float | None:
        """Since when (CLOCK_MONOTONIC, seconds) nothing has been heard of the station; None while it is there."""
        return self._lost_at

    def submit(self, command: Command, done: Done | None = None) -> bool:
        """Ask once: an equal command that still waits for its answer is not sent again. Tells whether it was sent."""
        if any(waiting.command == command for waiting in self._pending.values()):
            return False
        if self._lost_at is not None or len(self._pending) >= MAX_PENDING:
            if done is not None:
                done(LOST)
            return False
        request = Request(str(uuid.uuid4()), command)
        self._pending[request.id] = _Pending(command, self._monotonic(), done)
        self._send(request)
        return True

    def ask_residents(self) -> None:
        """Ask for the residents' list; it arrives in ``residents``."""
        self._send(GetResidents(str(uuid.uuid4())))

    def _send(self, message: Hello | Read | Request | GetResidents) -> None:
        if self._socket.bytesToWrite() > MAX_UNSENT:
            log.warning("station takes nothing: connection dropped")
            self._socket.abort()
            return
        self._socket.write(self._encoder.encode(message) + b"\n")
        self._socket.flush()

    @Slot()
    def _attend(self) -> None:
        if self._socket.state() == QLocalSocket.LocalSocketState.UnconnectedState:
            self._socket.connectToServer(self._path)
        late = [key for key, one in self._pending.items() if self._monotonic() - one.asked > REPLY_SECONDS]
        for one in late:
            self._settle(msgspec.structs.replace(SILENT, id=one))

    @Slot()
    def _greet(self) -> None:
        self._lines.clear()
        self._reading = self._asked = False
        self._send(Hello("ui"))

    @Slot()
    def _lose(self) -> None:
        if self._lost_at is None:
            self._lost_at = self._monotonic()
        for one in list(self._pending):
            self._settle(msgspec.structs.replace(LOST, id=one))
        self.changed.emit()

    @Slot()
    def _receive(self) -> None:
        try:
            lines = self._lines.feed(bytes(self._socket.readAll().data()))
            messages = [self._decoder.decode(line) for line in lines]
        except (ValueError, msgspec.MsgspecError) as error:
            log.error("station: %s", error)  # noqa: TRY400 - the message names the fault, the trace adds nothing
            self._socket.abort()
            return
        entries = [message.entry for message in messages if isinstance(message, EntryMessage)]
        for message in messages:
            self._take(message)
        self._follow(entries)
        if messages:
            self.changed.emit()

    def _take(self, message: StationMessage) -> None:
        match message:
            case Snapshot(state):
                self.state = state
                self._lost_at = None
                if state.operator is None:
                    self.residents, self._asked = (), False
                elif not self._asked:
                    self._asked = True
                    self.ask_residents()
            case Reply():
                self._settle(message)
            case Residents(residents=residents):
                self.residents = residents
            case Failure(code, _, detail):
                log.error("station: %s %s", code, detail)
            case _:
                pass

    def _follow(self, entries: list[Entry]) -> None:
        """Fold what came; forget a file that is closed; ask for what is missing (once for each connection and file)."""
        self.file = fold(self.file, entries)
        if entries:
            self._seen = max(self._seen, entries[-1].sequence)
        if self.state is None or self._lost_at is not None:
            return
        encounter, newest = self.state.encounter, self.state.newest
        if self.file is not None and self.file.sequence > newest and not self.file.shut:
            return
        if encounter is None:
            self.file = None
            if not self._reading:
                self._read(newest)
        elif self.file is not None and self.file.encounter == encounter.id:
            if not self._reading:
                self._read(self.file.sequence)
        elif not self._reading or self._seen >= encounter.first_sequence:
            self.file = None
            self._read(encounter.first_sequence - 1)

    def _read(self, after: int) -> None:
        self._reading, self._seen = True, after
        self._send(Read(after))

    def _settle(self, reply: Reply) -> None:
        pending = self._pending.pop(reply.id, None)
        if pending is not None and pending.done is not None:
            pending.done(reply)

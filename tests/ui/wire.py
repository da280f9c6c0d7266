# SPDX-License-Identifier: Apache-2.0
"""A station at the wire: a local socket that speaks the real messages, on Qt's event loop."""

from collections.abc import Callable
from pathlib import Path

import msgspec
from PySide6.QtCore import QObject
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from device.commands import Command
from device.entry import Entry
from device.people import Patient
from device.station.messages import (
    PROTOCOL,
    ClientMessage,
    EntryMessage,
    GetResidents,
    Hello,
    Read,
    Reply,
    Request,
    Residents,
    Snapshot,
    StationMessage,
    Welcome,
)
from device.station.state import State

Answer = Callable[[Command], Reply | None]


class WireStation(QObject):
    """Answers one screen. ``answer`` gives a request's reply (its id is filled in); None keeps it waiting."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.state: State | None = None
        self.entries: list[Entry] = []
        self.residents: tuple[Patient, ...] = ()
        self.requests: list[Request] = []
        self.reads: list[int] = []
        self.hellos: list[Hello] = []
        self.answer: Answer = lambda _: Reply("", ok=True)
        self._after: int | None = None
        self._client: QLocalSocket | None = None
        self._rest = b""
        self._decoder = msgspec.json.Decoder(ClientMessage)
        self._server = QLocalServer(self)
        self._server.newConnection.connect(self._accept)
        self.listen()

    @property
    def commands(self) -> list[Command]:
        return [request.command for request in self.requests]

    def listen(self) -> None:
        QLocalServer.removeServer(str(self.path))
        assert self._server.listen(str(self.path))

    def show(self, state: State) -> None:
        self.state = state
        self.send(Snapshot(state))

    def append(self, *entries: Entry) -> None:
        self.entries += entries
        if self._after is not None:
            self._catch_up()

    def send(self, message: StationMessage) -> None:
        self.send_raw(msgspec.json.encode(message) + b"\n")

    def send_raw(self, data: bytes) -> None:
        if self._client is not None:
            self._client.write(data)
            self._client.flush()

    def die(self) -> None:
        self._server.close()
        if self._client is not None:
            client, self._client, self._after = self._client, None, None
            client.abort()

    def _accept(self) -> None:
        self._client, self._rest, self._after = self._server.nextPendingConnection(), b"", None
        self._client.readyRead.connect(self._receive)

    def _receive(self) -> None:
        if self._client is None:
            return
        *lines, self._rest = (self._rest + self._client.readAll().data()).split(b"\n")
        for line in lines:
            self._take(self._decoder.decode(line))

    def _take(self, message: ClientMessage) -> None:
        match message:
            case Hello():
                self.hellos.append(message)
                self.send(Welcome(PROTOCOL))
                if self.state is not None:
                    self.send(Snapshot(self.state))
            case Read(after):
                self.reads.append(after)
                self._after = after
                self._catch_up()
            case Request(id):
                self.requests.append(message)
                reply = self.answer(message.command)
                if reply is not None:
                    self.send(msgspec.structs.replace(reply, id=id))
            case GetResidents(id):
                self.send(Residents(id, self.residents))

    def _catch_up(self) -> None:
        for entry in self.entries:
            if entry.sequence > self._after:
                self.send(EntryMessage(entry))
                self._after = entry.sequence

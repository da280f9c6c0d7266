# SPDX-License-Identifier: Apache-2.0
"""A technician's end of the station socket: one request after another, each waited for (see ``station.technical``)."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

import msgspec

from device.errors import MessageError
from device.station.messages import PROTOCOL, Failure, Hello, Reply, StationMessage, Welcome
from device.station.technical import Answer, Asked, TechnicalAnswer, TechnicalRequest

PATIENCE = 300.0
"""Seconds without a word after which the station counts as gone: longer than any of its own deadlines."""
_GONE = "La liaison avec le chariot est perdue : rien n’a changé."


class Technician:
    """One connection. ``connect`` to the socket of a running chevet-device."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._lines = connection.makefile("rb")
        self._decoder: msgspec.json.Decoder[StationMessage] = msgspec.json.Decoder(StationMessage)

    @classmethod
    @contextmanager
    def connect(cls, path: Path) -> Iterator[Self]:
        """Say hello. Raises MessageError: not running (MSG-20), no right (MSG-21, MSG-03), another version (MSG-02)."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(PATIENCE)
            try:
                connection.connect(str(path))
            except PermissionError as error:
                line = "Ce compte n’a pas accès au chariot : utilisez sudo, ou le groupe chevet-technician."
                raise MessageError(21, line, f"{path}: {error}") from error
            except OSError as error:
                line = f"Le chariot ne tourne pas ici : démarrez chevet-device, ou donnez --runtime ({path.parent})."
                raise MessageError(20, line, f"{path}: {error}") from error
            technician = cls(connection)
            with suppress(MessageError):  # refused already: the reason is there to be read
                technician._send(Hello("technician", PROTOCOL))
            if not isinstance(technician._next(), Welcome):
                raise MessageError(2, "Ce programme n’est pas de la même version.", "no welcome")
            yield technician

    def converse(self, request: TechnicalRequest, within: float = PATIENCE) -> Iterator[TechnicalAnswer]:
        """What comes of a request until it is done; answer what is Asked before going on. ``within`` seconds without
        a word mean that the station is gone. Raises MessageError, with the station's own code when it refuses."""
        self._connection.settimeout(within)
        self._send(request)
        while True:
            message = self._next()
            if isinstance(message, Reply):
                if message.ok:
                    return
                raise refused(message)
            if isinstance(message, TechnicalAnswer):
                yield message

    def answer(self, asked: Asked, text: str) -> None:
        """Answer a question; "" refuses."""
        self._send(Answer(asked.question, text))

    def _send(self, message: Hello | TechnicalRequest | Answer) -> None:
        try:
            self._connection.sendall(msgspec.json.encode(message) + b"\n")
        except OSError as error:
            raise MessageError(9, _GONE, str(error), retry=True) from error

    def _next(self) -> StationMessage:
        try:
            line = self._lines.readline()
        except OSError as error:
            raise MessageError(9, _GONE, str(error), retry=True) from error
        if not line:
            raise MessageError(9, _GONE, "the station hung up", retry=True)
        try:
            message = self._decoder.decode(line)
        except msgspec.MsgspecError as error:
            raise MessageError(2, "Ce programme n’est pas de la même version.", str(error)) from error
        if isinstance(message, Failure):
            raise _said(message.code, message.line, message.detail)
        return message


def refused(reply: Reply) -> MessageError:
    """The error of a request that was refused, with its own code."""
    return _said(reply.code, reply.line, "refused by the station")


def _said(code: str, line: str, detail: str) -> MessageError:
    """What the station said, under its own code."""
    error = MessageError(9, line, detail)
    error.code = code or error.code
    return error

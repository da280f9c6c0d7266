# SPDX-License-Identifier: Apache-2.0
"""What a page and the cart say on the data channel: docs/signalling.md §2, each message with its ``type``."""

from typing import Annotated

import msgspec
from msgspec import Meta

from call.messages import reason
from device.codes import Doubt, Meal, Metric, Position, Site
from device.commands import (
    AskMeasurement,
    AskMicrophone,
    Capture,
    ChooseCamera,
    Freeze,
    HideText,
    ShowText,
    WriteConclusion,
    ZoomPicture,
)
from device.entry import AsideReason, Entry
from device.errors import MessageError
from device.station.state import Zoom

LONGEST = 16 * 1024
"""Longest message of a page, in bytes."""
CONCLUSION = 8_000
"""Longest conclusion, in characters: its entry must fit a message too."""

Allowed = (
    ChooseCamera
    | Freeze
    | ZoomPicture
    | Capture
    | ShowText
    | HideText
    | AskMeasurement
    | AskMicrophone
    | WriteConclusion
)
"""The commands of a practitioner; every other is refused before it is looked at."""


class _Message(msgspec.Struct, frozen=True, tag_field="type", forbid_unknown_fields=True):
    pass


class Read(_Message, frozen=True, tag="read"):
    """Entries after a sequence, then every new one."""

    after: Annotated[int, Meta(ge=0, le=2**53)]


class CommandMessage(_Message, frozen=True, tag="command"):
    """A command, once for its id."""

    id: Annotated[str, Meta(min_length=1, max_length=64)]
    command: Allowed


class GetCapture(_Message, frozen=True, tag="get-capture"):
    """The bytes of a capture."""

    sha256: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]


class Beat(_Message, frozen=True, tag="beat", omit_defaults=True):
    """A sign of life, of both sides. Of a page: whether it sends its doctor's voice."""

    n: Annotated[int, Meta(ge=0, le=2**53)]
    microphone: bool = True


Seconds = Annotated[float, Meta(ge=0, le=1e6)]
Count = Annotated[int, Meta(ge=0, le=2**31)]


class Seen(_Message, frozen=True, tag="seen"):
    """What a page has shown since it was let in, ``since`` seconds ago. ``first`` is when its first picture was; a
    freeze is a picture that stood though the cart was heard, a cut the time from the cart's silence to the next
    picture: how many are over, how long they were together, and the last one. ``rate``: pictures a second now."""

    since: Seconds
    pictures: Count = 0
    first: Seconds | None = None
    freezes: Count = 0
    frozen: Seconds = 0.0
    last_freeze: Seconds = 0.0
    cuts: Count = 0
    cut: Seconds = 0.0
    last_cut: Seconds = 0.0
    rate: Annotated[float, Meta(ge=0, le=240)] = 0.0


FromPage = Read | CommandMessage | GetCapture | Beat | Seen


class EntryMessage(_Message, frozen=True, tag="entry"):
    """One entry."""

    entry: Entry


class ReplyMessage(_Message, frozen=True, tag="reply"):
    """What became of a command."""

    id: str
    ok: bool
    line: str


class CaptureHeader(_Message, frozen=True, tag="capture"):
    """The bytes of a capture follow; ``size`` 0: there is none."""

    sha256: str
    media_type: str
    size: int


class Reading(_Message, frozen=True, tag="reading"):
    """A read was heard: entries after ``after`` follow. A page that does not hear this asks again."""

    after: int


class ZoomMessage(_Message, frozen=True, tag="zoom"):
    """The part of the picture that is sent from now on, told before the first picture that has it."""

    zoom: Zoom


class Error(_Message, frozen=True, tag="error"):
    """A message was refused."""

    code: str
    detail: str


_decoder = msgspec.json.Decoder(FromPage)


def decode(data: str | bytes) -> FromPage:
    """Read a message of a page. Raises MessageError; its detail says what is wrong and never repeats the message."""
    line = "La page du médecin a envoyé un message illisible."
    if isinstance(data, bytes):
        raise MessageError(12, line, "not text")
    if len(data) > LONGEST or len(data.encode()) > LONGEST:
        raise MessageError(13, line, f"longer than {LONGEST} bytes")
    try:
        message: FromPage = _decoder.decode(data)
    except (msgspec.DecodeError, RecursionError) as error:
        raise MessageError(12, line, reason(error)) from error
    if isinstance(message, CommandMessage) and isinstance(message.command, WriteConclusion):
        _check_length(message.command.text)
    return message


def _check_length(text: str) -> None:
    if len(text) > CONCLUSION:
        raise MessageError(13, "La conclusion est trop longue.", f"longer than {CONCLUSION} characters")


def encode(message: EntryMessage | ReplyMessage | CaptureHeader | Beat | Reading | ZoomMessage | Error) -> str:
    """A message as it goes out."""
    return msgspec.json.encode(message).decode()


def words() -> str:
    """The cart's vocabulary, so that the page needs no table of its own."""
    tables = {
        "metrics": {m.value: {"label": m.label, "unit": m.unit, "digits": m.digits} for m in Metric},
        "doubts": {d.value: {"line": d.line, "void": d.void} for d in Doubt},
        "sites": {s.value: s.label for s in Site},
        "positions": {p.value: p.label for p in Position},
        "hearts": [p.value for p in Position if p.heart],
        "meals": {m.value: m.line for m in Meal},
        "reasons": {r.value: r.line for r in AsideReason},
    }
    return msgspec.json.encode({"type": "words", "words": tables}).decode()

# SPDX-License-Identifier: Apache-2.0
"""The cart's side of signalling: docs/signalling.md §1, each message with its ``type``."""

import re
from typing import Annotated

import msgspec
from msgspec import Meta

from device.errors import MessageError

LONGEST = 256 * 1024
"""Longest message, in bytes."""
SDP = 64 * 1024
"""Longest session description, in characters."""
CANDIDATES = 64
"""Most candidates in a session description, and most trickled in one call."""

Text = Annotated[str, Meta(max_length=1024)]


class _Message(msgspec.Struct, frozen=True, tag_field="type", forbid_unknown_fields=True):
    pass


class IceServer(msgspec.Struct, frozen=True):
    """A relay or STUN server (W3C RTCIceServer)."""

    urls: tuple[Text, ...] | Text
    username: str | None = None
    credential: str | None = None


class Invite(_Message, frozen=True, tag="invite", omit_defaults=True):
    """Open a room, or take an earlier one again."""

    id: str
    room: str | None = None


class Withdraw(_Message, frozen=True, tag="withdraw"):
    """Close a room."""

    room: str


class Admit(_Message, frozen=True, tag="admit"):
    """Let a knocking page in."""

    room: str
    peer: str


class Refuse(_Message, frozen=True, tag="refuse"):
    """Turn a page away."""

    room: str
    peer: str


class Offer(_Message, frozen=True, tag="offer"):
    """Our session description."""

    room: str
    peer: str
    call: int
    sdp: str


class Restart(_Message, frozen=True, tag="restart"):
    """A fresh peer connection follows."""

    room: str
    peer: str


class Ping(_Message, frozen=True, tag="ping"):
    """A beat."""

    n: int


class AskRelays(_Message, frozen=True, tag="relays"):
    """Fresh relay credentials, please."""


ToServer = Invite | Withdraw | Admit | Refuse | Offer | Restart | Ping | AskRelays


class Welcome(_Message, frozen=True, tag="welcome"):
    """The token is good."""

    cart: str
    ice: tuple[IceServer, ...] = ()


class Relays(_Message, frozen=True, tag="relays"):
    """Fresh relay credentials."""

    ice: tuple[IceServer, ...] = ()


class Invited(_Message, frozen=True, tag="invited"):
    """What a doctor needs; again, with another code, whenever a code was used. ``expires`` in seconds since 1970."""

    id: str
    room: str
    link: str
    code: str
    expires: float
    ice: tuple[IceServer, ...] = ()


class Knock(_Message, frozen=True, tag="knock"):
    """Somebody with the right code waits."""

    room: str
    peer: str
    name: str


class Back(_Message, frozen=True, tag="back"):
    """An admitted page is here and has no living peer connection; ``retaken``: said of every page once this cart took
    its room again."""

    room: str
    peer: str
    name: str
    retaken: bool = False


class Left(_Message, frozen=True, tag="left"):
    """A page is gone; ``final`` when its doctor said so."""

    room: str
    peer: str
    final: bool


class Answer(_Message, frozen=True, tag="answer"):
    """The page's session description."""

    room: str
    peer: str
    call: int
    sdp: Annotated[str, Meta(max_length=SDP)]


class Candidate(_Message, frozen=True, tag="candidate"):
    """One of the page's ICE candidates; None: there are no more."""

    room: str
    peer: str
    call: int
    candidate: Text | None = None
    sdpMid: Text | None = None  # noqa: N815 - W3C RTCIceCandidateInit
    sdpMLineIndex: int | None = None  # noqa: N815 - W3C RTCIceCandidateInit


class Dead(_Message, frozen=True, tag="dead"):
    """The page hears no beat."""

    room: str
    peer: str


class Pong(_Message, frozen=True, tag="pong"):
    """Answer to a ping."""

    n: int


class Error(_Message, frozen=True, tag="error"):
    """One of our messages was refused."""

    code: str
    detail: str


FromServer = Welcome | Relays | Invited | Knock | Back | Left | Answer | Candidate | Dead | Pong | Error

_decoder = msgspec.json.Decoder(FromServer)
_THEIRS = re.compile(r"(unknown field|[Ii]nvalid (?:enum )?value) .*", re.DOTALL)


def reason(error: BaseException) -> str:
    """What is wrong with a message, without the names and values in it that are not ours: msgspec quotes them."""
    return _THEIRS.sub(r"\1", str(error))[:200]


def decode(text: str | bytes) -> FromServer:
    """Read a message of the server. Raises MessageError; its detail never repeats the message."""
    try:
        message: FromServer = _decoder.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise MessageError(11, "Le serveur d’appel a envoyé un message illisible.", reason(error)) from error
    if isinstance(message, Answer) and message.sdp.count("a=candidate:") > CANDIDATES:
        raise MessageError(11, "Le serveur d’appel a envoyé un message illisible.", "too many candidates")
    return message


def encode(message: ToServer) -> str:
    """A message as it goes out."""
    return msgspec.json.encode(message).decode()

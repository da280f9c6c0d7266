# SPDX-License-Identifier: Apache-2.0
"""The rendezvous' messages of docs/signalling.md §1: JSON objects with a ``type``, nothing unknown accepted."""

import re
from typing import Annotated

import msgspec
from msgspec import Meta

from doctor.errors import Rejected
from doctor.turn import IceServer

LONGEST = 256 * 1024
"""Longest message accepted, in bytes."""
SDP = 64 * 1024
"""Longest session description, in characters."""
CANDIDATES = 64
"""Most candidates in a session description, and most trickled in one call."""

Token = Annotated[str, Meta(min_length=1, max_length=400)]
Peer = Annotated[str, Meta(min_length=1, max_length=40)]
Id = Annotated[str, Meta(min_length=1, max_length=64)]
Name = Annotated[str, Meta(max_length=80)]
Sdp = Annotated[str, Meta(min_length=1, max_length=SDP)]
CandidateLine = Annotated[str, Meta(max_length=1024)] | None
Mid = Annotated[str, Meta(max_length=64)] | None
MLine = Annotated[int, Meta(ge=0, le=64)] | None
Count = Annotated[int, Meta(ge=0, le=2**53)]


class _Message(msgspec.Struct, frozen=True, tag_field="type", forbid_unknown_fields=True):
    pass


# From both sides.


class Ping(_Message, frozen=True, tag="ping"):
    """A beat; answered at once."""

    n: Count = 0


# Cart to server.


class Invite(_Message, frozen=True, tag="invite"):
    """Open a room, or take one again."""

    id: Id
    room: Token | None = None


class Withdraw(_Message, frozen=True, tag="withdraw"):
    """Close a room."""

    room: Token


class Admit(_Message, frozen=True, tag="admit"):
    """Let a waiting page in."""

    room: Token
    peer: Peer


class Refuse(_Message, frozen=True, tag="refuse"):
    """Turn a page away."""

    room: Token
    peer: Peer


class CartOffer(_Message, frozen=True, tag="offer"):
    """A session description for an admitted page."""

    room: Token
    peer: Peer
    call: Count
    sdp: Sdp


class CartCandidate(_Message, frozen=True, tag="candidate"):
    """An ICE candidate for an admitted page (also from it, towards the cart)."""

    room: Token
    peer: Peer
    call: Count
    candidate: CandidateLine = None
    sdpMid: Mid = None  # noqa: N815 - W3C RTCIceCandidateInit
    sdpMLineIndex: MLine = None  # noqa: N815 - W3C RTCIceCandidateInit


class CartRestart(_Message, frozen=True, tag="restart"):
    """A fresh peer connection follows."""

    room: Token
    peer: Peer


class AskRelays(_Message, frozen=True, tag="relays"):
    """Fresh relay credentials, please."""


CartMessage = Ping | Invite | Withdraw | Admit | Refuse | CartOffer | CartCandidate | CartRestart | AskRelays


# Server to cart.


class Welcome(_Message, frozen=True, tag="welcome"):
    """First to a cart."""

    cart: str
    ice: tuple[IceServer, ...]


class Relays(_Message, frozen=True, tag="relays"):
    """Fresh relay credentials."""

    ice: tuple[IceServer, ...]


class Invited(_Message, frozen=True, tag="invited"):
    """A room is open; again whenever its code has been used."""

    id: str
    room: str
    link: str
    code: str
    expires: int
    ice: tuple[IceServer, ...]


class Knock(_Message, frozen=True, tag="knock"):
    """Somebody with the right code waits."""

    room: str
    peer: str
    name: str


class Back(_Message, frozen=True, tag="back"):
    """An admitted page is here and has no living peer connection; ``retaken``: said of every page once the cart took
    its room again."""

    room: str
    peer: str
    name: str
    retaken: bool = False


class Left(_Message, frozen=True, tag="left"):
    """A page is gone; ``final`` when it said so."""

    room: str
    peer: str
    final: bool


class CartAnswer(_Message, frozen=True, tag="answer"):
    """A page's session description."""

    room: str
    peer: str
    call: int
    sdp: str


class CartDead(_Message, frozen=True, tag="dead"):
    """A page sees no beat."""

    room: str
    peer: str


# Page to server.


class Join(_Message, frozen=True, tag="join"):
    """First of a page: with a code, or with the resume token of an earlier join."""

    room: Token
    name: Name = ""
    code: Annotated[str, Meta(max_length=16)] | None = None
    resume: Annotated[str, Meta(max_length=800)] | None = None
    alive: bool = False


class Answer(_Message, frozen=True, tag="answer"):
    """The page's session description."""

    call: Count
    sdp: Sdp


class Candidate(_Message, frozen=True, tag="candidate"):
    """An ICE candidate of the page, or for it."""

    call: Count
    candidate: CandidateLine = None
    sdpMid: Mid = None  # noqa: N815 - W3C RTCIceCandidateInit
    sdpMLineIndex: MLine = None  # noqa: N815 - W3C RTCIceCandidateInit


class Dead(_Message, frozen=True, tag="dead"):
    """No beat over the data channel."""


class Leave(_Message, frozen=True, tag="leave"):
    """« Quitter »."""


PageMessage = Ping | Join | Answer | Candidate | Dead | Leave


# Server to page.


class Waiting(_Message, frozen=True, tag="waiting"):
    """The code is right; the cart has been asked."""

    peer: str
    resume: str


class Admitted(_Message, frozen=True, tag="admitted"):
    """An offer follows."""

    peer: str
    resume: str
    ice: tuple[IceServer, ...]


class Refused(_Message, frozen=True, tag="refused"):
    """No entry: ``code`` for the page, ``line`` in French for the doctor."""

    code: str
    line: str


class Offer(_Message, frozen=True, tag="offer"):
    """The cart's session description, and relay credentials that are fresh."""

    call: int
    sdp: str
    ice: tuple[IceServer, ...] = ()


class Restart(_Message, frozen=True, tag="restart"):
    """A fresh peer connection follows."""


class CartLost(_Message, frozen=True, tag="cart-lost"):
    """The cart's own connection to this server is gone; media may live on."""


class CartBack(_Message, frozen=True, tag="cart-back"):
    """The cart is here."""


class Closed(_Message, frozen=True, tag="closed"):
    """The cart closed the room."""


class Pong(_Message, frozen=True, tag="pong"):
    """Answer to a ping."""

    n: int


class Error(_Message, frozen=True, tag="error"):
    """A message was refused."""

    code: str
    detail: str


ToCart = Welcome | Relays | Invited | Knock | Back | Left | CartAnswer | CartCandidate | CartDead | Pong | Error
ToPage = Waiting | Admitted | Refused | Offer | Candidate | Restart | CartLost | CartBack | Closed | Pong | Error

_carts = msgspec.json.Decoder(CartMessage)
_pages = msgspec.json.Decoder(PageMessage)
_THEIRS = re.compile(r"(unknown field|[Ii]nvalid (?:enum )?value) .*", re.DOTALL)


def _reason(error: BaseException) -> str:
    """What is wrong with a message, without the names and values in it that are not ours: msgspec quotes them."""
    return _THEIRS.sub(r"\1", str(error))[:200]


def from_cart(text: str) -> CartMessage:
    """Read a cart's message; Rejected "message" when it is not one."""
    try:
        message: CartMessage = _carts.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Rejected("message", _reason(error)) from error
    if isinstance(message, CartOffer):
        check_sdp(message.sdp)
    return message


def from_page(text: str) -> PageMessage:
    """Read a page's message; Rejected "message" when it is not one."""
    try:
        message: PageMessage = _pages.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Rejected("message", _reason(error)) from error
    if isinstance(message, Answer):
        check_sdp(message.sdp)
    if isinstance(message, Join) and not message.name.isprintable():
        raise Rejected("message", "a name with control characters")
    return message


def check_sdp(sdp: str) -> None:
    """Refuse what is not a session description (RFC 8866 §5: it begins with v=0) or holds too many candidates."""
    if not sdp.startswith("v=0"):
        raise Rejected("sdp", "not a session description")
    if sdp.count("a=candidate:") > CANDIDATES:
        raise Rejected("sdp", f"more than {CANDIDATES} candidates")


def text(message: ToCart | ToPage) -> str:
    """A message as it goes out."""
    return msgspec.json.encode(message).decode()

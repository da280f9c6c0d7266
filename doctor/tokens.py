# SPDX-License-Identifier: Apache-2.0
"""Rooms, codes and resume tokens: signed by the server's key (RFC 2104 HMAC, SHA-256), so that nothing is kept.

A token is base64url without padding (RFC 4648 §5) of a payload and the first 16 bytes of its HMAC; each kind of token
is signed under its own purpose, so that none can pass for another.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
import struct
from typing import NamedTuple

from doctor.errors import TokenError

MAC = 16
NONCE = 9
KEY = 32
"""Shortest key, in bytes."""
LONGEST = 400
"""Longest token read, in characters."""

_HEAD = struct.Struct(f">I{NONCE}s")


class Invitation(NamedTuple):
    """What a room's name says. ``expires`` in seconds since 1970 (UTC)."""

    cart: str
    nonce: bytes
    expires: int


class Resume(NamedTuple):
    """What a resume token says: this peer of this room, and whether the cart had admitted it."""

    room: str
    peer: str
    admitted: bool


class Signer:
    """Makes and reads every token. ``key`` is the server's, at least 32 bytes."""

    def __init__(self, key: bytes) -> None:
        if len(key) < KEY:
            raise ValueError(f"a key of at least {KEY} bytes is needed")
        self._key = key

    def room(self, cart: str, expires: int, nonce: bytes | None = None) -> str:
        """A fresh room's name."""
        return self._seal(b"room", _HEAD.pack(expires, nonce or secrets.token_bytes(NONCE)) + cart.encode())

    def invitation(self, room: str, now: float) -> Invitation:
        """What ``room`` says; TokenError "forged" or "expired"."""
        payload = self._open(b"room", room)
        if len(payload) <= _HEAD.size:
            raise TokenError("forged", "a room without a cart")
        expires, nonce = _HEAD.unpack_from(payload)
        if expires <= now:
            raise TokenError("expired", "an invitation past its expiry")
        return Invitation(payload[_HEAD.size :].decode(errors="replace"), nonce, expires)

    def code(self, room: str, used: int) -> str:
        """Six digits for a room of which ``used`` codes have been spent (truncation of RFC 4226 §5.3 over SHA-256)."""
        digest = self._mac(b"code", f"{used}:{room}".encode())
        offset = digest[-1] & 0x0F
        number = int.from_bytes(digest[offset : offset + 4]) & 0x7FFFFFFF
        return f"{number % 1_000_000:06d}"

    def resume(self, room: str, peer: str, *, admitted: bool) -> str:
        """What a page shows to come back as ``peer``; it lives as long as its room."""
        return self._seal(b"resume", f"{int(admitted)}:{peer}:{room}".encode())

    def resumed(self, token: str, room: str) -> Resume:
        """What a resume token says; TokenError when it is not one, or of another room."""
        admitted, _, rest = self._open(b"resume", token).decode(errors="replace").partition(":")
        peer, _, of = rest.partition(":")
        if of != room:
            raise TokenError("forged", "a resume token of another room")
        return Resume(of, peer, admitted == "1")

    def _mac(self, purpose: bytes, payload: bytes) -> bytes:
        return hmac.digest(self._key, purpose + b"\0" + payload, "sha256")

    def _seal(self, purpose: bytes, payload: bytes) -> str:
        mac = self._mac(purpose, payload)[:MAC]
        return base64.urlsafe_b64encode(payload + mac).rstrip(b"=").decode()

    def _open(self, purpose: bytes, token: str) -> bytes:
        if len(token) > LONGEST:
            raise TokenError("forged", "a token that is too long")
        try:
            sealed = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError) as error:  # ValueError: not ASCII
            raise TokenError("forged", "a token that is not base64url") from error
        payload = sealed[:-MAC]
        if not hmac.compare_digest(self._seal(purpose, payload).encode(), token.encode()):  # one spelling only
            raise TokenError("forged", "a token that this server did not sign")
        return payload


def same_code(given: str, expected: str) -> bool:
    """Whether a code is right, in constant time; spaces that people type are ignored."""
    return hmac.compare_digest("".join(given.split()).encode(), expected.encode())


def fingerprint(token: str) -> str:
    """SHA-256 (hex) of a cart's bearer token, as the configuration keeps it."""
    return hashlib.sha256(token.encode()).hexdigest()


def cart_of(token: str, carts: dict[str, str]) -> str | None:
    """The cart whose token this is; every cart is compared, each in constant time."""
    given = fingerprint(token)
    found = None
    for cart, expected in carts.items():
        if hmac.compare_digest(given, expected.lower()):
            found = cart
    return found

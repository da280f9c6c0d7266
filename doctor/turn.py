# SPDX-License-Identifier: Apache-2.0
"""Relay credentials by coturn's time-limited scheme (draft-uberti-behave-turn-rest-00; coturn ``use-auth-secret``)."""

import base64
import hmac
from typing import NamedTuple

import msgspec


class Relay(NamedTuple):
    """A relay: its shared secret (coturn ``static-auth-secret``), its URLs (RFC 7065), how long a credential lives."""

    secret: str
    urls: tuple[str, ...]
    seconds: int


class IceServer(msgspec.Struct, frozen=True):
    """W3C RTCIceServer."""

    urls: tuple[str, ...]
    username: str
    credential: str


def credential(secret: str, username: str) -> str:
    """Base64 of the HMAC-SHA1 of the username: what coturn computes again (SHA-1 is the scheme's)."""
    return base64.b64encode(hmac.digest(secret.encode(), username.encode(), "sha1")).decode()


def ice_servers(relay: Relay | None, peer: str, now: float) -> tuple[IceServer, ...]:
    """What ``peer`` may use from now on; empty without a relay (no third-party STUN, ever)."""
    if relay is None or not relay.urls:
        return ()
    username = f"{int(now) + relay.seconds}:{peer}"
    return (IceServer(relay.urls, username, credential(relay.secret, username)),)

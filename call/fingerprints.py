# SPDX-License-Identifier: Apache-2.0
"""The control words of a call: four French words that both sides compute from the two DTLS certificates.

Read aloud and found the same, nobody sits between the two: whoever put certificates of their own in the session
descriptions (the rendezvous server carries them, RFC 8827 §5) makes the words differ. They are forty bits of PBKDF2
(RFC 8018 §5.2, HMAC-SHA-256) over the SHA-256 of the cart's certificate and that of the page's (DER), in this order,
ten bits a word. The rounds are what makes forty bits enough: whoever sits between has to try a certificate of their own
for each guess within the seconds of a handshake (decision 0013). The certificates are those that the handshake has
shown, never what a description claims. docs/signalling.md §3.
"""

import asyncio
import logging
from functools import cache
from hashlib import pbkdf2_hmac
from pathlib import Path

import msgspec
from aiortc import RTCDtlsTransport
from cryptography.hazmat.primitives.hashes import SHA256

from device.errors import CallError

log = logging.getLogger(__name__)

LIST = Path(__file__).resolve().parent.parent / "doctor" / "page" / "control-words.json"
"""The words, for the page and for the cart alike: JSON, an array of strings."""
COUNT = 1024
WORDS = 4
_BITS = 10
ROUNDS = 200_000
_TAG = b"chevet control words 2"
_DIGEST = 32


@cache
def vocabulary(path: Path = LIST) -> tuple[str, ...]:
    """The words of a list. Raises CallError when it cannot be read or is not of 1 024 different ones."""
    line = "Les mots de contrôle ne peuvent pas être montrés. Prévenez l’assistance."
    try:
        words = msgspec.json.decode(path.read_bytes(), type=tuple[str, ...])
    except (OSError, msgspec.MsgspecError) as error:
        raise CallError(40, line, f"{path.name}: {error}") from error
    if len(set(words)) != COUNT or len(words) != COUNT:
        raise CallError(40, line, f"{path.name}: {len(set(words))} different words, not {COUNT}")
    return words


def control_words(cart: bytes, page: bytes, words: tuple[str, ...]) -> tuple[str, ...]:
    """The words of two certificates' SHA-256: a tenth of a second of a processor. Raises ValueError when one is not 32
    bytes long."""
    if len(cart) != _DIGEST or len(page) != _DIGEST:
        raise ValueError(f"digests of {len(cart)} and {len(page)} bytes")
    number = int.from_bytes(pbkdf2_hmac("sha256", cart + page, _TAG, ROUNDS, 5))
    return tuple(words[number >> _BITS * (WORDS - 1 - place) & COUNT - 1] for place in range(WORDS))


def fingerprints(transport: RTCDtlsTransport) -> tuple[bytes, bytes] | None:
    """Our certificate's SHA-256 and that of the other side as its handshake showed it; None before it has."""
    # aiortc has no public way to the certificate of the other side (W3C getRemoteCertificates).
    connection = transport._ssl  # noqa: SLF001
    if transport.state != "connected" or connection is None:
        return None
    theirs = connection.get_peer_certificate(as_cryptography=True)
    ours = [one.value for one in transport.getLocalParameters().fingerprints if one.algorithm == "sha-256"]
    if theirs is None or not ours:
        return None
    return bytes.fromhex(ours[0].replace(":", "")), theirs.fingerprint(SHA256())


async def spoken(transport: RTCDtlsTransport) -> str:
    """The control words as they are shown; "" while there are none, and when there is no list (logged). They are worked
    out in another thread, which lets this one run."""
    found = fingerprints(transport)
    if found is None:
        return ""
    try:
        return " · ".join(await asyncio.to_thread(control_words, *found, vocabulary()))
    except CallError as error:
        log.warning("%s %s", error.code, error)
        return ""

# SPDX-License-Identifier: Apache-2.0
"""Bytes sealed with a key of their own: AES-256-GCM (NIST SP 800-38D) in chunks, after the STREAM construction.

``CHV1``, then chunks of 64 KiB, each followed by its tag of 16 bytes. A chunk's nonce is its number (11 bytes, big
endian) and whether it is the last (1 byte): none can be moved, left out or added. The header and what the bytes are
about are authenticated with each. A key seals one thing once, so that no nonce is ever used twice.
"""

from collections.abc import Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from device.errors import JournalError

MAGIC = b"CHV1"
CHUNK = 1 << 16
TAG = 16


def seal(data: bytes, key: bytes, about: bytes) -> Iterator[bytes]:
    """The sealed bytes, piece by piece. ``key``: 32 bytes that seal nothing else."""
    cipher, extra = AESGCM(key), MAGIC + about
    yield MAGIC
    last = max(0, len(data) - 1) // CHUNK
    view = memoryview(data)
    for number in range(last + 1):
        yield cipher.encrypt(_nonce(number, last), view[number * CHUNK : (number + 1) * CHUNK], extra)


def unseal(sealed: bytes, key: bytes, about: bytes) -> bytes:
    """What was sealed. Raises JournalError (JRN-16) when a bit of it, or its key, is not what it was."""
    cipher, extra, view = AESGCM(key), MAGIC + about, memoryview(sealed)
    body = view[len(MAGIC) :]
    step = CHUNK + TAG
    last = max(0, len(body) - 1) // step
    if view[: len(MAGIC)] != MAGIC:
        raise spoilt("no sealed file")
    found = bytearray()
    for number in range(last + 1):
        try:
            found += cipher.decrypt(_nonce(number, last), body[number * step : (number + 1) * step], extra)
        except (InvalidTag, ValueError) as error:
            raise spoilt(f"chunk {number} is not what was sealed") from error
    return bytes(found)


def spoilt(detail: str) -> JournalError:
    """Bytes that are not what was kept."""
    return JournalError(16, "Cette image est abîmée.", detail)


def _nonce(number: int, last: int) -> bytes:
    return number.to_bytes(11, "big") + (b"\1" if number == last else b"\0")

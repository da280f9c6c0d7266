# SPDX-License-Identifier: Apache-2.0
"""Header extensions of an RTP packet, one-byte headers (RFC 8285 §4.2): what aiortc neither reads nor writes. Pure."""

import struct

_BEDE = 0xBEDE
_FIXED = 12
_WORD = 4


def number(rtp: bytes, extension: int) -> int | None:
    """The transport-wide number in an RTP packet, under the identity ``extension``; None if it has none."""
    if len(rtp) < _FIXED + 4 or not rtp[0] & 0x10:
        return None
    at = _FIXED + 4 * (rtp[0] & 0x0F)
    if len(rtp) < at + 4 or int.from_bytes(rtp[at : at + 2], "big") != _BEDE:
        return None
    end = min(len(rtp), at + 4 + 4 * int.from_bytes(rtp[at + 2 : at + 4], "big"))
    at += 4
    while at < end:
        size = (rtp[at] & 0x0F) + 1 if rtp[at] else 0
        if rtp[at] >> 4 == extension and size == 2 and at + 3 <= end:  # noqa: PLR2004 - the number's size
            return int.from_bytes(rtp[at + 1 : at + 3], "big")
        at += 1 + size
    return None


def extended(rtp: bytes, extension: int, value: bytes) -> bytes:
    """The RTP packet with ``value`` (1 to 16 bytes) beside its other header extensions; as it is where those are of
    another form (§4.3)."""
    at = _FIXED + 4 * (rtp[0] & 0x0F)
    element = bytes((extension << 4 | len(value) - 1, *value))
    element += bytes(-len(element) % _WORD)
    if not rtp[0] & 0x10:
        head = struct.pack("!HH", _BEDE, len(element) // _WORD)
        return bytes((rtp[0] | 0x10,)) + rtp[1:at] + head + element + rtp[at:]
    kind, words = int.from_bytes(rtp[at : at + 2], "big"), int.from_bytes(rtp[at + 2 : at + 4], "big")
    if kind != _BEDE:
        return rtp
    end = at + 4 + 4 * words
    words += len(element) // _WORD
    return rtp[: at + 2] + words.to_bytes(2, "big") + rtp[at + 4 : end] + element + rtp[end:]

# SPDX-License-Identifier: Apache-2.0
"""SCP-ECG records (EN 1064, ISO 11073-91064): the frame is checked and the patient read; no waveform is decoded.

All numbers are little-endian. A record is a CRC (two bytes, CRC-CCITT, polynomial 0x1021 from 0xFFFF, over all that
follows), its length (four bytes, these six included), then sections. A section's header has sixteen bytes: CRC, number
(two), length (four, header included), versions (two bytes), six reserved. Section 0 holds pointers of ten bytes:
section (two), length (four), index of its first byte from 1 (four); length 0 is a section that is not there. Section 1
holds tags (one byte), lengths (two) and values, up to tag 255: 0 family name, 1 first name, 5 date of birth (year in
two bytes, month, day), 14 the acquiring device, whose seventeenth byte says how texts are written. Section 3 begins
with the number of leads, and describes each in nine bytes. The sections' own CRCs are not asked for: the record's
covers them.

Sources: the openECG tutorials on SCP-ECG; EN 1064:2005 as followed by ecgdatakit, RigacciOrg/ecg-contec and PixelMed.
"""

import binascii
import codecs
from collections.abc import Iterator
from typing import NamedTuple

from device.documents.kinds import MAX_PATIENT, Checked, Kind, damaged, plain

RECORD = 6
SECTION = 16
POINTER = 10
REQUIRED = (0, 1, 3)
SIGNALS = (5, 6, 12)
"""Reference beat, rhythm, long-term rhythm: one of them at least."""
MAX_TAGS = 1000
_FAMILY, _GIVEN, _BORN, _DEVICE, _END = 0, 1, 5, 14, 255
_LANGUAGE = 16
_ENCODINGS = {
    0x03: "iso8859_2", 0x0B: "iso8859_4", 0x13: "iso8859_5", 0x1B: "iso8859_6", 0x23: "iso8859_7", 0x2B: "iso8859_8",
    0x33: "iso8859_11", 0x3B: "iso8859_15", 0x07: "utf-16-le", 0x37: "utf-8",
}  # fmt: skip
"""How texts are written (tag 14, language support code); anything else is ISO 8859-1."""
for _encoding in _ENCODINGS.values():
    codecs.lookup(_encoding)  # loaded now: later, nothing can be opened any more


class Section(NamedTuple):
    """Where a section's data stands in the record."""

    start: int
    end: int


def check(data: bytes) -> Checked:
    """The record's frame and its patient. Raises DocumentError."""
    sections = frame(data)
    missing = [number for number in REQUIRED if number not in sections]
    if missing or not any(number in sections for number in SIGNALS):
        raise damaged(f"sections {sorted(sections)} only")
    _leads(data[slice(*sections[3])])
    return Checked(Kind.SCP, 1, patient(dict(tags(data[slice(*sections[1])]))))


def frame(data: bytes) -> dict[int, Section]:
    """The sections that are there. Raises DocumentError."""
    size = _number(data, 2, 4)
    if not RECORD + SECTION + POINTER <= size <= len(data) or data[size:].strip(b"\0"):
        raise damaged(f"a record of {size} bytes in {len(data)}")
    if binascii.crc_hqx(data[2:size], 0xFFFF) != _number(data, 0, 2):
        raise damaged("the record's CRC")
    length = _number(data, RECORD + 4, 4)
    if length > size - RECORD or (length - SECTION) % POINTER:
        raise damaged(f"a pointer section of {length} bytes")
    found = {}
    for place in range(RECORD + SECTION, RECORD + length, POINTER):
        number, taken, index = _number(data, place, 2), _number(data, place + 2, 4), _number(data, place + 6, 4)
        if taken:
            found[number] = _section(data[:size], number, taken, index)
    ends = 0
    for section in sorted(found.values()):
        if section.start - SECTION < ends:
            raise damaged("two sections in one place")
        ends = section.end
    return found


def _section(record: bytes, number: int, length: int, index: int) -> Section:
    start = index - 1
    if length < SECTION or start < RECORD or start + length > len(record):
        raise damaged(f"section {number}: {length} bytes at {start} of {len(record)}")
    if (_number(record, start + 2, 2), _number(record, start + 4, 4)) != (number, length):
        raise damaged(f"section {number}: its header says otherwise")
    return Section(start + SECTION, start + length)


def tags(body: bytes) -> Iterator[tuple[int, bytes]]:
    """Tags and values of section 1. Raises DocumentError."""
    place = 0
    for _ in range(MAX_TAGS):
        if place >= len(body) or body[place] == _END:
            return
        length = _number(body, place + 1, 2) if place + 3 <= len(body) else len(body)
        value = body[place + 3 : place + 3 + length]
        if len(value) < length:
            raise damaged(f"tag {body[place]}: {length} bytes, {len(value)} left")
        yield body[place], value
        place += 3 + length
    raise damaged(f"over {MAX_TAGS} tags")


def patient(tagged: dict[int, bytes]) -> str:
    """Family name, first name, date of birth."""
    device = tagged.get(_DEVICE, b"")
    encoding = _ENCODINGS.get(device[_LANGUAGE], "latin-1") if len(device) > _LANGUAGE else "latin-1"
    names = [_text(tagged.get(tag, b""), encoding) for tag in (_FAMILY, _GIVEN)]
    born = tagged.get(_BORN, b"")
    name = " ".join(part for part in names if part)
    year = _number(born, 0, 2)
    if len(born) >= 4 and year:  # noqa: PLR2004 - year, month, day
        name = f"{name}, {born[3]:02}/{born[2]:02}/{year}"
    return plain(name, MAX_PATIENT)


def _text(value: bytes, encoding: str) -> str:
    """A text up to its NUL."""
    text = value[: len(value) // 2 * 2].decode(encoding, "replace") if encoding == "utf-16-le" else None
    return (text if text is not None else value.decode(encoding, "replace")).split("\0")[0].strip()


def _leads(body: bytes) -> None:
    if len(body) < 2 or not body[0] or len(body) < 2 + 9 * body[0]:  # noqa: PLR2004 - see the module
        raise damaged(f"{body[0] if body else 0} leads in {len(body)} bytes")


def _number(data: bytes, place: int, size: int) -> int:
    return int.from_bytes(data[place : place + size], "little")

# SPDX-License-Identifier: Apache-2.0
"""A DICOM file's elements, walked without reading them: every length must fit, and the last one end with the file.

PS3.5, 7.1 (elements), 7.5 (sequences and items of defined and undefined length), A.4 (pixels in fragments), and PS3.10,
7.1 (the meta information, always explicit and little-endian). pydicom takes a file that is cut for one that ends; this
does not.
"""

from typing import NamedTuple

from device.documents.kinds import damaged

START = 132
"""Bytes of the preamble and the magic word."""
MAX_DEPTH = 16
MAX_ELEMENTS = 500_000
_LONG = frozenset({b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"})
"""Value representations whose length has four bytes."""
_UNDEFINED = 0xFFFFFFFF
_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_SYNTAX = 0x00020010
_IMPLICIT = "1.2.840.10008.1.2"


class _Head(NamedTuple):
    tag: int
    representation: bytes
    length: int
    body: int


def syntax_of(data: bytes) -> tuple[str, int]:
    """The transfer syntax, and where the data set begins. Raises DocumentError."""
    place, syntax = START, ""
    while data[place : place + 2] == b"\x02\x00":
        head = _head(data, place, len(data), implicit=False)
        if head.length == _UNDEFINED or head.body + head.length > len(data):
            raise damaged("meta information that is cut")
        place = head.body + head.length
        if head.tag == _SYNTAX:
            syntax = data[head.body : place].rstrip(b"\0 ").decode("ascii", "replace")
    return syntax, place


def walk(data: bytes, place: int, syntax: str) -> None:
    """Walk a data set to the end of the file. Raises DocumentError."""
    _Walk(data).elements(place, len(data), implicit=syntax == _IMPLICIT, depth=0)


class _Walk:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._left = MAX_ELEMENTS

    def elements(self, place: int, end: int, *, implicit: bool, depth: int, delimited: bool = False) -> int:
        """Elements up to ``end``, or to the end of an item; where that is."""
        if depth > MAX_DEPTH:
            raise damaged(f"over {MAX_DEPTH} sequences in one another")
        while place < end:
            head = self._next(place, end, implicit=implicit)
            if delimited and head.tag == _ITEM_END:
                return head.body
            if head.length != _UNDEFINED:
                place = head.body + head.length
            else:
                inner = implicit or head.representation == b"UN"
                place = self._items(head.body, end, implicit=inner, depth=depth + 1)
            if place > end:
                raise damaged(f"element {head.tag:08x} goes beyond its end")
        if delimited:
            raise damaged("an item without an end")
        return place

    def _items(self, place: int, end: int, *, implicit: bool, depth: int) -> int:
        """Items up to the end of their sequence; where that is."""
        while place < end:
            head = self._next(place, end, implicit=True)
            if head.tag == _SEQUENCE_END:
                return head.body
            if head.tag != _ITEM:
                raise damaged(f"{head.tag:08x} instead of an item")
            if head.length == _UNDEFINED:
                place = self.elements(head.body, end, implicit=implicit, depth=depth, delimited=True)
            else:
                place = head.body + head.length
        raise damaged("a sequence without an end")

    def _next(self, place: int, end: int, *, implicit: bool) -> _Head:
        self._left -= 1
        if self._left < 0:
            raise damaged(f"over {MAX_ELEMENTS} elements")
        return _head(self._data, place, end, implicit=implicit)


def _head(data: bytes, place: int, end: int, *, implicit: bool) -> _Head:
    """An element's tag, representation and length. Delimiters have no representation, whatever the syntax."""
    group, element = (
        int.from_bytes(data[place : place + 2], "little"),
        int.from_bytes(data[place + 2 : place + 4], "little"),
    )
    tag, representation, size = group << 16 | element, b"", 8
    if implicit or group == 0xFFFE:  # noqa: PLR2004 - items and delimiters
        length = int.from_bytes(data[place + 4 : place + 8], "little")
    else:
        representation = data[place + 4 : place + 6]
        if not (representation.isalpha() and representation.isupper()):
            raise damaged(f"element {tag:08x} has no representation")
        size = 12 if representation in _LONG else 8
        length = int.from_bytes(data[place + size - (4 if size > 8 else 2) : place + size], "little")  # noqa: PLR2004
    if place + size > end:
        raise damaged("an element that is cut")
    return _Head(tag, representation, length, place + size)

# SPDX-License-Identifier: Apache-2.0
"""What a sheet is: a question, its reasons and its answers."""

import msgspec


class Choice(msgspec.Struct, frozen=True):
    """An answer. ``kind``: "primary", "outline" or "destructive"; ``id`` "" is none yet."""

    id: str
    label: str
    kind: str = "outline"
    chosen: bool = False


class SheetView(msgspec.Struct, frozen=True):
    """A sheet, or none (``name`` ""). ``columns`` > 0 lays ``keys`` out in a grid; ``limit`` > 0 shows the
    keyboard, or keys of the characters of ``pad`` alone."""

    name: str = ""
    title: str = ""
    lines: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    keys: tuple[Choice, ...] = ()
    columns: int = 0
    text: str = ""
    hint: str = ""
    limit: int = 0
    pad: str = ""


NO_SHEET = SheetView()

# SPDX-License-Identifier: Apache-2.0
"""What a technician types and reads at a terminal."""

import select
import sys
from collections.abc import Sequence
from unicodedata import east_asian_width


def say(text: str) -> None:
    """One line, at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def ask(text: str, seconds: float | None = None) -> str:
    """The line typed after ``text``, "" when none is typed within ``seconds`` or there is nobody to type."""
    sys.stdout.write(text + " ")
    sys.stdout.flush()
    if sys.stdin.isatty() and not select.select([sys.stdin], [], [], seconds)[0]:
        return ""
    return sys.stdin.readline().strip()


def agreed(text: str, seconds: float | None = None) -> bool:
    """Whether the answer to ``text`` is yes."""
    return ask(f"{text} [o/N]", seconds).lower() in {"o", "oui", "y", "yes"}


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Rows under a header, each column as wide as its widest cell."""
    widths = [max(_width(row[column]) for row in (header, *rows)) for column in range(len(header))]
    lines = [
        "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in (header, *rows)
    ]
    return "\n".join(lines)


def _width(text: str) -> int:
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)

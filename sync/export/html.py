# SPDX-License-Identifier: Apache-2.0
"""A little HTML: text is always escaped, and only what these functions return is markup."""

import re
from collections.abc import Iterable, Sequence
from html import escape
from typing import NewType

Markup = NewType("Markup", str)
"""Text that is HTML already."""
_SIGNS = re.compile(r" ([:;!?»])(?=\s|$)")
_OPENING = re.compile("« ")
_VOID = frozenset({"img", "meta"})


def text(words: str) -> Markup:
    """Words as they are, with no break before the signs that French sets apart; line breaks stay."""
    spaced = _SIGNS.sub("\u00a0\\1", _OPENING.sub("«\u00a0", words))
    return Markup(escape(spaced).replace("\n", "<br>\n"))


def together(*parts: Markup) -> Markup:
    """Parts in one line, nothing between them."""
    return Markup("".join(parts))


def join(*parts: Markup) -> Markup:
    """Parts one after the other."""
    return Markup("\n".join(part for part in parts if part))


def tag(name: str, *inside: Markup, **attributes: str) -> Markup:
    """An element; ``class_`` is "class", and an attribute that is "" is left out."""
    told = "".join(
        f' {key.strip("_").replace("_", "-")}="{escape(value)}"' for key, value in attributes.items() if value
    )
    return Markup(f"<{name}{told}>" if name in _VOID else f"<{name}{told}>{''.join(inside)}</{name}>")


def section(title: str, *inside: Markup) -> Markup:
    """A part of the page under its heading; nothing at all when nothing is inside."""
    filled = [one for one in inside if one]
    return tag("section", tag("h2", text(title)), *filled) if filled else Markup("")


def table(caption: str, header: Sequence[str], rows: Iterable[tuple[str, Sequence[Markup]]]) -> Markup:
    """Rows, each with its class; the first cell of each is its heading. Nothing when there is no row."""
    made = [_row(name, cells) for name, cells in rows]
    if not made:
        return Markup("")
    head = tag("tr", *(tag("th", text(one), scope="col") for one in header))
    return tag("table", tag("caption", text(caption)), tag("thead", head), tag("tbody", *made))


def facts(pairs: Iterable[tuple[str, Markup]]) -> Markup:
    """Names and values; a value that is empty is left out."""
    found = [join(tag("dt", text(name)), tag("dd", value)) for name, value in pairs if value]
    return tag("dl", *found) if found else Markup("")


def items(lines: Iterable[Markup]) -> Markup:
    """A list; nothing when it is empty."""
    found = [tag("li", line) for line in lines]
    return tag("ul", *found) if found else Markup("")


def _row(name: str, cells: Sequence[Markup]) -> Markup:
    first, *rest = cells
    inside = (tag("th", first, scope="row"), *(tag("td", cell) for cell in rest))
    return tag("tr", *inside, class_=name)

# SPDX-License-Identifier: Apache-2.0
"""Keeps ``None`` alive under PySide6 on Python 3.11.

PySide6 6.12 is built against the stable ABI as Python 3.12 has it, where None is immortal (PEP 683): each of its calls
that returns None gives away a reference that it never took. On Python 3.11 some thousands of such calls end the process
("Fatal Python error: none_dealloc"). Seen with 6.12.0 and Python 3.11.2: ``QObject().setObjectName("x")``, 500 times,
takes 500 references away.
"""

import ctypes
import sys

PLENTY = 1 << 60
"""At a million calls a second this lasts thirty thousand years."""


def keep_none() -> None:
    """Give None a reference count that cannot be used up, where it has one that can. May be called again."""
    if sys.version_info < (3, 12):
        ctypes.c_ssize_t.from_address(id(None)).value = PLENTY

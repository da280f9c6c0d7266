# SPDX-License-Identifier: Apache-2.0
"""One file checked in a process that can do nothing else: ``python -m device.documents.cell < file``, JSON comes out.

Before the first byte is parsed, the process gives up memory, processor time, files, sockets and children (setrlimit(2):
no new descriptor means no file and no socket). What kills it is a refusal to whoever asked.
"""

import logging
import os
import resource
import sys
from typing import BinaryIO

import msgspec

from device.documents.examine import check_of, sized
from device.documents.kinds import MAX_BYTES, Checked, kind_of
from device.errors import DocumentError

MEMORY = 512 << 20
"""Bytes of address space."""
PROCESSOR = 8
"""Seconds of processor."""


class Verdict(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of the file: ``checked``, or the number, the line and the detail of a DocumentError."""

    checked: Checked | None = None
    number: int = 0
    line: str = ""
    detail: str = ""


def verdict(file: BinaryIO) -> Verdict:
    """Read, give everything up, check. A check that runs out of memory is a refusal like another."""
    try:
        data = file.read(MAX_BYTES + 1)
        sized(len(data))
        check = check_of(kind_of(data))
        give_up()
        return Verdict(check(data))
    except DocumentError as error:
        return Verdict(None, int(error.code.rpartition("-")[2]), error.line, str(error)[:500])


def give_up() -> None:
    """Lower every limit for good."""
    limits = {
        resource.RLIMIT_AS: MEMORY,
        resource.RLIMIT_CPU: PROCESSOR,
        resource.RLIMIT_NOFILE: 3,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NPROC: 0,
        resource.RLIMIT_CORE: 0,
    }
    for limit, value in limits.items():
        resource.setrlimit(limit, (value, value))


def main() -> None:
    """Check standard input."""
    logging.disable(logging.CRITICAL)  # parsers log what a stranger wrote
    os.nice(10)
    sys.stdout.buffer.write(msgspec.json.encode(verdict(sys.stdin.buffer)))
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()

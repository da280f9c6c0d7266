# SPDX-License-Identifier: Apache-2.0
"""``chevet verify``: check the chains of a journal, without changing it."""

import argparse
import sys
from pathlib import Path

from cart.cli import folder_arguments
from cart.key import opening_key
from device.journal import verify


def arguments(parser: argparse.ArgumentParser) -> None:
    """A journal's file, or the state folder's."""
    folder_arguments(parser)
    parser.add_argument("journal", type=Path, nargs="?", help="a journal's file (default: the state folder's)")
    parser.add_argument("--key", type=Path, metavar="FILE", help="64 hex digits (default: what systemd keeps)")


def run(options: argparse.Namespace) -> int:
    """Print what was found; 0 when every chain is whole."""
    path = options.journal or options.state / "journal.db"
    report = verify(path, opening_key(path, options.key))
    for fault in report.faults:
        where = f"entry {fault.sequence}" if fault.sequence else "the file"
        chain = f" of encounter {fault.encounter}" if fault.encounter else ""
        sys.stdout.write(f"{where}{chain}: {fault.what.value} {fault.detail}".rstrip() + "\n")
    verdict = "every chain is whole" if report.sound else f"{len(report.faults)} faults"
    if report.purged:
        sys.stdout.write(f"{report.purged} entries purged after the servers took them; their chains still hold\n")
    sys.stdout.write(f"{report.entries} entries in {report.encounters} chains: {verdict}\n")
    return 0 if report.sound else 1

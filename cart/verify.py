# SPDX-License-Identifier: Apache-2.0
"""``chevet verify``: check the chains of a journal, without changing it."""

import argparse
import sys
from pathlib import Path

from cart.cli import folder_arguments
from device.journal import verify


def arguments(parser: argparse.ArgumentParser) -> None:
    """A journal's file, or the state folder's."""
    folder_arguments(parser)
    parser.add_argument("journal", type=Path, nargs="?", help="a journal's file (default: the state folder's)")


def run(options: argparse.Namespace) -> int:
    """Print what was found; 0 when every chain is whole."""
    report = verify(options.journal or options.state / "journal.db")
    for fault in report.faults:
        sys.stdout.write(f"{fault}\n")
    sys.stdout.write(f"{report}\n")
    return 1 if report.faults else 0

# SPDX-License-Identifier: Apache-2.0
"""``chevet ui``: the kiosk's process."""

import argparse
from pathlib import Path

from cart.cli import folder_arguments
from ui.app import run as run_kiosk


def arguments(parser: argparse.ArgumentParser) -> None:
    """Where the station is, and what helps to develop a screen."""
    folder_arguments(parser)
    parser.add_argument("--size", metavar="WxH", help="a window of this size instead of the full screen")
    parser.add_argument("--dpi", type=float, help="dots per inch, when the panel lies about its size")
    parser.add_argument("--shots", type=Path, metavar="FOLDER", help="keep a picture of each screen")
    parser.add_argument("--probe", type=Path, metavar="FILE", help="write when each entry was on the glass")


def run(options: argparse.Namespace) -> int:
    """Show the kiosk until it is asked to stop."""
    size = None
    if options.size:
        width, _, height = options.size.partition("x")
        size = (int(width), int(height))
    return run_kiosk(options.runtime / "station", dpi=options.dpi, size=size, probe=options.probe, shots=options.shots)

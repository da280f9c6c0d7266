# SPDX-License-Identifier: Apache-2.0
"""``chevet doctor``: the rendezvous server and the doctor's page."""

import argparse
import asyncio
import sys
from pathlib import Path

from cart.cli import ROOT
from cart.signals import until_stopped
from doctor.config import load
from doctor.errors import DoctorError
from doctor.server import Server
from doctor.server import run as serve


def arguments(parser: argparse.ArgumentParser) -> None:
    """Where its configuration is."""
    parser.add_argument("--config", type=Path, default=ROOT / "config" / "doctor.toml", help="default: %(default)s")


def run(options: argparse.Namespace) -> int:
    """Serve until SIGTERM or Ctrl-C."""

    def ready(server: Server) -> None:
        sys.stdout.write(f"rendezvous: {server.origin}\n")
        sys.stdout.flush()

    try:
        config = load(options.config)
        asyncio.run(until_stopped(serve(config, ready)))
    except DoctorError as error:
        sys.stderr.write(f"chevet doctor: {error}\n")
        return 1
    return 0

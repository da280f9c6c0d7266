# SPDX-License-Identifier: Apache-2.0
"""``chevet doctor``: the rendezvous server and the doctor's page."""

import argparse
import asyncio
import os
import secrets
import sys
import tomllib
from contextlib import suppress
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
    parser.add_argument("--make-key", action="store_true", help="write the signing key first, if there is none")


def run(options: argparse.Namespace) -> int:
    """Serve until SIGTERM or Ctrl-C."""

    def ready(server: Server) -> None:
        sys.stdout.write(f"rendezvous: {server.origin}\n")
        sys.stdout.flush()

    if options.make_key:
        _make_key(options.config)
    try:
        config = load(options.config)
        asyncio.run(until_stopped(serve(config, ready)))
    except DoctorError as error:
        hint = "\n  --make-key writes one." if "key_file" in str(error) else ""
        sys.stderr.write(f"chevet doctor: {error}{hint}\n")
        return 1
    return 0


def _make_key(config: Path) -> None:
    """Write the key file that ``doctor.toml`` names, for its owner alone, unless it is there."""
    name = tomllib.loads(config.read_text("utf-8")).get("key_file", "rendezvous.key")
    with suppress(FileExistsError):
        descriptor = os.open(config.parent / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(48))

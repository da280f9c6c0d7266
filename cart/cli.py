# SPDX-License-Identifier: Apache-2.0
"""The command line: one sub-command a program, each imported only when it is called."""

import argparse
import importlib
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from device.errors import ChevetError

INTERRUPTED = 130
"""What a shell says of a program that Ctrl-C ended."""
ROOT = Path(__file__).resolve().parent.parent
COMMANDS = {
    "demo": ("cart.demo.command", "the whole cart on this machine, with virtual instruments"),
    "test": ("cart.checks", "every check and test"),
    "bench": ("cart.bench.command", "what is measured, as ratios within one run"),
    "device": ("cart.device", "the cart's process: instruments, cameras, journal, call"),
    "ui": ("cart.kiosk", "the kiosk's process"),
    "sync": ("cart.sender", "the process that sends the journal to the records server"),
    "doctor": ("cart.rendezvous", "the rendezvous server and the doctor's page"),
    "instruments": ("cart.instruments", "a running cart's instruments: list, discover, enrol, test, repair, retire"),
    "network": ("cart.network", "what of the call works from here: server, clock, relays"),
    "call": ("cart.telephone", "how the calls of a running cart go: attempts, cuts, freezes, flow, path"),
    "queue": ("cart.queue", "what waits for the records servers, since when and why; retry, release"),
    "export": ("cart.export", "one encounter as files for a doctor, sealed to their certificate or plain"),
    "import": ("cart.residents", "the establishment's list of residents, from a CSV or from FHIR"),
    "record": ("cart.record", "capture an instrument's frames for the tests"),
    "key": ("cart.key", "make or restore the key with which the cart keeps its data"),
    "verify": ("cart.verify", "check the chains of a journal"),
}
"""Each module has ``arguments(parser)`` and ``run(options) -> int``."""


OURS = ("call", "cart", "device", "doctor", "drivers", "sync", "ui", "virtual")
"""Packages whose logs name no patient and no value."""


def main(words: Sequence[str]) -> int:
    """Run one command; returns its exit status."""
    parser = argparse.ArgumentParser(prog="chevet", description="Embedded software of a teleconsultation cart.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    chosen = words[0] if words and words[0] in COMMANDS else None
    for name, (module, summary) in COMMANDS.items():
        sub = commands.add_parser(name, help=summary, description=summary[0].upper() + summary[1:] + ".")
        if name == chosen:
            importlib.import_module(module).arguments(sub)
    options, rest = parser.parse_known_args(words)
    if rest and options.command != "test":
        parser.error("unknown arguments: " + " ".join(rest))
    options.rest = rest
    _log(os.environ.get("CHEVET_LOG", "WARNING"))
    try:
        return int(importlib.import_module(COMMANDS[options.command][0]).run(options))
    except ChevetError as error:
        sys.stderr.write(f"chevet {options.command}: {error.code}: {error.line}\n  {error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write(f"\nchevet {options.command}: interrupted\n")
        return INTERRUPTED


def _log(level: str) -> None:
    """Log to stderr. ``level`` is for our own packages, whose lines carry codes and ids; libraries would write frames
    and messages, hence values and names: of them, warnings alone."""
    logging.basicConfig(stream=sys.stderr, format="%(asctime)s %(process)d %(levelname)s %(name)s %(message)s")
    for package in OURS:
        logging.getLogger(package).setLevel(level.upper())


def folder_arguments(parser: argparse.ArgumentParser) -> None:
    """The folders that every process of the cart takes."""
    state = os.environ.get("STATE_DIRECTORY", "/var/lib/chevet")
    runtime = os.environ.get("RUNTIME_DIRECTORY", "/run/chevet")
    parser.add_argument(
        "--config", type=Path, default=ROOT / "config", help="configuration folder (default: %(default)s)"
    )
    parser.add_argument("--state", type=Path, default=Path(state), help="journal and captures (default: %(default)s)")
    parser.add_argument("--runtime", type=Path, default=Path(runtime), help="socket and frames (default: %(default)s)")


def plain_argument(parser: argparse.ArgumentParser) -> None:
    """For the processes that keep or read what is kept."""
    parser.add_argument("--plain", action="store_true", help="development: what is kept is not encrypted")

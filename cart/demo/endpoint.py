# SPDX-License-Identifier: Apache-2.0
"""The strict records endpoint as a process of its own: ``python -m cart.demo.endpoint``."""

import argparse
import asyncio
import sys
from pathlib import Path

from cart.signals import until_stopped
from virtual.records.server import Records
from virtual.records.store import Store


async def _serve(options: argparse.Namespace) -> None:
    records = Records(Store(options.store), token=options.token, control=True)
    sys.stdout.write(f"records: {await records.start(options.host, options.port)}\n")
    sys.stdout.flush()
    try:
        await asyncio.Event().wait()
    finally:
        await records.stop()


def main() -> None:
    """Serve until asked to stop."""
    parser = argparse.ArgumentParser(description="Strict records endpoint of the demonstration.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--token", default="")
    asyncio.run(until_stopped(_serve(parser.parse_args())))


if __name__ == "__main__":
    main()

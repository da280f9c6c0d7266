# SPDX-License-Identifier: Apache-2.0
"""The strict records endpoint as a process of its own: ``python -m cart.demo.endpoint``."""

import argparse
import asyncio
import ssl
import sys
from pathlib import Path

from cart.signals import until_stopped
from virtual.records.server import Records
from virtual.records.store import Store


async def _serve(options: argparse.Namespace) -> None:
    records = Records(Store.open(options.store), token=options.token, control=True)
    tls = None
    if options.certificate is not None:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(options.certificate, options.key)
    sys.stdout.write(f"records: {await records.start(options.host, options.port, tls)}\n")
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
    parser.add_argument("--certificate", type=Path)
    parser.add_argument("--key", type=Path)
    asyncio.run(until_stopped(_serve(parser.parse_args())))


if __name__ == "__main__":
    main()

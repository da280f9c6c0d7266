# SPDX-License-Identifier: Apache-2.0
"""A process that forks sync processes on command: each is a real one, without the second that imports cost.

Run as ``python -m tests.sync.forks FOLDER``: a line on its input forks a child, which drains ``journal.db`` by
``records.toml``; the child's pid is written. Children are the caller's to kill.
"""

import asyncio
import gc
import os
import signal
import sys
from pathlib import Path

from device.attachments import Attachments
from device.commands import ReportQueue
from sync.journal import LateJournal
from sync.ledger import Ledger
from sync.settings import Settings
from sync.sync import Sync


async def _ignored(_: ReportQueue) -> None:
    return


async def drain(folder: Path) -> None:
    settings = Settings.load(folder / "records.toml")
    journal = LateJournal(folder / "journal.db")
    attachments = Attachments(folder / "captures")
    await Sync(settings, Ledger.open(folder / "ledger.db"), journal, attachments, _ignored).run()


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    gc.freeze()
    folder = Path(sys.argv[1])
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            asyncio.run(drain(folder))
            os._exit(0)
        os.write(1, f"{child}\n".encode())


if __name__ == "__main__":
    main()

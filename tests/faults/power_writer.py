# SPDX-License-Identifier: Apache-2.0
"""A cart that writes until its power is cut: ``power_writer.py FOLDER SYNCHRONOUS``. Says what is on the disk.

``SYNCHRONOUS`` is "FULL", or what a negative control puts in its place.
"""

import itertools
import sys
from pathlib import Path
from uuid import UUID

from device.attachments import Attachments
from device.clock import SystemClock
from device.codes import Site
from device.entry import CaptureTaken, ConsentForm, ConsentGiven, EncounterOpened, IdentityConfirmed
from device.journal import Journal
from tests.device.journal.samples import NURSE, PATIENT, recorded

KEY = bytes(range(32))
CHAIN = UUID(int=35)


def main(folder: Path, synchronous: str) -> None:
    clock = SystemClock(trusted=True)
    journal = Journal.open(folder / "journal.db", clock, KEY)
    attachments = Attachments(folder / "captures", journal)
    if synchronous != "FULL":
        journal._table.database.execute(f"PRAGMA synchronous = {synchronous}")
    say(journal.append(CHAIN, EncounterOpened(NURSE, PATIENT)))
    say(journal.append(CHAIN, IdentityConfirmed(NURSE), ConsentGiven(ConsentForm.ORAL, NURSE)))
    for number in itertools.count():
        if synchronous == "FULL" and number % 5 == 0:
            picture = b"\xff\xd8" + b"%06d" % number * 3000
            sha256 = attachments.put(picture)
            shot = CaptureTaken(
                "otoscope", "Otoscope", Site.LEFT_EAR, sha256, "image/jpeg", len(picture), 1, 1, clock.now()
            )
            say(journal.append(CHAIN, shot))
        say(journal.append(CHAIN, *[recorded()] * (1 + number % 2)))


def say(entries) -> None:
    sys.stdout.write(" ".join(f"{entry.sequence}:{entry.id}" for entry in entries) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])

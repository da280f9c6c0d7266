# SPDX-License-Identifier: Apache-2.0
"""What is wrong with the storage at this moment, found out without writing: a flash memory wears by writes."""

import os
from pathlib import Path

from device.errors import JournalError
from device.journal.storage import READ_ONLY_LINE, system_error

_SHORT = "Le chariot n’a presque plus de place : photos et sons ne sont plus gardés. Prévenez la maintenance."


def look(journal: Path, spare: int) -> JournalError | None:
    """The fault of the storage where the journal's file stands: read-only (JRN-02), not answering (JRN-06), or with
    less than ``spare`` bytes free (JRN-12); None when there is none."""
    try:
        space = os.statvfs(journal.parent)
        if space.f_flag & os.ST_RDONLY:
            return JournalError(2, READ_ONLY_LINE, "mounted read-only")
        os.close(os.open(journal.with_name(journal.name + "-lock"), os.O_RDWR | os.O_CLOEXEC))
    except OSError as error:
        return system_error(error)
    free = space.f_bavail * space.f_frsize
    return JournalError(12, _SHORT, f"{free} bytes free", retry=True) if free < spare else None

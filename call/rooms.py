# SPDX-License-Identifier: Apache-2.0
"""The room of the encounter in progress, in a small file: a cart that restarts dials the doctor who is still there.

The file names no patient, and nobody enters a room with its name alone (a code, or a token signed for one page).
"""

import logging
import os
from pathlib import Path

import msgspec

log = logging.getLogger(__name__)


class _Kept(msgspec.Struct, frozen=True):
    encounter: str
    room: str


class RoomFile:
    """One room, replaced atomically. A file that cannot be read is no room; one that cannot be written is logged."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def get(self, encounter: str) -> str | None:
        """The room of ``encounter``."""
        try:
            kept = msgspec.json.decode(self._path.read_bytes(), type=_Kept)
        except (OSError, msgspec.DecodeError):
            return None
        return kept.room if kept.encounter == encounter else None

    def put(self, encounter: str, room: str | None) -> None:
        """Keep the room of ``encounter`` and no other; None: keep none."""
        try:
            if room is None:
                self._path.unlink(missing_ok=True)
                return
            fresh = self._path.with_suffix(".new")
            with fresh.open("wb") as file:
                file.write(msgspec.json.encode(_Kept(encounter, room)))
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self._path)
        except OSError as error:
            log.warning("CAL-14 the room cannot be kept: %s", error.strerror)

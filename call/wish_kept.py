# SPDX-License-Identifier: Apache-2.0
"""Sessions on a conference server that have to be deleted, in a small file: a cart that was cut off from its power
leaves none behind, once it is back. Their URLs name no patient; who knows one can end it, so the file is ours alone."""

import logging
import os
from pathlib import Path

import msgspec

log = logging.getLogger(__name__)


class LocationFile:
    """A few URLs, replaced atomically. A file that cannot be read has none; one that cannot be written is logged."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def get(self) -> tuple[str, ...]:
        """What was kept."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=tuple[str, ...])
        except (OSError, msgspec.MsgspecError):
            return ()

    def put(self, locations: tuple[str, ...]) -> None:
        """Keep these and no others."""
        try:
            if not locations:
                self._path.unlink(missing_ok=True)
                return
            fresh = self._path.with_suffix(".new")
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(msgspec.json.encode(locations))
            fresh.replace(self._path)
        except OSError as error:
            log.warning("CAL-60 sessions of the conference cannot be kept: %s", error.strerror)

# SPDX-License-Identifier: Apache-2.0
"""The conference of ``cart.toml``: its server's endpoints, token and authority, for those who need aiortc anyway."""

import logging
from functools import partial
from pathlib import Path

from call.conference import Conference, Where, bearer
from call.meeting import Make
from call.signalling import trusted
from cart.config import Configuration
from device.errors import ConfigurationError

log = logging.getLogger(__name__)


def where(configuration: Configuration) -> Where | None:
    """Where the conference takes place; None where none is configured."""
    section = configuration.conference
    if not section.publish and not section.receive:
        return None
    token, authority = (
        configuration.folder / name if name else None for name in (section.token_file, section.authority)
    )
    return Where(section.publish, section.receive, token, authority)


def make(configuration: Configuration, state: Path) -> Make | None:
    """What makes the conference of a call, its sessions remembered in ``state``; None where nothing is configured to be
    sent to: one that could only be watched is not let in at a bedside. A token or an authority that cannot be used is
    logged now, before an operator finds out in a call; both are read again for each conference."""
    found = where(configuration)
    for look in (partial(bearer, found.token), partial(trusted, found.authority)) if found is not None else ():
        try:
            look()
        except ConfigurationError as error:
            log.warning("%s conference: %s", error.code, error)
    return partial(Conference, found, folder=state) if found is not None and found.publish else None

# SPDX-License-Identifier: Apache-2.0
"""The conference of ``cart.toml``: its server's endpoints, token and authority, for those who need aiortc anyway."""

from call.conference import Where
from cart.config import Configuration


def where(configuration: Configuration) -> Where | None:
    """Where the conference takes place; None where none is configured."""
    section = configuration.conference
    if not section.publish and not section.receive:
        return None
    token, authority = (
        configuration.folder / name if name else None for name in (section.token_file, section.authority)
    )
    return Where(section.publish, section.receive, token, authority)

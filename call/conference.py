# SPDX-License-Identifier: Apache-2.0
"""A conference of more than two on an existing server: the cart publishes once, and plays what the server has for it.

Two legs that do not know each other: one that is down does not stop the other.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec

from call.incoming import Incoming
from call.relays import Choice
from call.whep import Playback
from call.whip import Pictures, Publication, Voice
from call.wish import Endpoint
from call.wish_kept import LocationFile
from call.wish_leg import Leg, Pace, Standing
from device.errors import ConfigurationError

LONGEST = 8192
"""Most bytes of a token."""
_BEARER = re.compile(r"[A-Za-z0-9._~+/-]+=*")
"""RFC 6750 §2.1, b64token."""


class Where(msgspec.Struct, frozen=True):
    """The endpoints, "" for one that there is not; the file of the bearer token, read again for each request; and who
    is believed instead of the system's authorities (PEM)."""

    publish: str = ""
    receive: str = ""
    token: Path | None = None
    authority: Path | None = None

    def endpoints(self) -> tuple[Endpoint | None, Endpoint | None]:
        """To publish, and to play."""

        def token() -> str:
            return bearer(self.token)

        publish = Endpoint(self.publish, token, self.authority) if self.publish else None
        return publish, Endpoint(self.receive, token, self.authority, player=True) if self.receive else None


class Conference:
    """``incoming`` makes what plays what comes, anew for each connection; ``choice`` are the cart's own relays;
    ``folder`` is where sessions are kept that still have to be deleted; ``on_change`` is called at each change."""

    def __init__(  # noqa: PLR0913 - the parts of a conference
        self,
        where: Where,
        pictures: Pictures,
        voice: Voice,
        incoming: Callable[[], Incoming],
        *,
        on_change: Callable[[], None] = lambda: None,
        choice: Callable[[], Awaitable[Choice]] | None = None,
        folder: Path | None = None,
        pace: Pace | None = None,
    ) -> None:
        publish, receive = where.endpoints()
        ends = (
            ("publish", publish, lambda: Publication(pictures, voice)),
            ("receive", receive, lambda: Playback(incoming())),
        )
        self.legs = {
            name: Leg(
                name,
                endpoint,
                end,
                lambda _: on_change(),
                choice=choice,
                kept=None if folder is None else LocationFile(folder / f"conference-{name}.json"),
                pace=pace,
            )
            for name, endpoint, end in ends
            if endpoint is not None
        }

    @property
    def standings(self) -> dict[str, Standing]:
        """How each leg stands: "publish" and "receive", as far as they are configured."""
        return {name: leg.standing for name, leg in self.legs.items()}

    def moved(self) -> None:
        """Links or addresses changed."""
        for leg in self.legs.values():
            leg.moved()

    def hush(self) -> None:
        """Send, show and play nothing more, at once; what follows is to cancel ``run``."""
        for leg in self.legs.values():
            leg.hush()

    async def run(self) -> None:
        """Keep both legs, until cancelled: then their sessions are deleted."""
        async with asyncio.TaskGroup() as group:
            for name, leg in self.legs.items():
                group.create_task(leg.run(), name=f"conference-{name}")


def bearer(path: Path | None) -> str:
    """The token in ``path``, "" without a file. Raises ConfigurationError (CFG-22), never with the token's text."""
    if path is None:
        return ""
    line = "Le jeton du serveur de conférence est absent ou illisible. Prévenez l’assistance."
    try:
        with path.open("rb") as file:
            text = file.read(LONGEST + 1).decode("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not ASCII"
        raise ConfigurationError(22, line, f"{path}: {reason}") from None
    if len(text) > LONGEST or not _BEARER.fullmatch(text):
        raise ConfigurationError(22, line, f"{path}: no bearer token (RFC 6750 §2.1)")
    return text

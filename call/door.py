# SPDX-License-Identifier: Apache-2.0
"""The invitation of a call and who knocks. No I/O."""

from device.errors import Refusal
from device.people import Practitioner

KNOCKING = 8
"""Most doctors who may wait; the newest beyond are not shown."""


class Door:
    """A room, the link and the code to it, and the doctors who wait there."""

    def __init__(self) -> None:
        self.room = ""
        self.link = ""
        self.code = ""
        self._knocking: dict[str, Practitioner] = {}

    @property
    def knocking(self) -> tuple[Practitioner, ...]:
        """Who waits, the first one first."""
        return tuple(self._knocking.values())

    def invited(self, room: str, link: str, code: str) -> None:
        """The room is open; the code is the newest."""
        if room != self.room:
            self._knocking.clear()
        self.room, self.link, self.code = room, link, code

    def knock(self, practitioner: Practitioner) -> None:
        """Somebody waits."""
        if practitioner.peer in self._knocking or len(self._knocking) < KNOCKING:
            self._knocking[practitioner.peer] = practitioner

    def leave(self, peer: str) -> None:
        """Somebody who waited is gone."""
        self._knocking.pop(peer, None)

    def who(self, peer: str) -> Practitioner:
        """Who waits as ``peer``. Raises Refusal when nobody does."""
        practitioner = self._knocking.get(peer)
        if practitioner is None:
            raise Refusal(62, "Ce médecin n’attend plus.", f"nobody knocks as {peer[:40]}")
        return practitioner

    def take(self, peer: str) -> Practitioner:
        """The one who waits no more because an answer was given. Raises Refusal when nobody of that name waits."""
        practitioner = self.who(peer)
        del self._knocking[peer]
        return practitioner

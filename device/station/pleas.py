# SPDX-License-Identifier: Apache-2.0
"""A doctor asks that the cart's microphone be turned off or on: nothing happens before somebody at the bedside touches.

One request at a time. Unanswered, it is over after thirty seconds and changes nothing, as when it is refused, when the
doctor leaves or when the encounter ends. What became of it stays in the state for some seconds, for both sides to read,
and in the journal for ever.
"""

import asyncio
from collections.abc import Callable
from typing import Literal, Protocol
from uuid import uuid4

import msgspec

from device.clock import Clock
from device.entry import Body, MicrophoneAsked
from device.errors import Refusal
from device.people import Operator, Practitioner
from device.station.state import MicrophoneRequest, State

EXPIRES = 30.0
"""Seconds that a request waits for a touch."""
SHOWN = 8.0
"""Seconds for which its answer is shown."""


class Desk(Protocol):
    """What a request needs of the station."""

    @property
    def state(self) -> State:
        """The newest snapshot."""
        ...

    def touch(self, **changes: object) -> None:
        """Change the snapshot."""
        ...


class Pleas:
    """``note`` has a body written into the open file; ``expires`` and ``shown`` are seconds."""

    def __init__(
        self,
        desk: Desk,
        clock: Clock,
        note: Callable[[Body], None],
        *,
        expires: float = EXPIRES,
        shown: float = SHOWN,
    ) -> None:
        self._desk = desk
        self._clock = clock
        self._note = note
        self._expires = expires
        self._shown = shown
        self._timer: asyncio.TimerHandle | None = None

    def ask(self, on: bool, by: Practitioner | None) -> None:  # noqa: FBT001 - the command's one word
        """A doctor in the call asks. Raises Refusal."""
        state = self._desk.state
        if by is None:
            raise Refusal(36, "Seul un médecin en ligne demande cela. Touchez plutôt « Micro ».", "an operator asked")
        if self.pending is not None:
            raise Refusal(66, "Une demande attend déjà la réponse de l’équipe auprès du patient.")
        if state.microphone_on == on:
            said = "ouvert" if on else "coupé"
            raise Refusal(67, f"Le micro du patient est déjà {said}.")
        self._show(MicrophoneRequest(str(uuid4()), on, by, self._clock.now()))
        self._after(self._expires, lambda: self._settle("expired", None))

    @property
    def pending(self) -> MicrophoneRequest | None:
        """The request that waits."""
        request = self._desk.state.microphone_request
        return request if request is not None and not request.answer else None

    def answer(self, id: str, agree: bool, by: Operator | None) -> None:  # noqa: A002, FBT001 - the command's words
        """Somebody at the bedside touched. Raises Refusal when that request waits no more."""
        pending = self.pending
        if pending is None or pending.id != id or by is None:
            raise Refusal(68, "Cette demande n’attend plus de réponse.")
        if agree:
            self._desk.touch(microphone_on=pending.on)
        self._settle("granted" if agree else "refused", by)

    def turned(self, on: bool, by: Operator | None) -> None:  # noqa: FBT001 - what it is
        """The bedside turned the microphone by itself: if that is what is asked, it is granted."""
        if self.pending is not None and self.pending.on == on:
            self._settle("granted", by)

    def gone(self, by: Practitioner) -> None:
        """A doctor left: nobody waits for the answer."""
        if self.pending is not None and self.pending.by.peer == by.peer:
            self._settle("expired", None)

    def drop(self) -> None:
        """The encounter ended: nothing of it is shown."""
        self._stop()
        self._show(None)

    def _settle(self, answer: Literal["granted", "refused", "expired"], by: Operator | None) -> None:
        pending = self.pending
        if pending is None:
            return
        self._show(msgspec.structs.replace(pending, answer=answer))
        self._note(MicrophoneAsked(pending.on, pending.by, answer, by))
        self._after(self._shown, lambda: self._show(None))

    def _show(self, request: MicrophoneRequest | None) -> None:
        self._desk.touch(microphone_request=request)

    def _after(self, seconds: float, then: Callable[[], None]) -> None:
        self._stop()
        self._timer = asyncio.get_running_loop().call_later(seconds, then)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

# SPDX-License-Identifier: Apache-2.0
"""Which screen stands in the frame, whether touches are held back for a moment, and the line said after a refusal."""

from collections.abc import Callable

import msgspec
from PySide6.QtCore import QTimer, Slot

from device.camera import BLURRED
from ui import french
from ui.viewmodels.moment import Moment, screen
from ui.viewmodels.shown import Shown

SAY_SECONDS = 8.0


class FrameView(msgspec.Struct, frozen=True):
    """``screen``, the tray over it, ``lost`` (the station is away), what to ``say``, and the cart's notices."""

    screen: str
    tray: bool
    lost: bool
    say: str
    notices: tuple[str, ...]


class Frame(Shown):
    """The frame's view model."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        super().__init__(self._framed)
        self._monotonic = monotonic
        self._said = ""
        self._until = 0.0
        self.tray = False
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.again)

    def say(self, line: str) -> None:
        """Say a line for a while."""
        self._said, self._until = line, self._monotonic() + SAY_SECONDS
        self._timer.start(int(SAY_SECONDS * 1000) + 50)
        self.again()

    @Slot()
    def hush(self) -> None:
        """« J'ai compris »."""
        self._said = ""
        self.again()

    def _framed(self, moment: Moment) -> FrameView:
        said = self._said if self._monotonic() < self._until else ""
        return FrameView(
            screen=screen(moment),
            tray=self.tray and screen(moment) == "encounter",
            lost=moment.lost is not None,
            say=said,
            notices=_notices(moment),
        )


def _notices(moment: Moment) -> tuple[str, ...]:
    """The cart's lines, and after them what would make the picture that is shown a better one."""
    state = moment.state
    shown = next((one for one in state.cameras if one.id == state.camera), None)
    blurred = shown is not None and shown.blurred and state.camera_on and not state.frozen
    lines = [one.line for one in state.notices] + ([f"{shown.label}, {BLURRED}."] if shown and blurred else [])
    return tuple(french.sentence(line) for line in lines[:3])

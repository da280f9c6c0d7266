# SPDX-License-Identifier: Apache-2.0
"""The control words stand on the doctor's picture, and only while the line lives."""

from collections.abc import Callable

import msgspec

from device.station.state import CallPhase
from tests.ui import scenes
from tests.ui.stand import Stand

WORDS = "abeille · tulipe · violon · cerise"
SHOWN = f"Mots de contrôle : {WORDS}"


def test_the_control_words_are_shown_while_the_line_lives(stand: Callable[[], Stand]) -> None:
    kiosk = stand()
    kiosk.show(scenes.talking(), scenes.usual())
    assert not kiosk.has(SHOWN)
    kiosk.show(scenes.talking(call=msgspec.structs.replace(scenes.TALKING, words=WORDS)))
    assert kiosk.has(SHOWN)
    kiosk.show(scenes.talking(call=msgspec.structs.replace(scenes.TALKING, phase=CallPhase.INTERRUPTED, words=WORDS)))
    assert not kiosk.has(SHOWN)

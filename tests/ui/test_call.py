# SPDX-License-Identifier: Apache-2.0
"""What stands over the doctor's picture."""

from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from device.station.state import State
from tests.ui import scenes
from ui.file import fold
from ui.viewmodels.call import call
from ui.viewmodels.moment import Moment

LOCAL = datetime(2026, 11, 20, 14, 36, tzinfo=ZoneInfo("Europe/Paris"))


def plate(state: State) -> str:
    return call(Moment(state, fold(None, scenes.usual()), scenes.NOW, LOCAL, None)).plate


def test_the_plate_says_that_the_doctors_microphone_is_off() -> None:
    state = scenes.talking()
    name = plate(state)
    assert name
    assert "micro" not in name
    muted = msgspec.structs.replace(state, call=msgspec.structs.replace(state.call, microphone=False))
    assert plate(muted) == f"{name} · micro coupé"


def test_nobody_has_no_microphone() -> None:
    assert plate(scenes.base()) == ""

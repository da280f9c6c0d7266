# SPDX-License-Identifier: Apache-2.0
"""What a camera's own button does: it freezes the picture that is shown, or lets it go."""

from uuid import uuid4

from device import commands as c
from device.station.core import Station


async def press(station: Station, camera: str) -> None:
    """Someone at the bedside pressed a camera's button. Of the camera that is shown, it freezes the picture or lets it
    go; of another, it shows that one: nobody may freeze what is not looked at. Nothing happens between encounters."""
    file = station.bedside.encounter
    if file is None or not file.running:
        return
    state = station.state
    shown = state.camera == camera
    await station.submit(str(uuid4()), c.Freeze(not state.frozen) if shown else c.ChooseCamera(camera))

# SPDX-License-Identifier: Apache-2.0
"""What the sender hears from the station over its real socket: new entries, the network, and the call before which its
uploads stand back."""

import asyncio
from contextlib import suppress

import msgspec

from cart.sender import Report
from device.station.server import StationServer
from device.station.state import CallPhase, CallState
from tests.device.station.test_server import Wire

SECONDS = 20.0


class Heard:
    """What a report was told, in order."""

    def __init__(self, report: Report) -> None:
        self.told: list[object] = []
        self._changed = asyncio.Event()
        report.call = self._hear
        report.wake = lambda: self._hear("wake")
        report.online = lambda: self._hear("online")

    def _hear(self, what: object) -> None:
        self.told.append(what)
        self._changed.set()

    async def next(self, what: object) -> None:
        """Wait until it is told from now on."""
        self.told.clear()
        async with asyncio.timeout(SECONDS):
            while what not in self.told:
                self._changed.clear()
                await self._changed.wait()


async def test_a_call_bounds_the_uploads_until_it_is_over_or_the_station_is_gone(tmp_path):
    wire, path, ready = Wire(), tmp_path / "station", asyncio.Event()
    serving = asyncio.create_task(StationServer(wire, path).run(ready.set))
    await asyncio.wait_for(ready.wait(), SECONDS)
    report = Report(path)
    heard = Heard(report)
    following = asyncio.create_task(report.run())

    def state(**changes) -> None:
        wire.states.put(msgspec.structs.replace(wire.states.value, **changes))

    await heard.next(False)
    for phase in (CallPhase.DIALLING, CallPhase.CONNECTED, CallPhase.INTERRUPTED):
        state(call=CallState(phase))
        await heard.next(True)
    state(call=CallState(CallPhase.IDLE))
    await heard.next(False)
    state(newest=wire.states.value.newest + 1)
    await heard.next("wake")
    state(online=False)
    await heard.next(False)
    state(online=True)
    await heard.next("online")
    state(call=CallState(CallPhase.CONNECTED))
    await heard.next(True)
    serving.cancel()
    await heard.next(False)
    following.cancel()
    with suppress(asyncio.CancelledError):
        await asyncio.gather(serving, following)

# SPDX-License-Identifier: Apache-2.0
"""What an instrument is to those who only look at its state: words of the buses, the station and the screen."""

from enum import StrEnum

import msgspec

from device.clock import Instant
from device.codes import Metric


class InstrumentPhase(StrEnum):
    """How an instrument is. READY: nothing to do; asleep, or off as it should be between two measurements."""

    READY = "ready"
    CONNECTED = "connected"
    CONNECTING = "connecting"
    ABSENT = "absent"
    FAULT = "fault"


class InstrumentState(msgspec.Struct, frozen=True):
    """An enrolled instrument.

    ``kind`` is what a nurse calls it ("Tensiomètre"); ``line`` says what to do, or ""; ``code`` is the technician's
    ("BLE-02"), or "".
    """

    id: str
    kind: str
    label: str
    serial: str
    metrics: tuple[Metric, ...]
    phase: InstrumentPhase
    battery: int | None = None
    line: str = ""
    last_seen: Instant | None = None
    code: str = ""

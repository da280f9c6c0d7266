# SPDX-License-Identifier: Apache-2.0
"""Jumper JPD-HA120 upper-arm cuff: messages ``FD FD type … 0D 0A`` in notifications of FFF1.

Type FC, 8 bytes: systolic, diastolic (mmHg), pulse. FB, 7 bytes: the cuff's pressure while it inflates. FD, 6 bytes:
the measurement failed; what its code says is in no source. No time, no memory: what comes is of now.

Sources: KookKookKool/smarttelemed-v4 ``jumper_jpd_ha120.dart`` (with a frame and its reading); Jumper's own Android
library, as published in cmFodWx5YWRhdjEyMTA5/School_android_app (``device/bloodpressure/DeviceBloodPressure.java``).
The library can make the cuff inflate by writing to FFF2: a cart never does, the nurse presses the button.
"""

from collections.abc import Iterable
from decimal import Decimal

from device.codes import Doubt, Metric
from device.driver import Frame
from device.errors import FrameError
from device.measurement import Measurement
from device.wire import sig_uuid

MESSAGES = sig_uuid(0xFFF1)
HEADER, END = b"\xfd\xfd", b"\r\n"
PRESSURE, RESULT, FAILURE = 0xFB, 0xFC, 0xFD
SIZES = {PRESSURE: 7, RESULT: 8, FAILURE: 6}
LONGEST = 8

_METRICS = (Metric.SYSTOLIC, Metric.DIASTOLIC, Metric.PULSE_CUFF)
_FAILED = frozenset({Doubt.NOT_A_NUMBER})


class JumperCuff:
    """One inflation a message. It greets with a single byte, which belongs to no message."""

    def split(self, buffer: bytes) -> tuple[bytes | None, int]:
        """From FD FD to the end that the type tells."""
        for start in range(len(buffer)):
            piece = buffer[start : start + LONGEST]
            if not HEADER.startswith(piece[:2]):
                continue
            size = SIZES.get(piece[2]) if len(piece) > 2 else LONGEST  # noqa: PLR2004 - the type is its third byte
            if size is None or not _may_end(piece, size):
                continue
            return (piece[:size], start + size) if len(piece) >= size else (None, start)
        return None, len(buffer)

    def decode(self, frame: Frame) -> Iterable[Measurement]:
        """Systolic, diastolic and pulse of one inflation; nothing while it inflates. Raises FrameError."""
        source, data = frame
        if source != MESSAGES:
            raise FrameError(f"no blood pressure in characteristic {source}")
        kind = data[2] if data[:2] == HEADER and len(data) > len(HEADER) else None
        if kind is None or len(data) != SIZES.get(kind) or not data.endswith(END):
            raise FrameError(f"{len(data)} bytes that are no message: wanted at offset 0")
        if kind == PRESSURE:
            return ()
        if kind == FAILURE or 0 in data[3:6]:
            return tuple(Measurement(metric, None, doubts=_FAILED) for metric in _METRICS)
        return tuple(Measurement(metric, Decimal(value)) for metric, value in zip(_METRICS, data[3:6], strict=True))


def _may_end(piece: bytes, size: int) -> bool:
    """Whether what is there of the last two bytes is 0D 0A."""
    return END.startswith(piece[size - len(END) : size])

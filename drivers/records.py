# SPDX-License-Identifier: Apache-2.0
"""Records out of a memory by the Record Access Control Point 0x2A52 (Glucose Service 1.0.1 §3.4).

Asked for by sequence number. An instrument that cannot filter gives its last record; one without any gives none.
"""

import contextlib
from collections.abc import Collection, Iterable
from typing import NamedTuple

from device.driver import Conversation, Frame
from device.errors import FrameError, InstrumentError
from device.wire import Reader

REPORT, ABORT, COUNT, COUNTED, RESPONSE = 0x01, 0x03, 0x04, 0x05, 0x06
"""Op codes."""
NULL, ALL, AT_LEAST, LAST = 0x00, 0x01, 0x03, 0x06
"""Operators."""
BY_SEQUENCE = 0x01
"""The filter of an operand."""
SUCCESS, NO_OP_CODE, NO_OPERATOR, NO_RECORDS, NO_OPERAND = 0x01, 0x02, 0x04, 0x06, 0x09
"""Response codes: all but success mean "not supported", or "none found". Every other one is an error."""
_UNABLE = frozenset({NO_OP_CODE, NO_OPERATOR, NO_OPERAND})
HIGHEST = 0xFFFF
"""The last sequence number."""

_LINE = "L’instrument n’a pas donné ses mesures. Éteignez-le et rallumez-le, nouvel essai dans un instant."


class _Reply(NamedTuple):
    """A response code, or the number of records found; and the frames that came before."""

    code: int
    number: int | None
    frames: tuple[Frame, ...]


class Store:
    """The memory behind one control point. ``announced`` is the bit of a measurement's flags for a context to come."""

    def __init__(self, control: str, measurement: str, context: str, announced: int) -> None:
        self._control = control
        self._measurement = measurement
        self._context = context
        self._announced = announced

    async def recall(self, link: Conversation, after: int | None) -> list[Frame]:
        """Records later than ``after``, oldest first; without it, the last one. Raises InstrumentError BLE-30.

        A memory that was emptied counts from its beginning again: its last record is then lower than ``after``.
        """
        if after is None:
            counted = await self._ask(link, bytes([COUNT, ALL]))
            return [] if counted.number == 0 or counted.code == NO_RECORDS else await self._last(link)
        if after < HIGHEST:
            operand = bytes([BY_SEQUENCE]) + (after + 1).to_bytes(2, "little")
            reply = await self._ask(link, bytes([REPORT, AT_LEAST]) + operand)
            if reply.code == SUCCESS:
                return self._joined(reply.frames)
            if reply.code == NO_RECORDS:
                return [frame for frame in await self._last(link) if _number(frame) < after]
        return [frame for frame in await self._last(link) if _number(frame) != after]

    async def _last(self, link: Conversation) -> list[Frame]:
        reply = await self._ask(link, bytes([REPORT, LAST]))
        if reply.code in _UNABLE:
            raise _refused("it cannot report its last record")
        return self._joined(reply.frames)

    async def _ask(self, link: Conversation, request: bytes) -> _Reply:
        """One procedure, aborted when it goes wrong."""
        gather = [source for source in (self._measurement, self._context) if link.has(source)]
        try:
            answer = await link.ask(self._control, request, answer=self._control, gather=gather)
            return _reply(request[0], answer.data, answer.gathered)
        except InstrumentError:
            with contextlib.suppress(InstrumentError):
                await link.write(self._control, bytes([ABORT, NULL]))
            raise

    def _joined(self, frames: Iterable[Frame]) -> list[Frame]:
        """Each measurement with its context behind it, by sequence number. A context may come first, or not at all."""
        contexts: dict[int, bytes] = {}
        measurements: dict[int, Frame] = {}
        odd = []
        for frame in frames:
            number = _number(frame)
            if number < 0:
                odd.append(frame)
            elif frame.source == self._context:
                contexts[number] = frame.data
            else:
                measurements[number] = frame
        joined = [self._with(frame, contexts.get(number, b"")) for number, frame in sorted(measurements.items())]
        return [*joined, *odd]

    def _with(self, frame: Frame, context: bytes) -> Frame:
        return Frame(frame.source, frame.data + context) if frame.data[0] & self._announced else frame


def _reply(asked: int, data: bytes, frames: Collection[Frame]) -> _Reply:
    reader = Reader(data)
    try:
        code, _operator = reader.u8(), reader.u8()
        if code == COUNTED and asked == COUNT:
            return _Reply(SUCCESS, reader.u16(), tuple(frames))
        request, result = reader.u8(), reader.u8()
    except FrameError as error:
        raise _refused(f"an answer of {len(data)} bytes") from error
    if code != RESPONSE or request != asked:
        raise _refused(f"op code {code:#04x} for request {request:#04x} answers {asked:#04x}")
    if result not in {SUCCESS, NO_RECORDS, *_UNABLE}:
        raise _refused(f"response code {result:#04x} to request {asked:#04x}")
    return _Reply(result, None, tuple(frames))


def _number(frame: Frame) -> int:
    """The sequence number behind the flags; -1 in a frame too short to have one."""
    data = frame.data
    return int.from_bytes(data[1:3], "little") if len(data) > 2 else -1  # noqa: PLR2004 - flags and two bytes


def _refused(detail: str) -> InstrumentError:
    return InstrumentError(30, _LINE, detail, retry=True)

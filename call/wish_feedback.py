# SPDX-License-Identifier: Apache-2.0
"""The transport-wide feedback of who only receives: a conference server that was offered it and is given none takes our
link for dead (see ``call.feedback_given``). ``call.sender`` gives it where the cart sends a picture as well.

Like there, what it reaches into is aiortc's transport, for packets as they come; pinned by tests/call/test_sender.py.
"""

import asyncio
import contextlib
import re
import time

from aiortc import RTCPeerConnection, RTCRtpTransceiver

from call.extensions import number
from call.feedback_given import Arrivals
from call.tuning import WIDE

TOLD = 0.1
"""Seconds between two reports: some 8 kbit/s."""
_EXTENSION = re.compile(rf"^a=extmap:(\d+)(?:/\w+)? {re.escape(WIDE)}", re.MULTILINE)


class Feedback:
    """Of all that comes over the transport of ``first``, the first section of a bundle, from before it connects."""

    def __init__(self, connection: RTCPeerConnection, first: RTCRtpTransceiver) -> None:
        self._connection = connection
        self._ours = first.sender._ssrc  # noqa: SLF001 - aiortc's own reports bear it
        self._transport = first.receiver.transport
        self._arrivals = Arrivals()
        self._extension: int | None = None
        self._theirs = 0
        receive = self._transport._handle_rtp_data  # noqa: SLF001 - see the module

        async def received(data: bytes, arrival_time_ms: int) -> None:
            self._note(data)
            await receive(data, arrival_time_ms)

        self._transport._handle_rtp_data = received  # type: ignore[method-assign]  # noqa: SLF001 - see the module
        self._task = asyncio.create_task(self._tell(), name="feedback")

    async def close(self) -> None:
        """Tell nothing more."""
        self._task.cancel()
        await asyncio.wait((self._task,))

    def _note(self, data: bytes) -> None:
        if self._extension is None:
            agreed = _EXTENSION.search(self._connection.remoteDescription.sdp)
            self._extension = int(agreed[1]) if agreed else 0
        sequence = number(data, self._extension) if self._extension else None
        if sequence is not None:
            self._arrivals.note(sequence, time.monotonic())
            self._theirs = int.from_bytes(data[8:12], "big")

    async def _tell(self) -> None:
        while True:
            await asyncio.sleep(TOLD)
            report = self._arrivals.report(self._ours, self._theirs)
            if report is not None:
                with contextlib.suppress(ConnectionError):
                    await self._transport._send_rtp(report)  # noqa: SLF001 - as aiortc's own receiver does

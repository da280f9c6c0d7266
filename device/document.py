# SPDX-License-Identifier: Apache-2.0
"""What a file that came for import is to those who look at the state only."""

import msgspec

from device.clock import Instant


class WaitingDocument(msgspec.Struct, frozen=True):
    """A file that came for import and was checked: nobody's until an operator attaches it. ``line`` says why it was
    refused, "" when it can be attached; ``patient`` is what the file itself says of whose it is."""

    id: str
    name: str
    media_type: str
    size: int
    pages: int
    received: Instant
    patient: str = ""
    line: str = ""

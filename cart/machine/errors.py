# SPDX-License-Identifier: Apache-2.0
"""What ends a machine test before its scenarios could."""


class MachineError(Exception):
    """The guest could not be made, started, frozen or talked to; the text says what and where to look."""

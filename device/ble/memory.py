# SPDX-License-Identifier: Apache-2.0
"""What the cart has already had of an instrument's memory, for as long as the process runs."""

from collections.abc import Iterable

from device.measurement import Measurement


class Memory:
    """``after`` is the highest record's number that arrived (None: nothing yet, only the last record is asked for)."""

    def __init__(self) -> None:
        self.after: int | None = None

    def saw(self, measurements: Iterable[Measurement]) -> None:
        """These have arrived."""
        for one in measurements:
            if one.sequence is not None:
                self.after = one.sequence if self.after is None else max(self.after, one.sequence)

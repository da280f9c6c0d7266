# SPDX-License-Identifier: Apache-2.0
"""What became of one instrument since the process began, for the technician."""

from collections import Counter

from device.clock import Instant
from device.errors import ChevetError


class Tally:
    """Counts, and the last of each thing found. Outlives the instrument's connections."""

    def __init__(self) -> None:
        self.counters: Counter[str] = Counter()
        self.rssi: int | None = None
        self.battery: int | None = None
        self.firmware: str | None = None
        self.clock_offset: float | None = None
        self.clock_set = False
        self.last_arrival: Instant | None = None

    def connected(self) -> None:
        """A link stands and is subscribed to."""
        self.counters["connections"] += 1

    def frame(self) -> None:
        """A frame came."""
        self.counters["frames"] += 1

    def arrived(self, at: Instant) -> None:
        """It brought measurements."""
        self.counters["arrivals"] += 1
        self.last_arrival = at

    def failed(self, error: ChevetError) -> None:
        """Something went wrong."""
        self.counters[error.code] += 1

# SPDX-License-Identifier: Apache-2.0
"""How much a peer may ask for: token buckets, pure (the caller gives the time, in seconds of any monotonic clock)."""

from collections import OrderedDict


class TokenBucket:
    """``burst`` at once, then ``rate`` a second."""

    def __init__(self, rate: float, burst: float) -> None:
        self._rate = rate
        self._burst = burst
        self._level = burst
        self._at: float | None = None

    def _fill(self, now: float) -> None:
        if self._at is not None:
            self._level = min(self._burst, self._level + max(0.0, now - self._at) * self._rate)
        self._at = now

    def ready(self, now: float) -> bool:
        """Whether one more would be allowed; takes nothing."""
        self._fill(now)
        return self._level >= 1

    def take(self, now: float) -> bool:
        """Take one; False when there is none."""
        if not self.ready(now):
            return False
        self._level -= 1
        return True

    def full(self, now: float) -> bool:
        """Whether nothing is being held against anyone."""
        self._fill(now)
        return self._level >= self._burst


class Attempts:
    """Wrong codes, counted by key (a room, an address). Bounded: a full bucket is forgotten first, then the oldest."""

    def __init__(self, rate: float, burst: float, most: int = 4096) -> None:
        self._rate = rate
        self._burst = burst
        self._most = most
        self._buckets: OrderedDict[str, TokenBucket] = OrderedDict()

    def __len__(self) -> int:
        """How many keys are remembered."""
        return len(self._buckets)

    def allowed(self, key: str, now: float) -> bool:
        """Whether another try may be looked at."""
        bucket = self._buckets.get(key)
        return bucket is None or bucket.ready(now)

    def failed(self, key: str, now: float) -> None:
        """Count a wrong try."""
        bucket = self._buckets.pop(key, None) or TokenBucket(self._rate, self._burst)
        bucket.take(now)
        self._buckets[key] = bucket
        if len(self._buckets) > self._most:
            self._forget(now)

    def _forget(self, now: float) -> None:
        for key in [key for key, bucket in self._buckets.items() if bucket.full(now)]:
            del self._buckets[key]
        while len(self._buckets) > self._most:
            self._buckets.popitem(last=False)

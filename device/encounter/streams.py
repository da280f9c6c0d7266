# SPDX-License-Identifier: Apache-2.0
"""Streams of 1 Hz: when a saturation or a heart rate is steady enough to be recorded, and the blocks of its trace."""

from collections import deque
from collections.abc import Iterable
from decimal import Decimal
from statistics import median
from typing import NamedTuple

import msgspec

from device.clock import Instant
from device.codes import Doubt, Metric
from device.encounter.limits import StreamLimits
from device.entry import TraceRecorded
from device.measurement import Arrival

MAX_SAMPLES = 256
"""Samples in one entry, however fast an instrument talks."""

_UNSETTLED = frozenset({Doubt.EARLY_ESTIMATE, Doubt.CALIBRATION})


_WATCHED = ((Metric.SATURATION, Metric.PULSE_OXIMETER), (Metric.HEART_RATE,))
"""What a stream must hold to be looked at: all of one row."""


class _Sample(NamedTuple):
    monotonic: float
    values: dict[Metric, Decimal]


class StableWindow:
    """Looks at the stream of one oximeter or belt. A sample is recorded as it came, never an average: the newest of a
    steady window.

    Steady: enough valid samples, each within a span of their median (``StreamLimits``). Recorded again when the value
    moved or after a while; a finger taken out begins everything again.
    """

    def __init__(self, limits: StreamLimits) -> None:
        self._limits = limits
        self._samples: deque[_Sample] = deque(maxlen=MAX_SAMPLES)
        self._recorded: _Sample | None = None
        self._connection: tuple[str, int] | None = None

    def push(self, arrival: Arrival, since: Instant | None) -> Arrival | None:
        """Take one arrival of the stream; give it back when it is to be recorded.

        ``since`` is when the patient was identified: nothing before it counts, and nothing at all when it is None.
        """
        connection = arrival.provenance.instrument, arrival.connection
        sample = _sample(arrival)
        if sample is None or since is None or connection != self._connection:
            self.reset()
        self._connection = connection
        if sample is None or since is None or sample.monotonic < since.monotonic or _unsettled(arrival):
            return None
        if self._samples and self._breaks(self._samples[-1], sample):
            self.reset()
        self._samples.append(sample)
        while self._samples[0].monotonic < sample.monotonic - self._limits.window:
            self._samples.popleft()
        if not (self._steady() and self._due(sample)):
            return None
        self._recorded = sample
        return arrival

    def reset(self) -> None:
        """Begin again: another patient, a finger out, a lost link."""
        self._samples.clear()
        self._recorded = None

    def _breaks(self, last: _Sample, sample: _Sample) -> bool:
        """Whether a sample does not follow the one before."""
        return sample.monotonic - last.monotonic > self._limits.gap or sample.values.keys() != last.values.keys()

    def _steady(self) -> bool:
        if len(self._samples) < self._limits.samples:
            return False
        return all(
            _within([one.values[metric] for one in self._samples], self._span(metric))
            for metric in self._samples[-1].values
        )

    def _span(self, metric: Metric) -> Decimal:
        return self._limits.saturation if metric is Metric.SATURATION else self._limits.pulse

    def _moved(self, metric: Metric) -> Decimal:
        return self._limits.moved_saturation if metric is Metric.SATURATION else self._limits.moved_pulse

    def _due(self, sample: _Sample) -> bool:
        last = self._recorded
        if last is None or sample.monotonic - last.monotonic >= self._limits.again:
            return True
        return any(abs(value - last.values[metric]) >= self._moved(metric) for metric, value in sample.values.items())


class TraceBlock:
    """Gathers one instrument's stream into blocks of ``StreamLimits.block`` seconds, an entry for each metric."""

    def __init__(self, limits: StreamLimits) -> None:
        self._limits = limits
        self._first: Arrival | None = None
        self._samples: dict[Metric, list[tuple[int, Decimal | None]]] = {}

    def push(self, arrival: Arrival) -> tuple[TraceRecorded, ...]:
        """Take one arrival; give the blocks that it completes (its own sample begins the next)."""
        full = self.flush() if self._first is not None and self._completes(self._first, arrival) else ()
        if self._first is None:
            self._first = arrival
        elapsed = round((arrival.received.monotonic - self._first.received.monotonic) * 1000)
        for one in arrival.measurements:
            if one.continuous:
                self._samples.setdefault(one.metric, []).append((elapsed, one.value))
        return full

    def flush(self) -> tuple[TraceRecorded, ...]:
        """Give what there is and begin again: the finger is out, the link lost, the file about to close."""
        if self._first is None:
            return ()
        provenance, received = msgspec.structs.replace(self._first.provenance, frame=""), self._first.received
        blocks = tuple(
            TraceRecorded(metric, provenance, received, tuple(samples)) for metric, samples in self._samples.items()
        )
        self._first, self._samples = None, {}
        return blocks

    def _completes(self, first: Arrival, arrival: Arrival) -> bool:
        elapsed = arrival.received.monotonic - first.received.monotonic
        other = (first.provenance.instrument, first.connection) != (arrival.provenance.instrument, arrival.connection)
        longest = max((len(samples) for samples in self._samples.values()), default=0)
        return other or not 0 <= elapsed < self._limits.block or longest >= MAX_SAMPLES


def _sample(arrival: Arrival) -> _Sample | None:
    """The valid sample of an arrival: every number of a row of _WATCHED, of a stream."""
    values = {one.metric: one.value for one in arrival.measurements if one.continuous and one.value is not None}
    for wanted in _WATCHED:
        if all(metric in values for metric in wanted):
            return _Sample(arrival.received.monotonic, {metric: values[metric] for metric in wanted})
    return None


def _unsettled(arrival: Arrival) -> bool:
    return any(one.doubts & _UNSETTLED for one in arrival.measurements)


def _within(values: Iterable[Decimal], span: Decimal) -> bool:
    numbers = list(values)
    middle = median(numbers)
    return all(abs(one - middle) <= span for one in numbers)

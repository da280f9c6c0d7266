# SPDX-License-Identifier: Apache-2.0
"""When two groups are one: instruments send the same measurement again, at each connection for some."""

from collections.abc import Sequence

from device.measurement import Measurement, Provenance


def identity(measurements: Sequence[Measurement], provenance: Provenance) -> str:
    """What a group is recognised by: its instrument, its own time, its record's number where it has one, and its
    values; without a time, its raw frame.

    A number alone would not do: a memory that was emptied counts from its beginning again. What the cart adds (sites,
    doubts) and how it came (live or from the memory) makes no difference.
    """
    taken = next((one.taken for one in measurements if one.taken is not None), None)
    moment = taken.isoformat() if taken is not None else f"frame {provenance.frame}"
    record = next((one.sequence for one in measurements if one.sequence is not None), None)
    if record is not None:
        moment = f"{moment}#{record}"
    values = ",".join(sorted(f"{one.metric.value}={one.value}" for one in measurements))
    return f"{provenance.instrument}|{moment}|{values}"

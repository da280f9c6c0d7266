# SPDX-License-Identifier: Apache-2.0
"""What the soak says of what it saw."""

from functools import reduce

import msgspec

from call.exposition import text
from call.tally import Sample, Tally, fold
from cart.bench.call.soak import Stretch, results
from device.pulse import Promptness, looked
from tests.call.test_tally import at, sent

MB = 2**20


def told(waiting: int, late: float) -> str:
    """Metrics of a call whose queue once held ``waiting``, in a process whose loop was ``late``."""
    statistics = msgspec.structs.replace(sent(30), queues={"association-bytes": waiting, "received-frames": 2})
    samples = [at(1, 30), msgspec.structs.replace(at(2, 60), statistics=statistics), Sample(3.0)]
    return text(reduce(fold, samples, Tally()), reduce(looked, [late] * 100, Promptness()))


def found(*stretches: Stretch) -> dict[str, tuple[float, bool | None]]:
    return {one.id.removeprefix("call.soak."): (one.value, one.met) for one in results(stretches)}


def test_a_flat_memory_and_short_queues_meet_their_goals() -> None:
    weights = tuple(100 * MB + index % 3 for index in range(50))
    said = found(Stretch("reads", weights, told(4000, 0.001)), Stretch("deaf", weights, told(9000, 0.001)))
    assert said["memory.drift"] == (0.0, True)
    assert said["reads.association-bytes"] == (4000, True)
    assert said["deaf.association-bytes"] == (9000, True)
    assert said["deaf.received-frames"] == (2, None)
    assert said["late"] == (0.005, True)
    assert said["dials"] == (1, None)


def test_a_memory_that_grows_a_queue_that_fills_and_a_slow_loop_do_not() -> None:
    weights = tuple((100 + index) * MB for index in range(100))
    said = found(Stretch("reads", weights, told(10 * MB, 0.3)))
    drift, met = said["memory.drift"]
    assert 0.6 < drift < 0.8
    assert not met
    assert said["reads.association-bytes"][1] is False
    assert said["late"] == (0.5, False)

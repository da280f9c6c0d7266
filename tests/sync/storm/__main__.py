# SPDX-License-Identifier: Apache-2.0
"""``./chevet test faults``: many storms, over every core; the seed of one that fails is told, and plays it again."""

import argparse
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from random import Random

from tests.sync.storm.schedule import schedule
from tests.sync.storm.share import played

COUNT = 2000
SHARE = 20
MOST_LINES = 20


def main() -> int:
    """Play them; 0 when nothing was lost, doubled or out of order in any."""
    parser = argparse.ArgumentParser(
        prog="chevet test faults", description="Seeded schedules of everything that fails, against the real sender."
    )
    parser.add_argument("--count", type=int, default=COUNT, help="schedules (default: %(default)s)")
    parser.add_argument("--first", type=int, help="the first seed (default: at random)")
    parser.add_argument("--seed", type=int, action="append", help="play this one alone, and tell its actions")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="at once (default: %(default)s)")
    options = parser.parse_args()
    if os.environ.get("PYTHONHASHSEED") != "0":  # the order of sets is part of a schedule
        command = [sys.executable, "-m", "tests.sync.storm", *sys.argv[1:]]
        os.execve(sys.executable, command, {**os.environ, "PYTHONHASHSEED": "0"})  # noqa: S606 - ourselves
    if options.seed:
        return 1 if sum(_told(seed) for seed in options.seed) else 0
    first = Random().randrange(1 << 30) if options.first is None else options.first  # noqa: S311 - only to vary
    return 1 if _many(range(first, first + options.count), options.jobs) else 0


def _many(seeds: range, jobs: int) -> int:
    """Play them all; how many failed."""
    _say(f"{len(seeds)} schedules from seed {seeds.start}")
    began, failed = time.monotonic(), 0
    shares = [seeds[start : start + SHARE] for start in range(0, len(seeds), SHARE)]
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        for found in pool.map(played, shares):
            failed += len(found)
            for seed, complaints in found:
                _complain(seed, complaints)
    verdict = f"{failed} FAILED" if failed else "0 lost, 0 doubled, 0 out of order"
    _say(f"{len(seeds)} schedules in {time.monotonic() - began:.0f} s: {verdict}")
    return failed


def _told(seed: int) -> bool:
    """Play one and tell it; whether it failed."""
    plan = schedule(seed)
    _say(f"seed {seed}: (batch, lanes at once, identity) of each server: {plan.servers}")
    for action in plan.actions:
        _say(f"  {action}")
    found = played(range(seed, seed + 1))
    for failed, complaints in found:
        _complain(failed, complaints)
    if not found:
        _say("0 lost, 0 doubled, 0 out of order")
    return bool(found)


def _complain(seed: int, complaints: list[str]) -> None:
    _say(f"FAILED seed {seed} (./chevet test faults --seed {seed})")
    for one in complaints[:MOST_LINES]:
        _say(f"  {one}")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

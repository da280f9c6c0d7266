# SPDX-License-Identifier: Apache-2.0
"""A share of many storms, as one process plays it."""

import logging
import tempfile
from pathlib import Path

from tests.sync.storm.schedule import schedule
from tests.sync.storm.world import play

MEMORY = Path("/dev/shm")
"""Where files cost nothing: what a power cut takes is modelled, so nothing has to reach a disk."""


def played(seeds: range) -> list[tuple[int, list[str]]]:
    """The seeds that failed, and how."""
    logging.disable(logging.CRITICAL)  # what a storm has to say of itself, its complaints say
    try:
        with tempfile.TemporaryDirectory(prefix="chevet-storm-", dir=MEMORY if MEMORY.is_dir() else None) as folder:
            found = [(seed, play(schedule(seed), Path(folder))) for seed in seeds]
    finally:
        logging.disable(logging.NOTSET)
    return [(seed, complaints) for seed, complaints in found if complaints]

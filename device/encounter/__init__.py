# SPDX-License-Identifier: Apache-2.0
"""The encounter: a pure fold of the journal's entries, and the rules of what may become one."""

from device.encounter.admit import admit
from device.encounter.decide import decide
from device.encounter.evolve import evolve, replay
from device.encounter.limits import Limits
from device.encounter.state import Aside, Attached, Bedside, Captured, Encounter, Heard, Recorded
from device.encounter.streams import StableWindow, TraceBlock

__all__ = [
    "Aside",
    "Attached",
    "Bedside",
    "Captured",
    "Encounter",
    "Heard",
    "Limits",
    "Recorded",
    "StableWindow",
    "TraceBlock",
    "admit",
    "decide",
    "evolve",
    "replay",
]

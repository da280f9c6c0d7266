# SPDX-License-Identifier: Apache-2.0
"""The encounter: a pure fold of the journal's entries, and the rules of what may become one."""

from device.encounter.decide import decide
from device.encounter.evolve import evolve, replay
from device.encounter.state import Aside, Bedside, Captured, Encounter, Recorded

__all__ = ["Aside", "Bedside", "Captured", "Encounter", "Recorded", "decide", "evolve", "replay"]

# SPDX-License-Identifier: Apache-2.0
"""Which models exist and which units this cart owns."""

from device.registry.model import Bond, Bus, Instrument, Maturity, Model, Parity, StoredPolicy, is_live, located
from device.registry.registry import Registry

__all__ = [
    "Bond",
    "Bus",
    "Instrument",
    "Maturity",
    "Model",
    "Parity",
    "Registry",
    "StoredPolicy",
    "is_live",
    "located",
]

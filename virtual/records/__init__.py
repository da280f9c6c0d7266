# SPDX-License-Identifier: Apache-2.0
"""A strict FHIR R4 records endpoint: what the demonstration and the tests send to.

It takes what the cart sends and refuses what a strict server refuses, keeps everything in SQLite, and can be told to
answer as badly as real servers do. It is no records server: whoever has one points the cart at it instead.
"""

from virtual.records.export import doubled, exported, write_export
from virtual.records.server import BASE, Records
from virtual.records.store import Received, Store, Stored
from virtual.records.trouble import Ill, Trouble

__all__ = ["BASE", "Ill", "Received", "Records", "Store", "Stored", "Trouble", "doubled", "exported", "write_export"]

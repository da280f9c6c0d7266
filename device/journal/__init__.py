# SPDX-License-Identifier: Apache-2.0
"""The journal: every clinical fact, written once, durable before it is shown, chained within its encounter."""

from device.journal.journal import Journal
from device.journal.reader import JournalReader
from device.journal.retention import Retention
from device.journal.verify import Fault, Report, What, verify

__all__ = ["Fault", "Journal", "JournalReader", "Report", "Retention", "What", "verify"]

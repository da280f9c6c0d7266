# SPDX-License-Identifier: Apache-2.0
"""Storms: the real Sync, its real ledger and the real strict endpoint under seeded schedules of everything that goes
wrong, judged by an oracle that knows only the journal and what the servers wrote.

Waiting costs nothing: a loop with nothing to do lets its time pass at once (``warp``). A kill leaves the ledger's files
as they are at that moment; a power cut leaves, of the commit under way, any of its sectors (``disk``). One seed gives
one schedule (``schedule``); ``python -m tests.sync.storm --seed N`` plays it again.
"""

# SPDX-License-Identifier: Apache-2.0
"""Store and forward: from the journal to the hospital's servers, each with its own position in the ledger.

``steps`` says what a server must hold, ``plan`` what to send next, ``learn`` what an answer changes (all pure);
``ledger`` remembers, ``client`` speaks HTTP, ``drain`` joins them for one server and ``sync`` for the process.
"""

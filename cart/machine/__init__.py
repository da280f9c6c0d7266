# SPDX-License-Identifier: Apache-2.0
"""``chevet test machine``: the product's own bus code on a real Linux's stacks, in a machine that QEMU plays.

A Debian guest with the stock kernel is made once and kept: its system and its Python libraries (``system.py``), and its
memory once it has started and loaded them (``warm.py``). Each run goes on from that memory in seconds, sends the guest
the present code with the scenarios of ``tests/machine``, and hears JSON lines. It is emulated in software, so that the
test means the same wherever it runs.
"""

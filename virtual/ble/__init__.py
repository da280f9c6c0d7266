# SPDX-License-Identifier: Apache-2.0
"""Bluetooth instruments without hardware: bleak's public API over bumble hosts that share one radio in memory."""

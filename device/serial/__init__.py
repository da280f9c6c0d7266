# SPDX-License-Identifier: Apache-2.0
"""The serial bus: instruments and scanners on USB serial lines, found by their stable path, back by themselves."""

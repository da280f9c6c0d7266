# SPDX-License-Identifier: Apache-2.0
"""Virtual instruments on pseudo-terminals: the product's own serial bus opens them, and they speak the real bytes."""

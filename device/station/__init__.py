# SPDX-License-Identifier: Apache-2.0
"""What the cart offers to its screen and tools."""

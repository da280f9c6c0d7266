# SPDX-License-Identifier: Apache-2.0
"""The demonstration: the whole cart on one machine, for a person to play with or playing by itself."""

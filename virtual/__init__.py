# SPDX-License-Identifier: Apache-2.0
"""Virtual instruments that speak the real protocols, generated pictures and sounds, a strict records endpoint."""

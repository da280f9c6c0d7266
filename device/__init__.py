# SPDX-License-Identifier: Apache-2.0
"""The cart itself: measurements, journal, encounter, buses, station."""

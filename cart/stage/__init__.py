# SPDX-License-Identifier: Apache-2.0
"""A stage for a whole teleconsultation on one machine: a screen, a finger, a network that can be cut, a doctor's browser."""

# SPDX-License-Identifier: Apache-2.0
"""A stage for a teleconsultation on one machine: a screen, a finger, a cable that can be pulled, a doctor."""

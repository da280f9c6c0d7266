# SPDX-License-Identifier: Apache-2.0
"""What the screens show and what a touch does: no Qt Quick here."""

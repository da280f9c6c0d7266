# SPDX-License-Identifier: Apache-2.0
"""The kiosk: Qt Quick. Knows the cart only through the station socket."""

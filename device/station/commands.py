# SPDX-License-Identifier: Apache-2.0
"""The commands under the station's name: what its clients import. They are defined in ``device.commands``."""

from device.commands import *  # noqa: F403 - every command, one list to keep

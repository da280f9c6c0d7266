# SPDX-License-Identifier: Apache-2.0
"""The cart's own battery, as the kernel tells it (Linux ABI, sysfs-class-power)."""

from pathlib import Path

SUPPLIES = Path("/sys/class/power_supply")


def battery(supplies: Path = SUPPLIES) -> int | None:
    """Percent left in the cart's battery, the lowest of several; None without one. A battery of something plugged in
    (scope Device: a mouse, a headset) is not the cart's."""
    levels = []
    for supply in supplies.glob("*"):
        if _said(supply / "type") != "Battery" or _said(supply / "scope") == "Device":
            continue
        level = _said(supply / "capacity")
        if level.isdecimal() and int(level) <= 100:  # noqa: PLR2004 - percent
            levels.append(int(level))
    return min(levels, default=None)


def _said(path: Path) -> str:
    try:
        return path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""

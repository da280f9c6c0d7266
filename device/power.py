# SPDX-License-Identifier: Apache-2.0
"""The cart's own battery (Linux ABI, sysfs-class-power), and what strains the box: low voltage, heat."""

from pathlib import Path
from typing import NamedTuple

SUPPLIES = Path("/sys/class/power_supply")
HOT = 80.0
"""Degrees at which a Raspberry Pi begins to slow its processor down."""
CALM = 60.0
"""Seconds without strain after which all is as before: no going back and forth."""
_UNDERVOLTAGE = 1 << 0
_HEAT = 1 << 2 | 1 << 3


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


class Strain(NamedTuple):
    """Too little voltage, or too much heat, as the machine tells them now."""

    power: bool = False
    heat: bool = False

    def __bool__(self) -> bool:
        """Whether there is any."""
        return self.power or self.heat


def strain(root: Path = Path("/sys")) -> Strain:
    """What the machine's sensors say; what it has none for is taken as well.

    A Raspberry Pi's firmware tells both (vcgencmd get_throttled: bit 0 undervoltage, bit 2 throttled, bit 3 soft
    temperature limit); the kernel's ``rpi_volt`` the voltage (Linux, hwmon/raspberrypi-hwmon); thermal zones the
    temperature of any machine, in thousandths of a degree (Linux ABI, sysfs-class-thermal).
    """
    bits = _throttled(root)
    alarms = [_said(chip / "in0_lcrit_alarm") for chip in (root / "class/hwmon").glob("*") if _is_volts(chip)]
    zones = [_said(zone) for zone in (root / "class/thermal").glob("thermal_zone*/temp")]
    hottest = max((int(text) / 1000 for text in zones if text.isdecimal()), default=0.0)
    return Strain("1" in alarms or bool(bits & _UNDERVOLTAGE), hottest >= HOT or bool(bits & _HEAT))


class Relief:
    """When work is to be spared: at once under strain, and no more once there was none for ``CALM`` seconds."""

    def __init__(self) -> None:
        self.wanted = False
        self.cause = Strain()
        self._strained_at = 0.0

    def hear(self, found: Strain, now: float) -> bool:
        """Take a reading at ``now`` (monotonic seconds); whether ``wanted`` or ``cause`` changed."""
        before = self.wanted, self.cause
        if found:
            self.wanted, self.cause, self._strained_at = True, found, now
        elif self.wanted and now - self._strained_at >= CALM:
            self.wanted, self.cause = False, found
        return before != (self.wanted, self.cause)


def _throttled(root: Path) -> int:
    for path in (root / "devices/platform").glob("soc*/soc*:firmware/get_throttled"):
        try:
            return int(_said(path), 16)
        except ValueError:
            continue
    return 0


def _is_volts(chip: Path) -> bool:
    return _said(chip / "name") == "rpi_volt"


def _said(path: Path) -> str:
    try:
        return path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""

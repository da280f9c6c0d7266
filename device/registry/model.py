# SPDX-License-Identifier: Apache-2.0
"""A model is a row of ``models.toml``; an instrument is one enrolled unit of a model."""

import re
from enum import StrEnum

import msgspec

from device.codes import Metric, Site
from device.measurement import Measurement
from device.wire import sig_uuid

_SHORT = re.compile(r"[0-9a-fA-F]{4}")
_LONG = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_USB = re.compile(r"[0-9a-f]{4}:[0-9a-f]{4}")
_ADDRESS = re.compile(r"[0-9A-F]{2}(:[0-9A-F]{2}){5}")

BAUDS = (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600)
"""Bits a second of a serial line; an adapter without a real line ignores them, and its row says 9600."""


class Bus(StrEnum):
    """How its bytes come."""

    BLE = "ble"
    SERIAL = "serial"


class StoredPolicy(StrEnum):
    """What a model does with its memory, and so whether an arrival is of now (see ``is_live``)."""

    NEVER = "never"
    """It has no memory: whatever arrives is of now."""
    FLAGGED = "flagged"
    """Each frame tells."""
    UNSENT = "unsent"
    """At connection it sends what it has not sent yet."""
    ALL = "all"
    """At connection it sends its whole memory. Also what a row says while nobody knows."""


class Maturity(StrEnum):
    """How far a model has been seen working, told honestly."""

    DECODED = "decoded"
    """Published frames are decoded."""
    VIRTUAL = "virtual"
    """And a virtual instrument that speaks its protocol works end to end."""
    SEEN = "seen"
    """And a real unit worked once on a bench."""
    FIELD = "field"
    """And carts use it."""


class Bond(StrEnum):
    """What the instrument asks before it gives its data."""

    NONE = "none"
    JUST_WORKS = "just-works"
    PASSKEY = "passkey"


class Parity(StrEnum):
    """The parity bit of a serial line of eight data bits and one stop bit."""

    NONE = "none"
    ODD = "odd"
    EVEN = "even"


class Model(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A product.

    ``kind`` is what a nurse calls it; ``driver`` names an entry point of ``chevet.drivers``; ``names`` are the
    starts of the names it advertises, for enrolment. ``quiet`` is how many seconds without a frame end a burst,
    ``rest`` how many to leave it alone after it hung up by itself. ``site`` is where it measures when its frames do
    not say.

    On BLE, ``services`` are those it advertises (``unannounced``: those it has, and no source says that it advertises
    them: everything in reach is listened to while one is enrolled); ``characteristics`` those to subscribe to, of which
    one at least must be there; ``write`` is where commands go, for a protocol of its own. UUIDs are 128-bit and in
    lower case (a file may write the SIG's 16-bit ones). On a serial line, ``baud`` and ``parity`` are the line's,
    ``usb`` the ``vid:pid`` of the adapters it comes with; ``metrics`` may be empty there (a barcode scanner measures
    nothing).
    """

    id: str
    label: str
    kind: str
    driver: str
    metrics: tuple[Metric, ...]
    stored: StoredPolicy
    maturity: Maturity
    services: tuple[str, ...] = ()
    characteristics: tuple[str, ...] = ()
    unannounced: bool = False
    write: str = ""
    names: tuple[str, ...] = ()
    bus: Bus = Bus.BLE
    bond: Bond = Bond.NONE
    site: Site | None = None
    quiet: float = 2.0
    rest: float = 5.0
    baud: int = 0
    parity: Parity = Parity.NONE
    usb: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check what types do not say. Raises ValueError, its text begun by the field."""
        _check(_ID.fullmatch(self.id), "id", f"{self.id!r} is not lower-case words joined by hyphens")
        for field in ("label", "kind", "driver"):
            _check(_printable(getattr(self, field)), field, "is empty or not printable")
        for field in ("metrics", "characteristics"):
            _check(len(set(getattr(self, field))) == len(getattr(self, field)), field, "names one twice")
        for field, low, high in (("quiet", 0.1, 30.0), ("rest", 0.0, 600.0)):
            _check(low <= getattr(self, field) <= high, field, f"is not within {low} and {high} seconds")
        if self.bus is Bus.BLE:
            self._check_ble()
        else:
            self._check_serial()

    def _check_ble(self) -> None:
        for field in ("services", "characteristics", "metrics"):
            _check(getattr(self, field), field, "is empty")
        for field in ("baud", "usb"):
            _check(not getattr(self, field), field, 'belongs to a row with bus = "serial"')
        _check(self.parity is Parity.NONE, "parity", 'belongs to a row with bus = "serial"')
        for field in ("services", "characteristics"):
            msgspec.structs.force_setattr(self, field, tuple(_uuid(field, text) for text in getattr(self, field)))
        if self.write:
            msgspec.structs.force_setattr(self, "write", _uuid("write", self.write))

    def _check_serial(self) -> None:
        for field in ("services", "unannounced", "characteristics", "write", "names"):
            _check(not getattr(self, field), field, 'belongs to a row with bus = "ble"')
        _check(self.bond is Bond.NONE, "bond", 'belongs to a row with bus = "ble"')
        _check(self.baud in BAUDS, "baud", f"{self.baud} is none of {', '.join(map(str, BAUDS))}")
        for text in self.usb:
            _check(_USB.fullmatch(text), "usb", f"{text!r} is no vid:pid of four lower-case hex digits each")


class Instrument(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One enrolled unit. ``address`` is its Bluetooth address in upper case (or the serial port's stable path);
    ``serial`` is what is printed on it; ``simulated`` marks every measurement of a virtual unit."""

    id: str
    model: str
    address: str
    serial: str
    label: str
    simulated: bool = False

    def __post_init__(self) -> None:
        """Check what types do not say. Raises ValueError, its text begun by the field."""
        _check(_ID.fullmatch(self.id), "id", f"{self.id!r} is not lower-case words joined by hyphens")
        for field in ("model", "address", "serial", "label"):
            _check(_printable(getattr(self, field)), field, "is empty or not printable")
        if not self.address.startswith("/"):
            msgspec.structs.force_setattr(self, "address", self.address.upper())
            _check(_ADDRESS.fullmatch(self.address), "address", f"{self.address!r} is no Bluetooth address nor path")


def is_live(model: Model, measurement: Measurement) -> bool:
    """Whether a measurement of ``model`` is of now by what it is, without looking at any clock (decision 0004).

    A sample of a stream is; so is anything of a model without memory, or whose frames tell, unless the frame says
    that it was stored. Everything else comes from memory until a clock that we set proves otherwise.
    """
    if measurement.stored:
        return False
    return measurement.continuous or model.stored in (StoredPolicy.NEVER, StoredPolicy.FLAGGED)


def located(model: Model, measurement: Measurement) -> Measurement:
    """The measurement with its model's site, where the frame named none."""
    if model.site is None or measurement.site is not None:
        return measurement
    return msgspec.structs.replace(measurement, site=model.site)


def _check(good: object, field: str, reason: str) -> None:
    if not good:
        raise ValueError(f"{field}: {reason}")


def _printable(text: str) -> bool:
    return text.isprintable() and bool(text.strip())


def _uuid(field: str, text: str) -> str:
    if _SHORT.fullmatch(text):
        return sig_uuid(int(text, 16))
    _check(_LONG.fullmatch(text.lower()), field, f"{text!r} is no UUID of 16 or 128 bits")
    return text.lower()

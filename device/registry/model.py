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
_ADDRESS = re.compile(r"[0-9A-F]{2}(:[0-9A-F]{2}){5}")


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


class Model(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A product.

    ``kind`` is what a nurse calls it; ``driver`` names an entry point of ``chevet.drivers``; ``services`` are those it
    advertises; ``characteristics`` those to subscribe to, of which one at least must be there; ``names`` are the
    starts of the names it advertises, for enrolment. UUIDs are 128-bit and in lower case (a file may write the SIG's
    16-bit ones). ``quiet`` is how many seconds without a frame end a burst, ``rest`` how many to leave it alone after
    it hung up by itself. ``site`` is where it measures when its frames do not say.
    """

    id: str
    label: str
    kind: str
    driver: str
    services: tuple[str, ...]
    characteristics: tuple[str, ...]
    metrics: tuple[Metric, ...]
    stored: StoredPolicy
    maturity: Maturity
    names: tuple[str, ...] = ()
    bus: Bus = Bus.BLE
    bond: Bond = Bond.NONE
    site: Site | None = None
    quiet: float = 2.0
    rest: float = 5.0

    def __post_init__(self) -> None:
        """Check what types do not say. Raises ValueError, its text begun by the field."""
        _check(_ID.fullmatch(self.id), "id", f"{self.id!r} is not lower-case words joined by hyphens")
        for field in ("label", "kind", "driver"):
            _check(_printable(getattr(self, field)), field, "is empty or not printable")
        for field in ("services", "characteristics", "metrics"):
            _check(getattr(self, field), field, "is empty")
        for field in ("services", "characteristics"):
            msgspec.structs.force_setattr(self, field, tuple(_uuid(field, text) for text in getattr(self, field)))
        for field, low, high in (("quiet", 0.1, 30.0), ("rest", 0.0, 600.0)):
            _check(low <= getattr(self, field) <= high, field, f"is not within {low} and {high} seconds")


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

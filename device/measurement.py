# SPDX-License-Identifier: Apache-2.0
"""A measurement, where it came from, and its arrival on the cart (IEEE 11073-10201 words)."""

from datetime import datetime
from decimal import Decimal

import msgspec

from device.clock import Instant
from device.codes import Doubt, Meal, Metric, Site


class Quantity(msgspec.Struct, frozen=True):
    """A number with its UCUM code, as an instrument gave it."""

    value: Decimal
    ucum: str


class Measurement(msgspec.Struct, frozen=True, omit_defaults=True):
    """One value of one metric, as a driver read it from a frame.

    ``value`` is in ``metric.ucum``; ``None`` means that there is no number, and a void doubt says why: never 0 for
    "none", never clamped, never rounded (only a converted unit is cut to one digit beyond ``metric.digits``, and
    ``reported`` then keeps what the instrument said). ``taken`` is the instrument's own clock, naive, as it stood in
    the frame. ``stored``: the frame says that it comes from the instrument's memory. ``continuous``: one sample of a
    stream. Measurements of one inflation or one spot check share ``group``. ``sequence`` is the record's number in the
    instrument's memory. ``meal``: when a glucose was taken.
    """

    metric: Metric
    value: Decimal | None
    taken: datetime | None = None
    stored: bool = False
    continuous: bool = False
    doubts: frozenset[Doubt] = frozenset()
    group: int = 0
    site: Site | None = None
    reported: Quantity | None = None
    sequence: int | None = None
    meal: Meal | None = None


class Provenance(msgspec.Struct, frozen=True):
    """What stands behind a number.

    ``instrument`` is the enrolment id, ``model`` the row of ``models.toml``, ``label`` the product's name.
    ``clock_offset`` is the instrument's clock minus ours in seconds, as found in this connection before it was set
    (None: unknown); ``clock_set`` tells that it was then set by us and read back. ``frame`` is the raw frame in hex.
    ``manual``: an operator read the value on a display and typed it in. ``firmware``, ``hardware`` and ``software`` are
    the revisions that the instrument tells of itself. ``address``: its Bluetooth address ("C0:26:DA:…"), "" on a cable.
    """

    instrument: str
    model: str
    label: str
    serial: str
    firmware: str | None = None
    battery: int | None = None
    clock_set: bool = False
    clock_offset: float | None = None
    frame: str = ""
    simulated: bool = False
    manual: bool = False
    hardware: str | None = None
    software: str | None = None
    address: str = ""


class Arrival(msgspec.Struct, frozen=True):
    """What one frame brought. ``live``: the model has no memory, or the frame says that it is of now (decision 0004).
    ``connection`` numbers the link it came over: arrivals of one connection are one burst."""

    measurements: tuple[Measurement, ...]
    provenance: Provenance
    received: Instant
    live: bool
    connection: int

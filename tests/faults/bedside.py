# SPDX-License-Identifier: Apache-2.0
"""A cuff's real bytes, its driver, the admission and a real journal: the heart of a cart, by hand."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from device import commands as c
from device.clock import Instant
from device.driver import Frame
from device.encounter import Bedside, Limits, admit, decide, evolve
from device.entry import Body, Entry
from device.journal import Journal
from device.measurement import Arrival, Provenance
from device.people import Operator, Patient
from device.wire import pack_date_time
from drivers.blood_pressure import MEASUREMENT, BloodPressure

START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
PARIS = ZoneInfo("Europe/Paris")
NURSE = Operator("op-1", "Claire Dubois", "infirmière")
JEANNE = Patient("ipp-1", "MARTIN", "Jeanne", datetime(1934, 5, 2, tzinfo=UTC).date())
PAUL = Patient("ipp-2", "PETIT", "Paul", datetime(1931, 1, 9, tzinfo=UTC).date())
LIMITS = Limits.load(Path(__file__).parents[2] / "config" / "limits.toml")


class Cart:
    """The heart of a cart by hand: a clock that we turn, and everything durable before it counts."""

    def __init__(self, folder: Path) -> None:
        self.seconds = 0.0
        self.journal = Journal.open(folder / "journal.db", self)
        self.state = Bedside()

    def now(self) -> Instant:
        return Instant(START + timedelta(seconds=self.seconds), 5000 + self.seconds, trusted=True)

    def wait(self, seconds: float) -> None:
        self.seconds += seconds

    def do(self, command: c.Command) -> None:
        chain, bodies = decide(self.state, command, NURSE, self.now(), LIMITS)
        self._write(chain, bodies)

    def open(self, patient: Patient) -> None:
        self.do(c.OpenEncounter(patient))
        self.wait(5)
        self.do(c.ConfirmIdentity())
        self.wait(5)

    def close(self) -> None:
        self.do(c.EndEncounter())
        self.do(c.CloseFile())
        self.wait(60)

    def take(
        self, *frames: bytes, live: bool = False, set_by_us: bool = True, offset: float | None = 0.0
    ) -> list[Body]:
        """One connection's burst: each frame through the driver, then all of them through the admission."""
        burst = []
        for data in frames:
            provenance = Provenance(
                "cuff-1",
                "and-ua-651ble",
                "A&D UA-651BLE",
                "5161",
                clock_set=set_by_us,
                clock_offset=offset,
                frame=data.hex(),
            )
            measurements = tuple(BloodPressure().decode(Frame(MEASUREMENT, data)))
            burst.append(Arrival(measurements, provenance, self.now(), live, int(self.seconds)))
        bodies = admit(self.state, burst, LIMITS, self.now(), enrolled={"cuff-1"}, zone=PARIS)
        self._write(self.state.measurement_chain, bodies)
        return list(bodies)

    def entries(self, *kinds: type) -> list[Entry]:
        return [entry for entry in self.journal.after(0, limit=10_000) if isinstance(entry.body, kinds)]

    def frame(self, ago: float, systolic: int = 132, diastolic: int = 78, pulse: int = 71) -> bytes:
        """A pressure of ``ago`` seconds before now, as a cuff with a right clock writes it."""
        shown = (self.now().wall - timedelta(seconds=ago)).astimezone(PARIS).replace(tzinfo=None)
        return cuff_frame(shown, systolic, diastolic, pulse)

    def _write(self, chain, bodies) -> None:
        for entry in self.journal.append(chain, *bodies):
            self.state = evolve(self.state, entry)


def cuff_frame(shown: datetime | None, systolic: int = 132, diastolic: int = 78, pulse: int = 71) -> bytes:
    """Blood Pressure Measurement 0x2A35 in mmHg: time stamp as given, pulse, status."""
    flags = 0x14 if shown is None else 0x16
    values = b"".join(value.to_bytes(2, "little") for value in (systolic, diastolic, (systolic + 2 * diastolic) // 3))
    stamp = b"" if shown is None else pack_date_time(shown)
    return bytes([flags]) + values + stamp + pulse.to_bytes(2, "little") + bytes(2)

# SPDX-License-Identifier: Apache-2.0
"""What a cart says, made with the cart's own types, so that the page is tested against the real JSON."""

import io
import json
import time
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import av
import cv2
import msgspec
import numpy as np

from device.clock import Instant
from device.codes import Doubt, Meal, Metric, Position, Site
from device.entry import (
    AsideReason,
    CaptureTaken,
    DocumentAttached,
    EnteredInError,
    Entry,
    MeasurementRecorded,
    MeasurementSetAside,
    OxygenNoted,
    SoundRecorded,
)
from device.measurement import Measurement, Provenance
from device.people import Operator, Patient, Sex
from device.station.state import CameraPhase, CameraState, InstrumentPhase, InstrumentState, Live

ENCOUNTER = UUID("018f0000-0000-7000-8000-000000000001")
NURSE = Operator("op-1", "Claire Besson", "infirmière")
OTHER = Patient("p-2", "Durand", "Paul", date(1940, 1, 2), Sex.MALE)
CUFF = Provenance("i-1", "and-ua-651", "A&D UA-651", "4021")
OXIMETER = Provenance("i-2", "nonin-3230", "Nonin 3230", "88120")
THERMOMETER = Provenance("i-3", "and-ut-201", "A&D UT-201", "0077")

WORDS = {
    "metrics": {key.value: {"label": key.label, "unit": key.unit, "digits": key.digits} for key in Metric},
    "doubts": {key.value: {"line": key.line, "void": key.void} for key in Doubt},
    "sites": {key.value: key.label for key in Site},
    "positions": {key.value: key.label for key in Position},
    "meals": {key.value: key.line for key in Meal},
    "reasons": {key.value: key.line for key in AsideReason},
}


def plain(thing: object) -> Any:
    """As the cart's JSON has it."""
    return json.loads(msgspec.json.encode(thing))


def moment(ago: float = 0) -> Instant:
    return Instant(datetime.now(UTC) - timedelta(seconds=ago), time.monotonic() - ago, trusted=True)


def instant() -> Any:
    return plain(moment())


def entry(sequence: int, body: object) -> Any:
    whole = plain(Entry(sequence, uuid4(), ENCOUNTER, moment(), OxygenNoted(Decimal(0), NURSE), "0" * 64))
    return whole | {"body": plain(body)}


def pressure(systolic: int, diastolic: int, *doubts: Doubt, ago: float = 0) -> MeasurementRecorded:
    common: dict[str, Any] = {"group": 1, "site": Site.LEFT_ARM, "doubts": frozenset(doubts)}
    measurements = (
        Measurement(Metric.SYSTOLIC, Decimal(systolic), **common),
        Measurement(Metric.DIASTOLIC, Decimal(diastolic), **common),
        Measurement(Metric.PULSE_CUFF, Decimal(72), **common),
    )
    return MeasurementRecorded(measurements, CUFF, moment(ago))


def temperature(value: str | None, *doubts: Doubt) -> MeasurementRecorded:
    number = None if value is None else Decimal(value)
    measurement = Measurement(Metric.TEMPERATURE, number, site=Site.EAR, doubts=frozenset(doubts))
    return MeasurementRecorded((measurement,), THERMOMETER, moment())


def glucose(value: int, meal: Meal, *, manual: bool = False) -> MeasurementRecorded:
    by = Provenance("manual", "manual", "Saisie manuelle", "", manual=True) if manual else CUFF
    return MeasurementRecorded((Measurement(Metric.GLUCOSE, Decimal(value), meal=meal),), by, moment(), by=NURSE)


def saturation(value: int) -> MeasurementRecorded:
    return MeasurementRecorded(
        (Measurement(Metric.SATURATION, Decimal(value), site=Site.FINGER),), OXIMETER, moment(90)
    )


def spot_check(saturation: int, perfusion: int) -> MeasurementRecorded:
    """Perfusion first, as some oximeters send it."""
    numbers = (Metric.PERFUSION, perfusion), (Metric.SATURATION, saturation)
    measurements = tuple(Measurement(metric, Decimal(value)) for metric, value in numbers)
    return MeasurementRecorded(measurements, OXIMETER, moment())


def aside() -> MeasurementSetAside:
    measurements = (Measurement(Metric.SYSTOLIC, Decimal(181)), Measurement(Metric.DIASTOLIC, Decimal(99)))
    return MeasurementSetAside(AsideReason.BEFORE_PATIENT, measurements, CUFF, moment())


def error_of(recorded: Any) -> EnteredInError:
    return EnteredInError(UUID(recorded["id"]), "mauvais bras", NURSE)


def oxygen(litres: str) -> OxygenNoted:
    return OxygenNoted(Decimal(litres), NURSE)


def live(
    metric: Metric, value: int | None, *, linked: bool = True, ago: float = 0.2, doubts: tuple[Doubt, ...] = ()
) -> Any:
    number = None if value is None else Decimal(value)
    measurement = Measurement(metric, number, continuous=True, site=Site.FINGER, doubts=frozenset(doubts))
    return plain(Live(measurement, OXIMETER, moment(ago), linked))


def capture(sha256: str, size: int, site: str) -> CaptureTaken:
    return CaptureTaken(
        "otoscope", "Otoscope", Site(site), sha256, "image/jpeg", size, 1600, 1200, moment(), "practitioner"
    )


def sound(sha256: str, size: int) -> SoundRecorded:
    return SoundRecorded(
        "stethoscope", "Stéthoscope USB", Position.MITRAL, sha256, "audio/flac", size, 48000, 2.0, moment()
    )


def document(sha256: str, size: int) -> DocumentAttached:
    return DocumentAttached("ECG-0412.pdf", "ecg", sha256, "application/pdf", size, 2, moment(), NURSE, "LEROUX Jeanne")


def media_type(data: bytes) -> str:
    """By the first bytes."""
    kinds = {b"fLaC": "audio/flac", b"%PDF": "application/pdf"}
    return kinds.get(data[:4], "image/jpeg")


def flac(seconds: float = 2.0) -> bytes:
    """A tone without loss."""
    kept = io.BytesIO()
    with av.open(kept, "w", format="flac") as container:
        stream = container.add_stream("flac", rate=48000, layout="mono")
        wave = np.sin(np.arange(int(48000 * seconds)) * 0.02) * 9000
        frame = av.AudioFrame.from_ndarray(wave.astype(np.int16)[None, :], format="s16", layout="mono")
        frame.sample_rate = 48000
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
    return kept.getvalue()


def jpeg() -> bytes:
    """A still like an otoscope's: 1600×1200, a disc."""
    picture = np.full((1200, 1600, 3), 20, np.uint8)
    cv2.circle(picture, (800, 600), 560, (118, 142, 202), -1)
    cv2.line(picture, (600, 700), (900, 350), (180, 200, 230), 40)
    return bytes(cv2.imencode(".jpg", picture)[1])


JPEG = jpeg()


def view() -> dict[str, Any]:
    """A cart with three cameras and three instruments, and one patient."""
    ears = (Site.LEFT_EAR, Site.RIGHT_EAR)
    skin = (Site.FACE, Site.NECK, Site.CHEST, Site.ABDOMEN, Site.BACK, Site.HAND, Site.LEG, Site.FOOT)
    cameras = (
        CameraState("room", "Salle", "room", CameraPhase.LIVE, "", (Site.ROOM,)),
        CameraState("otoscope", "Otoscope", "otoscope", CameraPhase.LIVE, "", ears),
        CameraState("dermatoscope", "Dermatoscope", "dermatoscope", CameraPhase.ABSENT, "", skin),
    )
    ready = InstrumentPhase.READY
    instruments = (
        InstrumentState("i-1", "Tensiomètre", "A&D UA-651", "4021", (Metric.SYSTOLIC, Metric.DIASTOLIC), ready),
        InstrumentState("i-2", "Oxymètre", "Nonin 3230", "88120", (Metric.SATURATION, Metric.PULSE_OXIMETER), ready),
        InstrumentState("i-3", "Thermomètre", "A&D UT-201", "0077", (Metric.TEMPERATURE,), ready),
    )
    patient = Patient("p-1", "Leroux", "Jeanne", date(1936, 3, 12), Sex.FEMALE, room="12")
    return {
        "encounter": str(ENCOUNTER),
        "patient": plain(patient),
        "operator": plain(NURSE),
        "cameras": plain(cameras),
        "camera": "room",
        "frozen": False,
        "camera_on": True,
        "microphone_on": True,
        "instruments": plain(instruments),
        "live": [],
        "aside": 0,
        "text": None,
        "asked": None,
        "microphone_request": None,
        "conference": "",
    }

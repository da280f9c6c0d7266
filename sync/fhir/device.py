# SPDX-License-Identifier: Apache-2.0
"""Device: an instrument (HL7 PHD, PhdDevice) and the cart itself (PhgDevice)."""

from uuid import UUID

from device.codes import Metric
from device.measurement import Provenance
from sync.fhir.elements import Json, coding, concept
from sync.fhir.profiles import PROFILES
from sync.fhir.source import Arc, Source

_INSTRUMENT = coding("mdc", "65573", "MDC_MOC_VMS_MDS_SIMP")
_GATEWAY = coding("mdc", "531981", "MDC_MOC_VMS_MDS_AHD")
_FIRMWARE = coding("mdc", "531976", "MDC_ID_PROD_SPEC_FW")
_SOFTWARE = coding("mdc", "531975", "MDC_ID_PROD_SPEC_SW")

_PRESSURE = ("528391", "MDC_DEV_SPEC_PROFILE_BP")
_OXIMETER = ("528388", "MDC_DEV_SPEC_PROFILE_PULS_OXIM")
_SPECIALIZATIONS = {
    Metric.SYSTOLIC: _PRESSURE,
    Metric.DIASTOLIC: _PRESSURE,
    Metric.MEAN_PRESSURE: _PRESSURE,
    Metric.PULSE_CUFF: _PRESSURE,
    Metric.SATURATION: _OXIMETER,
    Metric.PULSE_OXIMETER: _OXIMETER,
    Metric.PERFUSION: _OXIMETER,
    Metric.TEMPERATURE: ("528392", "MDC_DEV_SPEC_PROFILE_TEMP"),
    Metric.HEART_RATE: ("528525", "MDC_DEV_SUB_SPEC_PROFILE_HR"),
    Metric.WEIGHT: ("528399", "MDC_DEV_SPEC_PROFILE_SCALE"),
    Metric.GLUCOSE: ("528401", "MDC_DEV_SPEC_PROFILE_GLUCOSE"),
}


def instrument_id(source: Source, provenance: Provenance) -> UUID:
    """One unit: its model and serial number; its enrolment when it has no number."""
    if provenance.serial:
        return source.identity("instrument", provenance.model, provenance.serial)
    return source.identity("instrument", provenance.model, "", provenance.instrument)


def instrument(source: Source, provenance: Provenance, metric: Metric) -> Json:
    """The instrument behind a measurement of ``metric``."""
    identity = instrument_id(source, provenance)
    code, display = _SPECIALIZATIONS[metric]
    made: Json = {
        "resourceType": "Device",
        "id": str(identity),
        "meta": source.meta(PROFILES["device"], simulated=provenance.simulated),
        "identifier": [source.identifier(Arc.DEVICE, identity)],
        "status": "active",
        "deviceName": [{"name": provenance.label or provenance.model, "type": "user-friendly-name"}],
        "modelNumber": provenance.model,
        "type": concept(_INSTRUMENT),
        "specialization": [{"systemType": concept(coding("mdc", code, display))}],
    }
    if provenance.serial:
        made["serialNumber"] = provenance.serial
    if provenance.firmware:
        made["version"] = [{"type": concept(_FIRMWARE), "value": provenance.firmware}]
    return made


def cart(source: Source) -> Json:
    """The cart, through which measurements reach the server."""
    made: Json = {
        "resourceType": "Device",
        "id": str(source.device),
        "meta": source.meta(PROFILES["gateway"]),
        "identifier": [source.identifier(Arc.DEVICE, source.device)],
        "status": "active",
        "serialNumber": source.cart,
        "deviceName": [{"name": source.label, "type": "user-friendly-name"}],
        "type": concept(_GATEWAY),
        "owner": source.organization,
    }
    if source.version:
        made["version"] = [{"type": concept(_SOFTWARE), "value": source.version}]
    return made

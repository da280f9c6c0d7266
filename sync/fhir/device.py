# SPDX-License-Identifier: Apache-2.0
"""Device: an instrument (HL7 PHD, PhdDevice) and the cart itself (PhgDevice).

PHD names a device by its IEEE EUI-64. A Bluetooth address that the IEEE assigned gives it with FF-FE in its middle; an
instrument on a cable has none, and then does not claim the profile. The cart makes one of its own, marked as locally
assigned (IEEE Std 802, universal/local bit).
"""

import re
from functools import lru_cache
from uuid import UUID

from device.codes import Metric
from device.measurement import Provenance
from sync.fhir.elements import Json, coding, concept
from sync.fhir.profiles import PROFILES, SYSTEMS
from sync.fhir.source import Arc, Source

_INSTRUMENT = coding("mdc", "65573", "MDC_MOC_VMS_MDS_SIMP")
_GATEWAY = coding("mdc", "531981", "MDC_MOC_VMS_MDS_AHD")
_HARDWARE = coding("mdc", "531974", "MDC_ID_PROD_SPEC_HW")
_SOFTWARE = coding("mdc", "531975", "MDC_ID_PROD_SPEC_SW")
_FIRMWARE = coding("mdc", "531976", "MDC_ID_PROD_SPEC_FW")
_TIME_SYNC = coding("mdc", "68220", "MDC_TIME_SYNC_PROTOCOL")
_UNSYNCHRONISED = coding("mdc", "532224", "MDC_TIME_SYNC_NONE")
_BY_THE_CART = coding("mdc", "532236", "MDC_TIME_SYNC_OTHER")
_NTP = coding("mdc", "532226", "MDC_TIME_SYNC_NTPV4")
_ADDRESS = re.compile(r"(?:[0-9A-F]{2}:){5}[0-9A-F]{2}")
_LOCAL_OR_GROUP = 0x03
"""Bits of the first octet of an address that the IEEE did not assign to one device."""

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
        return _unit(source, provenance.model, provenance.serial)
    return _unit(source, provenance.model, "", provenance.instrument)


@lru_cache(maxsize=128)
def _unit(source: Source, *parts: str) -> UUID:
    return source.identity("instrument", *parts)


def instrument(source: Source, provenance: Provenance, metric: Metric) -> Json:
    """The instrument behind a measurement of ``metric``."""
    identity = instrument_id(source, provenance)
    system = eui64(provenance.address)
    code, display = _SPECIALIZATIONS[metric]
    made: Json = {
        "resourceType": "Device",
        "id": str(identity),
        "meta": source.meta(PROFILES["device"] if system else [], simulated=provenance.simulated),
        "identifier": [*_bluetooth(provenance.address, system), source.identifier(Arc.DEVICE, identity)],
        "status": "active",
        "deviceName": [{"name": provenance.label or provenance.model, "type": "user-friendly-name"}],
        "modelNumber": provenance.model,
        "type": concept(_INSTRUMENT),
        "specialization": [{"systemType": concept(coding("mdc", code, display))}],
        "property": [_synchronised(_BY_THE_CART if provenance.clock_set else _UNSYNCHRONISED)],
    }
    if provenance.serial:
        made["serialNumber"] = provenance.serial
    told = ((_FIRMWARE, provenance.firmware), (_SOFTWARE, provenance.software), (_HARDWARE, provenance.hardware))
    if versions := [{"type": concept(kind), "value": value} for kind, value in told if value]:
        made["version"] = versions
    return made


def cart(source: Source) -> Json:
    """The cart, through which measurements reach the server; its clock follows NTP."""
    made: Json = {
        "resourceType": "Device",
        "id": str(source.device),
        "meta": source.meta(PROFILES["gateway"]),
        "identifier": [_system_id(_local(source.device)), source.identifier(Arc.DEVICE, source.device)],
        "status": "active",
        "serialNumber": source.cart,
        "deviceName": [{"name": source.label, "type": "user-friendly-name"}],
        "type": concept(_GATEWAY),
        "property": [_synchronised(_NTP)],
        "owner": source.organization,
    }
    if source.version:
        made["version"] = [{"type": concept(_SOFTWARE), "value": source.version}]
    return made


def eui64(address: str) -> str:
    """The EUI-64 of a Bluetooth address ("C0:26:DA:…"), most significant octet first; "" when it cannot give one."""
    if not _ADDRESS.fullmatch(address.upper()):
        return ""
    octets = address.upper().split(":")
    if int(octets[0], 16) & _LOCAL_OR_GROUP:
        return ""
    return "-".join((*octets[:3], "FF", "FE", *octets[3:]))


def _bluetooth(address: str, system: str) -> list[Json]:
    if not _ADDRESS.fullmatch(address.upper()):
        return []
    kind = concept(coding("device-identifier", "BTMAC"))
    transport = {"type": kind, "system": SYSTEMS["bluetooth"], "value": address.upper().replace(":", "-")}
    return [_system_id(system), transport] if system else [transport]


def _local(identity: UUID) -> str:
    """Eight octets of a UUID with the universal/local bit set and the group bit clear."""
    first = (identity.bytes[0] | 0x02) & 0xFE
    return "-".join(f"{octet:02X}" for octet in (first, *identity.bytes[1:8]))


def _system_id(value: str) -> Json:
    return {"type": concept(coding("device-identifier", "SYSID")), "system": SYSTEMS["eui64"], "value": value}


def _synchronised(how: Json) -> Json:
    return {"type": concept(_TIME_SYNC), "valueCode": [concept(how)]}

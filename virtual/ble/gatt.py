# SPDX-License-Identifier: Apache-2.0
"""GATT in bleak's words and in bumble's: UUIDs, properties, service collections."""

from collections.abc import Callable
from typing import get_args

from bleak.assigned_numbers import CharacteristicPropertyName
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.descriptor import BleakGATTDescriptor
from bleak.backends.service import BleakGATTService, BleakGATTServiceCollection
from bleak.uuids import normalize_uuid_16, normalize_uuid_str
from bumble.core import UUID
from bumble.device import Peer
from bumble.gatt import Characteristic

_PROPERTIES: dict[CharacteristicPropertyName, int] = {
    "broadcast": Characteristic.Properties.BROADCAST,
    "read": Characteristic.Properties.READ,
    "write-without-response": Characteristic.Properties.WRITE_WITHOUT_RESPONSE,
    "write": Characteristic.Properties.WRITE,
    "notify": Characteristic.Properties.NOTIFY,
    "indicate": Characteristic.Properties.INDICATE,
}
assert set(_PROPERTIES) <= set(get_args(CharacteristicPropertyName))  # noqa: S101 - a typing error, not a run-time one


def uuid_text(uuid: UUID) -> str:
    """A bumble UUID as bleak writes it: 128 bits, lower case."""
    width = 16
    return normalize_uuid_str(str(uuid.to_hex_str("-" if len(uuid.uuid_bytes) == width else "")).lower())


def full(number: int) -> str:
    """A 16-bit assigned number as a 128-bit UUID."""
    return normalize_uuid_16(number)


async def discover(peer: Peer, mtu: Callable[[], int]) -> BleakGATTServiceCollection:
    """Everything that ``peer`` offers."""
    found = BleakGATTServiceCollection()
    for service in await peer.discover_services():
        one = BleakGATTService(service, service.handle, uuid_text(service.uuid))
        found.add_service(one)
        for characteristic in await service.discover_characteristics():
            names = [name for name, bit in _PROPERTIES.items() if characteristic.properties & bit]
            value = BleakGATTCharacteristic(
                characteristic, characteristic.handle, uuid_text(characteristic.uuid), names, lambda: mtu() - 3, one
            )
            found.add_characteristic(value)
            for descriptor in await characteristic.discover_descriptors():
                kind = uuid_text(descriptor.type)
                found.add_descriptor(BleakGATTDescriptor(descriptor, descriptor.handle, kind, value))
    return found

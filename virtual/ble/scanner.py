# SPDX-License-Identifier: Apache-2.0
"""bleak's scanner over the virtual radio (bleak 3.1, ``bleak.backends.scanner``)."""

from typing import TYPE_CHECKING, Any

from bleak.backends.scanner import AdvertisementData, AdvertisementDataCallback, BaseBleakScanner
from bleak.exc import BleakBluetoothNotAvailableError, BleakBluetoothNotAvailableReason
from bumble.core import AdvertisingData
from bumble.device import Advertisement, Device

from virtual.ble.gatt import uuid_text
from virtual.ble.link import obedient

if TYPE_CHECKING:
    from virtual.ble.radio import Radio

_SERVICE_LISTS = (
    AdvertisingData.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
    AdvertisingData.INCOMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
    AdvertisingData.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
    AdvertisingData.INCOMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
)


class RadioScanner(BaseBleakScanner):
    """Hears the advertisements of one radio."""

    def __init__(
        self,
        detection_callback: AdvertisementDataCallback | None,
        service_uuids: list[str] | None,
        scanning_mode: str,
        *,
        radio: "Radio",
        **_platform: Any,  # noqa: ANN401 - bleak hands every platform's options to every backend
    ) -> None:
        super().__init__(detection_callback, service_uuids)
        self._radio = radio
        self._active = scanning_mode == "active"
        self._adapter: Device | None = None

    async def start(self) -> None:
        """Start to scan. Raises BleakBluetoothNotAvailableError without an adapter."""
        adapter = self._radio.adapter
        if adapter is None:
            raise BleakBluetoothNotAvailableError("No adapter", BleakBluetoothNotAvailableReason.NO_BLUETOOTH)
        self.seen_devices = {}
        self._adapter = adapter
        adapter.on("advertisement", self._hear)
        self._radio.scanning += 1
        if self._radio.scanning == 1:
            await obedient(adapter.start_scanning(active=self._active, filter_duplicates=False))

    async def stop(self) -> None:
        """Stop scanning; nothing to do when the adapter is gone."""
        adapter, self._adapter = self._adapter, None
        if adapter is None:
            return
        adapter.remove_listener("advertisement", self._hear)
        if self._radio.powered(adapter):
            self._radio.scanning -= 1
            if self._radio.scanning == 0:
                await obedient(adapter.stop_scanning())

    def _hear(self, advertisement: Advertisement) -> None:
        data = advertisement.data
        services = [uuid_text(uuid) for kind in _SERVICE_LISTS for uuids in data.get_all(kind) for uuid in uuids]
        name = data.get(AdvertisingData.COMPLETE_LOCAL_NAME) or data.get(AdvertisingData.SHORTENED_LOCAL_NAME)
        makers = {maker: bytes(value) for maker, value in data.get_all(AdvertisingData.MANUFACTURER_SPECIFIC_DATA)}
        heard = AdvertisementData(name, makers, {}, services, None, advertisement.rssi, (advertisement,))
        address = str(advertisement.address).split("/", maxsplit=1)[0]
        device = self.create_or_update_device(address, address, name, advertisement.address, heard)
        if self.is_allowed_uuid(services):
            self.call_detection_callbacks(device, heard)
        else:
            self.seen_devices.pop(address, None)

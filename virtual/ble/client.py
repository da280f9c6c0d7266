# SPDX-License-Identifier: Apache-2.0
"""bleak's client over the virtual radio (bleak 3.1, ``bleak.backends.client``).

It behaves as BlueZ does where that matters to the bus: a second connection attempt at the same time is refused, an
operation fails as soon as its link is lost, and an attribute that asks for encryption makes the link pair and retry.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

from bleak.args import SizedBuffer
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.client import BaseBleakClient, NotifyCallback
from bleak.backends.descriptor import BleakGATTDescriptor
from bleak.backends.device import BLEDevice
from bleak.backends.service import BleakGATTServiceCollection
from bleak.exc import BleakDBusError, BleakDeviceNotFoundError, BleakError, BleakGATTProtocolError
from bumble import att, core, hci
from bumble.device import Connection, Device, Peer

from device.ble.pairing import Refused
from virtual.ble.gatt import discover, full
from virtual.ble.link import obedient

if TYPE_CHECKING:
    from virtual.ble.radio import Radio

T = TypeVar("T")
_MTU = 247
CCCD = full(0x2902)
_NOTIFY, _INDICATE = b"\x01\x00", b"\x02\x00"
_LOCKED = (att.ATT_INSUFFICIENT_AUTHENTICATION_ERROR, att.ATT_INSUFFICIENT_ENCRYPTION_ERROR)


class RadioClient(BaseBleakClient):
    """One connection of the radio's adapter to one peripheral."""

    def __init__(
        self,
        address_or_ble_device: BLEDevice | str,
        *,
        disconnected_callback: Callable[[], None] | None = None,
        timeout: float = 30.0,
        radio: "Radio",
        **_platform: Any,  # noqa: ANN401 - bleak hands every platform's options to every backend
    ) -> None:
        super().__init__(address_or_ble_device, disconnected_callback=disconnected_callback, timeout=timeout)
        self._radio = radio
        found = address_or_ble_device if isinstance(address_or_ble_device, BLEDevice) else None
        self._target = found.details if found else None
        self._name = (found.name if found else None) or self.address
        self._connection: Connection | None = None
        self._peer: Peer | None = None
        self._gone: asyncio.Future[None] | None = None

    @property
    def name(self) -> str:
        """The advertised name, or the address."""
        return self._name

    @property
    def mtu_size(self) -> int:
        """The negotiated ATT MTU, 23 when not connected."""
        return int(self._peer.gatt_client.mtu) if self._peer else 23

    @property
    def is_connected(self) -> bool:
        """Whether the link stands."""
        return self._connection is not None

    async def connect(self, pair: bool, **_options: Any) -> None:  # noqa: ANN401, FBT001 - bleak's signature
        """Connect and discover. Raises BleakError, TimeoutError."""
        adapter = self._adapter()
        if self._target is None:
            raise BleakDeviceNotFoundError(self.address, f"Device {self.address} was not found")
        if adapter.le_connecting:
            raise BleakError("org.bluez.Error.InProgress")
        connection = await self._establish(adapter)
        self._connection, self._peer = connection, Peer(connection)
        self._gone = asyncio.get_running_loop().create_future()
        connection.on("disconnection", self._lost)
        try:
            await self._perform(lambda peer: peer.request_mtu(_MTU))
            if pair:
                await self.pair()
            self.services = await self._discover()
        except BaseException:
            await self.disconnect()
            raise

    async def _establish(self, adapter: Device) -> Connection:
        try:
            return await obedient(adapter.connect(self._target, timeout=self._timeout))
        except core.TimeoutError as error:
            raise TimeoutError(f"{self.address} did not answer") from error
        except core.BaseBumbleError as error:
            raise BleakError(str(error)) from error
        except asyncio.CancelledError:
            if self._radio.powered(adapter):
                await adapter.send_sync_command(hci.HCI_LE_Create_Connection_Cancel_Command())
            raise

    async def _discover(self) -> BleakGATTServiceCollection:
        known = self._radio.cache.get(self.address) if self._radio.caching else None
        if known is None:
            known = await self._perform(lambda peer: discover(peer, lambda: self.mtu_size))
            self._radio.cache[self.address] = known
        return known

    async def disconnect(self) -> None:
        """Hang up; nothing to do when the link is gone."""
        connection, gone = self._connection, self._gone
        if connection is None or gone is None:
            return
        await obedient(connection.disconnect())
        await gone

    async def pair(self, *_args: Any, **_options: Any) -> None:  # noqa: ANN401 - bleak's signature
        """Bond (Just Works), or encrypt with the key of an earlier bond. Raises BleakError."""
        try:
            await self._perform(self._secure)
        except BleakError as error:
            raise BleakDBusError("org.bluez.Error.AuthenticationFailed", [str(error)]) from error

    async def unpair(self) -> None:
        """Forget the bond and hang up."""
        adapter = self._adapter()
        await adapter.keystore.delete(str(self._target))
        await self.disconnect()

    async def read_gatt_char(
        self,
        characteristic: BleakGATTCharacteristic,
        *,
        use_cached: bool = False,  # noqa: ARG002 - bleak's signature
        **_options: Any,  # noqa: ANN401 - bleak's signature
    ) -> bytearray:
        """Read a value. Raises BleakError."""
        return bytearray(await self._ask(lambda peer: peer.gatt_client.read_value(characteristic.handle)))

    async def read_gatt_descriptor(
        self,
        descriptor: BleakGATTDescriptor,
        *,
        use_cached: bool = False,  # noqa: ARG002 - bleak's signature
        **_options: Any,  # noqa: ANN401 - bleak's signature
    ) -> bytearray:
        """Read a descriptor. Raises BleakError."""
        return bytearray(await self._ask(lambda peer: peer.gatt_client.read_value(descriptor.handle)))

    async def write_gatt_char(self, characteristic: BleakGATTCharacteristic, data: SizedBuffer, response: bool) -> None:  # noqa: FBT001 - bleak's signature
        """Write a value. Raises BleakError."""
        await self._write(characteristic.handle, bytes(data), response=response)

    async def write_gatt_descriptor(self, descriptor: BleakGATTDescriptor, data: SizedBuffer) -> None:
        """Write a descriptor. Raises BleakError."""
        await self._write(descriptor.handle, bytes(data), response=True)

    async def start_notify(
        self,
        characteristic: BleakGATTCharacteristic,
        callback: NotifyCallback,
        **_options: Any,  # noqa: ANN401 - bleak's signature
    ) -> None:
        """Subscribe: notifications rather than indications where both are offered. Raises BleakError."""
        cccd = next((one for one in characteristic.descriptors if one.uuid == CCCD), None)
        if cccd is None or self._peer is None:
            raise BleakError("org.bluez.Error.NotSupported")

        def hear(value: bytes) -> None:
            callback(bytearray(value))

        notifies = "notify" in characteristic.properties
        gatt = self._peer.gatt_client
        subscribers = gatt.notification_subscribers if notifies else gatt.indication_subscribers
        subscribers[characteristic.handle] = {hear}
        await self._write(cccd.handle, _NOTIFY if notifies else _INDICATE, response=True)

    async def stop_notify(self, characteristic: BleakGATTCharacteristic) -> None:
        """Unsubscribe. Raises BleakError."""
        cccd = next((one for one in characteristic.descriptors if one.uuid == CCCD), None)
        if cccd is None or self._peer is None:
            raise BleakError("org.bluez.Error.NotSupported")
        gatt = self._peer.gatt_client
        for subscribers in (gatt.notification_subscribers, gatt.indication_subscribers):
            subscribers.pop(characteristic.handle, None)
        await self._write(cccd.handle, bytes(2), response=True)

    def _adapter(self) -> Device:
        adapter = self._radio.adapter
        if adapter is None:
            raise BleakError("org.bluez.Error.NotReady")
        return adapter

    def _lost(self, _reason: int) -> None:
        gone, self._gone = self._gone, None
        self._connection = self._peer = None
        if gone is not None and not gone.done():
            gone.set_result(None)
            if self._disconnected_callback is not None:
                self._disconnected_callback()

    async def _write(self, handle: int, data: bytes, *, response: bool) -> None:
        await self._ask(lambda peer: peer.gatt_client.write_value(handle, data, with_response=response))

    async def _ask(self, make: Callable[[Peer], Coroutine[Any, Any, T]]) -> T:
        """Do an attribute operation; when it is locked, secure the link and do it once more."""
        try:
            return await self._perform(make)
        except BleakGATTProtocolError as error:
            if int(error.code) not in _LOCKED or self._connection is None or self._connection.encryption:
                raise
        await self.pair()
        return await self._perform(make)

    async def _secure(self, peer: Peer) -> None:
        adapter, connection = self._adapter(), peer.connection
        if await adapter.keystore.get(str(connection.peer_address)):
            await connection.encrypt()
            return
        if self._radio.pairing is not None:
            try:
                self._radio.pairing.authorise(self.address)
            except Refused as error:
                raise core.InvalidStateError(str(error)) from error
        await adapter.pair(connection)

    async def _perform(self, make: Callable[[Peer], Coroutine[Any, Any, T]]) -> T:
        """Run an operation until it ends or the link does."""
        if self._peer is None or self._gone is None:
            raise BleakError("Not connected")
        gone = self._gone
        task = asyncio.ensure_future(make(self._peer))
        try:
            await asyncio.wait((task, gone), return_when=asyncio.FIRST_COMPLETED)
            if not task.done() or task.cancelled():
                raise BleakError("org.bluez.Error.Failed: the link was lost")
            return task.result()
        except att.ATT_Error as error:
            raise BleakGATTProtocolError(int(error.error_code)) from error
        except (core.BaseBumbleError, hci.HCI_Error) as error:
            raise BleakError(str(error)) from error
        finally:
            task.cancel()

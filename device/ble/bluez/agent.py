# SPDX-License-Identifier: Apache-2.0
"""Our org.bluez.Agent1: BlueZ asks it at each pairing, and ``Pairing`` answers.

Source: BlueZ's doc/org.bluez.Agent.rst. bleak registers none, and without one no instrument can bond; with the one of
bluetoothctl or of a desktop, anything could. A link that is encrypted anew with an existing bond asks nobody.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from dbus_fast import DBusError
from dbus_fast.annotations import DBusObjectPath, DBusStr, DBusUInt16, DBusUInt32
from dbus_fast.service import ServiceInterface, dbus_method

from device.ble.bluez.records import address_of
from device.ble.pairing import Pairing, Refused

log = logging.getLogger(__name__)

PATH = "/fr/chevet/agent"
CAPABILITY = "KeyboardDisplay"
"""A technician with the command line or the screen can type digits and read them."""
REJECTED = "org.bluez.Error.Rejected"


class Agent(ServiceInterface):
    """``refused`` counts the requests that were."""

    def __init__(self, pairing: Pairing) -> None:
        super().__init__("org.bluez.Agent1")
        self.refused = 0
        self._pairing = pairing

    @dbus_method(name="RequestPasskey")
    async def request_passkey(self, device: DBusObjectPath) -> DBusUInt32:
        """The instrument shows six digits."""
        with self._answering():
            return await self._pairing.passkey(address_of(device))

    @dbus_method(name="DisplayPasskey")
    def display_passkey(self, device: DBusObjectPath, passkey: DBusUInt32, entered: DBusUInt16) -> None:
        """Six digits to be typed on the instrument; told again at each key, ``entered`` of them so far."""
        with self._answering():
            if not entered:
                self._pairing.show(address_of(device), passkey)

    @dbus_method(name="RequestConfirmation")
    async def request_confirmation(self, device: DBusObjectPath, passkey: DBusUInt32) -> None:
        """Both ends show six digits."""
        with self._answering():
            await self._pairing.confirm(address_of(device), passkey)

    @dbus_method(name="RequestAuthorization")
    def request_authorization(self, device: DBusObjectPath) -> None:
        """Just Works: nothing to compare."""
        with self._answering():
            self._pairing.authorise(address_of(device))

    @dbus_method(name="AuthorizeService")
    def authorize_service(self, device: DBusObjectPath, uuid: DBusStr) -> None:  # noqa: ARG002 - BlueZ's signature
        """A device wants to use a service of the cart."""
        with self._answering():
            self._pairing.authorise(address_of(device))

    @dbus_method(name="RequestPinCode")
    def request_pin_code(self, device: DBusObjectPath) -> DBusStr:  # noqa: ARG002 - BlueZ's signature
        """Pairing of before Bluetooth 2.1: never."""
        raise self._rejection("legacy pairing")

    @dbus_method(name="DisplayPinCode")
    def display_pin_code(self, device: DBusObjectPath, pincode: DBusStr) -> None:  # noqa: ARG002 - BlueZ's signature
        """Likewise."""
        raise self._rejection("legacy pairing")

    @dbus_method(name="Cancel")
    def cancel(self) -> None:
        """BlueZ has given the pairing up."""
        self._pairing.cancel()

    @dbus_method(name="Release")
    def release(self) -> None:
        """BlueZ has let go of this agent; it is registered again when bluetoothd is there."""
        log.info("agent released")

    @contextmanager
    def _answering(self) -> Iterator[None]:
        try:
            yield
        except Refused as error:
            raise self._rejection(str(error)) from error

    def _rejection(self, why: str) -> DBusError:
        self.refused += 1
        log.warning("pairing rejected: %s", why)
        return DBusError(REJECTED, why)

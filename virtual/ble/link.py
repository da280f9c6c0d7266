# SPDX-License-Identifier: Apache-2.0
"""The air between virtual controllers: bumble's local link with the physics that it leaves out.

Three differences from bumble 0.0.236: data travels under the address of its connection and not under the sender's
random address (a host on a public address would be deaf otherwise); what is sent to a controller that is gone is lost
in silence, as on the air; a pending connection can be cancelled (Core 5.4, Vol 4, Part E, 7.8.13).
"""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from bumble import core, hci
from bumble import link as bumble_link
from bumble.controller import Controller

T = TypeVar("T")
FRAGMENT = 251
"""Longest data packet of the virtual controllers in bytes (LE data length extension)."""


async def obedient(operation: Awaitable[T]) -> T:
    """The operation's result, unless this task was cancelled meanwhile.

    bumble waits with ``asyncio.wait_for``, which on Python 3.11 swallows a cancellation that comes with the result.
    """
    task = asyncio.current_task()
    before = task.cancelling() if task is not None else 0
    result = await operation
    if task is not None and task.cancelling() > before:
        raise asyncio.CancelledError
    return result


class Air(bumble_link.LocalLink):  # type: ignore[misc]  # bumble is not followed
    """A link that controllers enter and leave."""

    def send_acl_data(
        self,
        sender_controller: Controller,
        destination_address: hci.Address,
        transport: core.PhysicalTransport,
        data: bytes,
    ) -> None:
        """Carry data to the other end of the sender's connection, or lose it."""
        receiver = self.find_le_controller(destination_address)
        connection = sender_controller.le_connections.get(destination_address)
        if receiver is None or connection is None:
            return
        asyncio.get_running_loop().call_soon(_deliver, receiver, connection.self_address, transport, data)

    def send_ll_control_pdu(self, sender_address: hci.Address, receiver_address: hci.Address, packet: object) -> None:
        """Carry a control packet to the other end, or lose it."""
        if self.find_le_controller(receiver_address) is not None:
            super().send_ll_control_pdu(sender_address, receiver_address, packet)

    def find_le_controller(self, address: hci.Address) -> Controller | None:
        """The controller that answers to ``address``, if it is on the air."""
        for controller in self.controllers:
            if address in (controller.random_address, controller.public_address):
                return controller
        return None


def _deliver(receiver: Controller, source: hci.Address, transport: core.PhysicalTransport, data: bytes) -> None:
    if source in receiver.le_connections:
        receiver.on_link_acl_data(source, transport, data)


class Chip(Controller):  # type: ignore[misc]  # bumble is not followed
    """A Bluetooth LE controller of one host, with plain 4.2 advertising."""

    le_acl_data_packet_length = FRAGMENT
    pending_le_connection: (
        hci.HCI_LE_Create_Connection_Command | hci.HCI_LE_Extended_Create_Connection_Command | None
    ) = None
    le_features = Controller.le_features & ~(
        hci.LeFeatureMask.LL_PRIVACY
        | hci.LeFeatureMask.LE_EXTENDED_ADVERTISING
        | hci.LeFeatureMask.LE_PERIODIC_ADVERTISING
    )

    def on_hci_le_create_connection_cancel_command(
        self, _command: hci.HCI_LE_Create_Connection_Cancel_Command
    ) -> hci.HCI_StatusReturnParameters:
        """Give the pending connection up and say so, as a real controller does."""
        pending, self.pending_le_connection = self.pending_le_connection, None
        if pending is not None:
            asyncio.get_running_loop().call_soon(self._say_cancelled, pending.peer_address)
        return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.SUCCESS)

    def _say_cancelled(self, peer: hci.Address) -> None:
        self.send_hci_packet(
            hci.HCI_LE_Connection_Complete_Event(
                status=hci.HCI_ErrorCode.UNKNOWN_CONNECTION_IDENTIFIER_ERROR,
                connection_handle=0,
                role=hci.Role.CENTRAL,
                peer_address_type=peer.address_type,
                peer_address=peer,
                connection_interval=0,
                peripheral_latency=0,
                supervision_timeout=0,
                central_clock_accuracy=0,
            )
        )

    def lose(self, address: hci.Address) -> None:
        """The other end has been silent for longer than the supervision timeout."""
        connection = self.le_connections.get(address)
        if connection is not None:
            self.on_le_disconnected(connection, hci.HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR)

    def lose_all(self) -> None:
        """Every link of this controller is lost."""
        for address in tuple(self.le_connections):
            self.lose(address)
        self.le_legacy_advertiser.stop()
        self.le_scan_enable = False
        self.pending_le_connection = None

# SPDX-License-Identifier: Apache-2.0
"""The demonstration for a person: the kiosk on their display, instruments that live, a link for a doctor's browser."""

from cart.demo.world import World


async def live(world: World) -> None:
    """Run until Ctrl-C."""
    raise NotImplementedError

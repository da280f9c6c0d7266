# SPDX-License-Identifier: Apache-2.0
"""The relays that a conference server names in its answer (RFC 9725 §4.6): asked side by side, the best one used."""

import asyncio

from call.messages import IceServer
from call.names import Names
from call.relays import Choice, Way, choose, relays
from call.relays_probe import sound
from call.relays_watch import believing

WITHIN = 1.5
"""Seconds for a relay to answer: the session waits meanwhile."""


async def named(ice: tuple[IceServer, ...], own: Choice) -> Choice:
    """``own``, and what it lacks from ``ice``."""
    found = [one for one in relays(ice)[0] if one.way is not Way.STUN]
    if own.relay is not None or not found:
        return own
    names, context = Names(), await asyncio.to_thread(believing, None)
    try:
        soundings = await asyncio.gather(*(sound(one, names, context, WITHIN) for one in found))
    finally:
        await names.close()
    return own._replace(relay=choose(soundings).relay, context=context)

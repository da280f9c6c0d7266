# SPDX-License-Identifier: Apache-2.0
"""``chevet network``: what of the call works from here, for a technician. It disturbs no call: nothing of the running
cart is asked or touched."""

import argparse
import asyncio
import sys
import time
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import aiohttp
import msgspec

from call.conference import bearer
from call.diagnosis import Facts, Outcome, diagnose
from call.diagnosis_looks import WITHIN, Looks
from call.messages import IceServer
from call.names import Names
from call.relays import Sounding, Trouble, choose, relays
from call.relays_probe import sound
from call.relays_watch import believing
from call.signalling import trusted
from cart.conference import where
from cart.config import SHIPPED, Configuration
from cart.trial import Trial
from device.clock import SystemClock
from device.errors import CallError, ChevetError, ConfigurationError

_HEAD = 12
_OUTCOMES = {
    Outcome.OTHER: "une autre page répond",
    Outcome.REFUSED: "refuse",
    Outcome.BROKEN: "en panne",
    Outcome.EXPIRED: "certificat hors de ses dates",
    Outcome.CERTIFICATE: "certificat refusé",
    Outcome.NAME: "nom introuvable",
    Outcome.UNREACHABLE: "injoignable",
    Outcome.SILENT: "ne répond pas",
}
_LEGS = {"publish": "publie", "receive": "reçoit"}
_TROUBLES = {
    Trouble.SILENT: "ne répond pas",
    Trouble.UNREACHABLE: "injoignable",
    Trouble.UNKNOWN: "nom introuvable",
    Trouble.CERTIFICATE: "certificat refusé",
    Trouble.REFUSED: "refuse les codes",
}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Where the cart's configuration is, and whether the conference is tried."""
    parser.add_argument("--config", type=Path, default=SHIPPED, help="configuration folder (default: %(default)s)")
    parser.add_argument(
        "--conference", action="store_true", help="publish a test card to the conference and play what it has (12 s)"
    )


def run(options: argparse.Namespace) -> int:
    """Look and tell; 1 when something is wrong."""
    configuration = Configuration.load(options.config)
    (facts, server), conference = asyncio.run(_looks(configuration))
    troubles = [*server, *(found for found in conference.values() if isinstance(found, ChevetError))]
    for name, line in (*_table(facts), *_conference(conference)):
        sys.stdout.write(f"{name:{_HEAD}} {line}\n")
    place = where(configuration)
    if options.conference and place is not None:
        trial = Trial(place, configuration.info())
        asyncio.run(trial.run())
        troubles += [one for one in trial.troubles if one.code not in {known.code for known in troubles}]
        for name, line in trial.lines():
            sys.stdout.write(f"{'essai':{_HEAD}} {_LEGS[name]} : {line}\n")
    for trouble in troubles:
        sys.stdout.write(f"{trouble.code:{_HEAD}} {trouble.line}\n{'':{_HEAD}} {trouble}\n")
    if not troubles:
        sys.stdout.write(f"{'diagnostic':{_HEAD}} rien à signaler\n")
    return 1 if troubles else 0


async def _looks(
    configuration: Configuration,
) -> tuple[tuple[Facts, list[CallError]], dict[str, ChevetError | float]]:
    """The call's servers and the conference's, side by side."""
    first, second = await asyncio.gather(_look(configuration), _asked(configuration))
    return first, second


async def _asked(configuration: Configuration) -> dict[str, ChevetError | float]:
    """Seconds until each endpoint of the conference answered, or why it did not. No token is sent and none is tried:
    only an offer would, and make a session (RFC 9725 §4.2)."""
    place = where(configuration)
    found: dict[str, ChevetError | float] = {}
    try:
        await asyncio.to_thread(bearer, place.token if place is not None else None)
    except ConfigurationError as error:
        found["jeton"] = error
    for name, endpoint in zip(_LEGS.values(), place.endpoints() if place is not None else (), strict=False):
        if endpoint is not None:
            began = time.monotonic()
            found[name] = await endpoint.look() or time.monotonic() - began
            await endpoint.close()
    return found


def _conference(found: dict[str, ChevetError | float]) -> Iterator[tuple[str, str]]:
    for name, one in found.items():
        told = f"répond en {_seconds(one)}, jeton non essayé" if isinstance(one, float) else f"{one.line}"
        yield "conférence", f"{name} : {told}"


async def _look(configuration: Configuration) -> tuple[Facts, list[CallError]]:
    rendezvous = configuration.rendezvous
    authority = configuration.folder / rendezvous.authority if rendezvous.authority else None
    clock = SystemClock(trusted=True if configuration.cart.trust_clock else None)
    looks = Looks(rendezvous.url, clock, authority)
    facts = await looks.facts()
    if facts.server.outcome is not Outcome.ALIVE:
        return facts, diagnose(facts)
    given = await _given(looks, rendezvous.token, authority)
    if isinstance(given, CallError):
        return facts, [*diagnose(facts), given]
    facts = msgspec.structs.replace(facts, soundings=await _sounded(given, authority))
    return facts, diagnose(facts)


async def _given(looks: Looks, token: str, authority: Path | None) -> tuple[IceServer, ...] | CallError:
    """The relays that the server gives this cart."""
    headers = {"Authorization": f"Bearer {token}"}
    timeout = aiohttp.ClientTimeout(total=WITHIN)
    context = await asyncio.to_thread(trusted, authority)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, headers=headers) as session,
            session.get(looks.url / "relays", ssl=context, allow_redirects=False) as answer,
        ):
            if answer.status == HTTPStatus.UNAUTHORIZED:
                return CallError(1, "Le serveur d’appel refuse ce chariot. Prévenez l’assistance.", "401 at /relays")
            answer.raise_for_status()
            return msgspec.json.decode(await answer.read(), type=tuple[IceServer, ...])
    except (aiohttp.ClientError, OSError, TimeoutError, msgspec.MsgspecError) as error:
        return CallError(7, "Le serveur d’appel répond mal. Prévenez l’assistance.", f"/relays: {error}", retry=True)


async def _sounded(given: tuple[IceServer, ...], authority: Path | None) -> tuple[Sounding, ...]:
    names, (found, _) = Names(), relays(given)
    context = await asyncio.to_thread(believing, authority)
    try:
        return tuple(await asyncio.gather(*(sound(one, names, context) for one in found)))
    finally:
        await names.close()


def _table(facts: Facts) -> Iterator[tuple[str, str]]:
    gateways = {(link, ":" in gateway): gateway for link, gateway in facts.reach.routes}
    for link, address in sorted(facts.reach.addresses):
        gateway = gateways.get((link, ":" in address), "")
        yield "lien", f"{link} {address}" + (f", passerelle {gateway}" if gateway else "")
    if not facts.reach.addresses:
        yield "lien", "aucun"
    server = facts.server
    if server.outcome is Outcome.ALIVE:
        yield "serveur", f"répond en {_seconds(server.seconds)}"
    else:
        yield "serveur", f"{_OUTCOMES[server.outcome]} : {server.detail}"
    trusted_clock = "réglée par le réseau" if facts.trusted else "jamais réglée par le réseau"
    yield "horloge", f"{facts.now.astimezone():%d/%m/%Y %H:%M:%S}, {trusted_clock}"
    chosen = choose(facts.soundings)
    for one in facts.soundings:
        used = ", utilisé" if one in {chosen.relay, chosen.stun} else ""
        found = (
            f"{_TROUBLES[one.trouble]} : {one.detail}" if one.trouble else f"répond en {_seconds(one.seconds)}{used}"
        )
        yield f"relais {one.relay.way}", f"{one.relay.host}:{one.relay.port} {found}"
    if server.outcome is Outcome.ALIVE and not facts.soundings:
        yield "relais", "aucun n’est configuré sur le serveur"


def _seconds(seconds: float) -> str:
    return f"{seconds:.2f} s".replace(".", ",")

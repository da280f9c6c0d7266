# SPDX-License-Identifier: Apache-2.0
"""What stands between the cart and its doctors: a captive portal, a certificate, the cart's own clock, a firewall.
Pure: from what was looked at (``call.diagnosis_looks``, ``call.relays_probe``) to what is said, the gravest first.

A certificate that is refused stays refused: what is learnt here changes what is said, never what is done.
"""

import enum
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import msgspec

from call.netlink import Reach
from call.relays import Sounding, Trouble, Way
from device.errors import CallError

WRONG = timedelta(minutes=5)
"""A difference with the server's clock that is told."""
YEARS, MONTHS = 365, 30
RELAY_CODES = ("CAL-33", "CAL-34", "CAL-35", "CAL-36")
"""What ``relay_troubles`` may give."""


class Outcome(enum.StrEnum):
    """What came of asking the rendezvous server whether it is alive."""

    ALIVE = "alive"
    OTHER = "another page answers"
    REFUSED = "refused"
    BROKEN = "in trouble"
    EXPIRED = "certificate out of its dates"
    CERTIFICATE = "certificate"
    NAME = "unknown name"
    UNREACHABLE = "unreachable"
    SILENT = "silent"


class Look(msgspec.Struct, frozen=True):
    """One question and what came of it; ``date`` is the answer's Date (RFC 9110 §6.6.1), whoever gave it."""

    outcome: Outcome
    seconds: float = 0.0
    date: datetime | None = None
    detail: str = ""


class Facts(msgspec.Struct, frozen=True):
    """``server``: asked as the call asks it. ``plain``: asked over port 80, without TLS, when the first failed.
    ``hint``: the Date that somebody at the server's address gave without having proved who they are."""

    reach: Reach
    local: bool
    server: Look
    now: datetime
    trusted: bool
    plain: Look | None = None
    hint: datetime | None = None
    soundings: tuple[Sounding, ...] = ()


def diagnose(facts: Facts) -> list[CallError]:
    """What is wrong; nothing when all is well."""
    server = _server(facts)
    return [*([server] if server is not None else []), *relay_troubles(facts.soundings)]


def _server(facts: Facts) -> CallError | None:
    look = facts.server
    if not facts.local and not facts.reach.addresses:
        line = "Pas de réseau : branchez le câble, ou vérifiez le Wi-Fi. Les mesures continuent."
        return CallError(31, line, "no link", retry=True)
    if look.outcome is Outcome.ALIVE:
        return _clock(facts, look.date)
    if facts.plain is not None and facts.plain.outcome is Outcome.OTHER:
        return portal(facts.plain.detail)
    if look.outcome is Outcome.EXPIRED:
        return _clock(facts, facts.hint) or expired(look.detail, trusted=facts.trusted)
    return _plain(look, trusted=facts.trusted)


def _plain(look: Look, *, trusted: bool) -> CallError:  # noqa: PLR0911 - one line for each outcome
    match look.outcome:
        case Outcome.OTHER:
            return portal(look.detail)
        case Outcome.CERTIFICATE:
            return certificate(look.detail, trusted=trusted)
        case Outcome.NAME:
            line = "Le nom du serveur d’appel est introuvable sur ce réseau. Prévenez l’assistance."
            return CallError(32, line, look.detail, retry=True)
        case Outcome.REFUSED:
            return CallError(1, "Le serveur d’appel refuse ce chariot. Prévenez l’assistance.", look.detail)
        case Outcome.BROKEN:
            line = "Le serveur d’appel est en panne. Le chariot réessaie tout seul."
            return CallError(6, line, look.detail, retry=True)
        case Outcome.SILENT:
            line = "Le serveur d’appel ne répond pas. Le chariot réessaie tout seul."
            return CallError(4, line, look.detail, retry=True)
        case _:
            return CallError(3, "Pas de réseau vers le serveur d’appel. Le chariot réessaie.", look.detail, retry=True)


def portal(detail: str) -> CallError:
    """Another page answers in the server's place."""
    line = "Ce réseau demande une connexion sur une page d’accueil. Prévenez l’assistance."
    return CallError(5, line, detail)


def certificate(detail: str, *, trusted: bool) -> CallError:
    """Nobody we believe vouches for the server."""
    if not trusted:
        line = "L’heure du chariot n’est pas sûre : le serveur d’appel ne peut pas être reconnu. Prévenez l’assistance."
        return CallError(2, line, detail)
    line = "L’identité du serveur d’appel n’est pas reconnue : appel refusé. Prévenez l’assistance."
    return CallError(2, line, detail)


def expired(detail: str, *, trusted: bool) -> CallError:
    """The certificate's dates do not hold now, and nothing says that it is our clock, unless it was never set."""
    if not trusted:
        return certificate(detail, trusted=False)
    line = "Le certificat du serveur d’appel n’est plus valable : appel refusé. Prévenez l’assistance."
    return CallError(9, line, detail)


def _clock(facts: Facts, theirs: datetime | None) -> CallError | None:
    """Our clock, if it differs from ``theirs``; a clock that was set from the network is believed before a server's."""
    if theirs is None or facts.trusted or abs(facts.now - theirs) < WRONG:
        return None
    ahead = "en avance" if facts.now > theirs else "en retard"
    line = f"L’heure du chariot est fausse ({_about(abs(facts.now - theirs))} {ahead}). Prévenez l’assistance."
    return CallError(8, line, f"ours {facts.now:%F %T}, theirs {theirs:%F %T}")


def _about(gap: timedelta) -> str:
    if gap.days >= YEARS:
        years = round(gap.days / YEARS)
        return f"{years} an{'s' if years > 1 else ''}"
    if gap.days >= MONTHS:
        return f"{gap.days // MONTHS} mois"
    if gap.days:
        return f"{gap.days} jour{'s' if gap.days > 1 else ''}"
    hours, minutes = divmod(round(gap.total_seconds() / 60), 60)
    return f"{hours} h {minutes:02}" if hours else f"{minutes} min"


def relay_troubles(soundings: Iterable[Sounding]) -> Iterator[CallError]:
    """What is wrong with relays, for the technician: with what does not answer, the call may still pass."""
    found = list(soundings)
    bad = [one for one in found if one.trouble is not None]
    good = [one for one in found if one.trouble is None]
    told = "; ".join(f"{one.relay.url} ({one.relay.way}): {one.trouble}: {one.detail}" for one in bad)
    datagrams = {Way.STUN, Way.UDP}
    if any(one.trouble is Trouble.CERTIFICATE for one in bad):
        line = "L’identité d’un relais n’est pas reconnue : il n’est pas utilisé."
        yield CallError(34, line, told)
    if any(one.trouble is Trouble.REFUSED for one in bad):
        yield CallError(35, "Un relais refuse les codes que donne le serveur d’appel.", told)
    if bad and not any(one.relay.way is not Way.STUN for one in good):
        line = "Aucun relais ne répond : l’appel ne passe que si le médecin est joignable directement."
        yield CallError(36, line, told, retry=True)
    elif any(one.relay.way in datagrams for one in bad) and not any(one.relay.way in datagrams for one in good):
        line = "Ce réseau bloque UDP : l’appel passe par un relais en TCP, l’image est moins fluide. UDP 3478 à ouvrir."
        yield CallError(33, line, told, retry=True)

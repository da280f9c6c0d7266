# SPDX-License-Identifier: Apache-2.0
"""What a WHIP endpoint (RFC 9725) or a WHEP endpoint (draft-ietf-wish-whep) answers, and what it means. Pure.

CAL-50 unreachable · CAL-51 token refused · CAL-52 no such endpoint · CAL-53 unusable answer · CAL-54 busy ·
CAL-55 offer refused · CAL-56 server in trouble · CAL-58 nobody publishes yet · CAL-59 certificate refused.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import msgspec
from yarl import URL

from call.messages import IceServer
from device.errors import CallError, ChevetError

LONGEST = 65_536
"""Most bytes of an answer."""
PATIENT = 300.0
"""Most seconds that a server may have us wait."""
SERVERS = 8
"""Most relays that are taken from one answer."""
SDP = "application/sdp"
_LINK = re.compile(r'<([^<>\s]{1,512})>((?:\s*;\s*[\w-]+\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^\s;,"]*))*)')
_PARAMETER = re.compile(r';\s*([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]*))')
_REDIRECTED = frozenset({HTTPStatus.TEMPORARY_REDIRECT, HTTPStatus.PERMANENT_REDIRECT})
_MOVED = range(300, 400)
_GONE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.GONE})
_FORBIDDEN = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_BUSY = frozenset({HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS})


class Answer(msgspec.Struct, frozen=True):
    """An HTTP response: ``body`` is None when it was longer than ``LONGEST``; ``links`` are the Link fields."""

    url: str
    status: int
    kind: str = ""
    location: str = ""
    etag: str = ""
    retry_after: str = ""
    links: tuple[str, ...] = ()
    body: bytes | None = b""


class Created(msgspec.Struct, frozen=True):
    """A WHIP or WHEP session at ``location``. ``sdp`` is the server's answer, or, when ``counter``, its own offer,
    which is to be answered there. ``ice`` are the relays it names (RFC 9725 §4.6)."""

    location: str
    sdp: str
    etag: str = ""
    ice: tuple[IceServer, ...] = ()
    counter: bool = False


class Declined(msgspec.Struct, frozen=True):
    """Why there is none, and the seconds that the server asks us to wait. ``location``: what it left to be deleted."""

    error: ChevetError
    after: float = 0.0
    location: str = ""


def redirected(answer: Answer) -> str | None:
    """Where a 307 or 308 points (RFC 9725 §4.5): the same scheme only; None for any other answer."""
    return located(answer.url, answer.location) if answer.status in _REDIRECTED else None


def located(base: str, location: str) -> str | None:
    """``location`` in full, if the token may be sent there: the scheme of ``base``, a host, and no name or password."""
    if not location:
        return None
    try:
        start, found = URL(base), URL(base).join(URL(location))
    except ValueError:
        return None
    if found.scheme != start.scheme or not found.host or found.user is not None or found.password is not None:
        return None
    return str(found)


def read(answer: Answer, now: datetime, *, player: bool) -> Created | Declined:
    """What ``answer`` to our offer means; ``player``: of a WHEP endpoint, which may be without a stream (409), or
    answer with an offer of its own (406)."""
    counter = player and answer.status == HTTPStatus.NOT_ACCEPTABLE and bool(answer.location)
    if answer.status == HTTPStatus.CREATED or counter:
        return _created(answer, counter=counter)
    detail = f"{answer.status} from {URL(answer.url).host}"
    return Declined(refused(answer.status, detail, player=player), wait(answer.retry_after, now))


def _created(answer: Answer, *, counter: bool) -> Created | Declined:
    location = located(answer.url, answer.location)
    if location is None:
        return Declined(unusable(f"{answer.status} whose Location cannot be used: {answer.location[:80]!r}"))
    if answer.body is None:
        return Declined(unusable(f"an answer of more than {LONGEST} bytes"), location=location)
    if answer.kind.lower() != SDP:
        return Declined(unusable(f"{answer.status} with {answer.kind[:80]!r}, not {SDP}"), location=location)
    try:
        sdp = answer.body.decode()
    except UnicodeDecodeError as error:
        return Declined(unusable(f"a description that is no text: {error}"), location=location)
    return Created(location, sdp, answer.etag, servers(answer.links), counter)


def refused(status: int, detail: str, *, player: bool) -> CallError:
    """A status that is no success, by its class where it is not known (draft-ietf-wish-whep §4.1)."""
    if status in _FORBIDDEN:
        return CallError(51, "Le serveur de conférence refuse ce chariot. Prévenez l’assistance.", detail)
    if player and status in {HTTPStatus.CONFLICT, HTTPStatus.NOT_FOUND}:
        line = "Personne n’émet encore dans la conférence. Le chariot attend."
        return CallError(58, line, detail, retry=True)
    if status in _GONE or status in _MOVED or status < HTTPStatus.MULTIPLE_CHOICES:
        return CallError(52, "L’adresse de la conférence n’est pas la bonne. Prévenez l’assistance.", detail)
    if status in _BUSY:
        line = "Le serveur de conférence est saturé. Le chariot réessaie tout seul."
        return CallError(54, line, detail, retry=True)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        line = "Le serveur de conférence est en panne. Le chariot réessaie tout seul."
        return CallError(56, line, detail, retry=True)
    return CallError(
        55, "Le serveur de conférence n’accepte pas l’image ou le son du chariot. Prévenez l’assistance.", detail
    )


def unanswered(status: int) -> CallError:
    """A status that is no success, to our answer to the server's own offer: it is not the address that is wrong."""
    detail = f"{status} to our answer"
    return unusable(detail) if status in _GONE or status in _MOVED else refused(status, detail, player=False)


def unusable(detail: str) -> CallError:
    """An answer that does not follow the protocol."""
    line = "Le serveur de conférence répond mal. Prévenez l’assistance."
    return CallError(53, line, detail[:300], retry=True)


def unreachable(detail: str) -> CallError:
    """No answer."""
    line = "Le serveur de conférence est injoignable. Le chariot réessaie tout seul."
    return CallError(50, line, detail, retry=True)


def doubted(detail: str) -> CallError:
    """Nobody we believe vouches for the server."""
    line = "L’identité du serveur de conférence n’est pas reconnue : refusé. Prévenez l’assistance."
    return CallError(59, line, detail)


def wait(text: str, now: datetime) -> float:
    """Seconds of a Retry-After (RFC 9110 §10.2.3): a number or a date; 0 for what cannot be read."""
    if text.strip().isascii() and text.strip().isdigit():
        return min(PATIENT, float(text.strip()[:9]))
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, IndexError):
        return 0.0
    until = until if until.tzinfo is not None else until.replace(tzinfo=UTC)
    return min(PATIENT, max(0.0, (until - now).total_seconds()))


def servers(links: Iterable[str]) -> tuple[IceServer, ...]:
    """The relays of Link fields (RFC 8288) whose relation is ``ice-server`` and whose credential is a password."""
    found = []
    for field in links:
        for target, tail in _LINK.findall(field):
            given = {name.lower(): _text(quoted, plain) for name, quoted, plain in _PARAMETER.findall(tail)}
            if given.get("rel", "").lower() == "ice-server" and given.get("credential-type", "password") == "password":
                found.append(IceServer(target, given.get("username"), given.get("credential")))
    return tuple(found[:SERVERS])


def _text(quoted: str, plain: str) -> str:
    return re.sub(r"\\(.)", r"\1", quoted) if quoted else plain

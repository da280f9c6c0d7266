# SPDX-License-Identifier: Apache-2.0
"""Bearer tokens by client credentials (RFC 6749 §4.4): kept while they last, renewed before they end, one renewal at a
time. A token is never written anywhere."""

import asyncio
import json
import time
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote_plus

import aiohttp
import msgspec

from sync.outcome import Answer, Silence, Why
from sync.settings import OAuth
from sync.words import retry_after

EARLY_SECONDS = 60.0
"""A token is renewed this long before its end, or at three quarters of a shorter life."""
UNSAID_SECONDS = 300.0
"""Life of a token whose answer does not say (§5.1 only recommends it)."""
MAX_ANSWER = 1 << 16
_SUCCESS, _TOO_MANY, _AWAY = 200, 429, 500


class Token(msgspec.Struct, frozen=True):
    """A token and the monotonic moment from which it is renewed."""

    value: str
    until: float


class Tokens:
    """The token of one server. ``bearer`` gives it, or the outcome that a request then has: an Answer 401 where the
    authority refuses the cart, else a Silence."""

    def __init__(self, oauth: OAuth, clock: Callable[[], float] = time.monotonic) -> None:
        self._oauth, self._clock = oauth, clock
        self._token: Token | None = None
        self._lock = asyncio.Lock()

    async def bearer(self, session: aiohttp.ClientSession) -> str | Answer | Silence:
        """A token that lasts, a new one when need be."""
        async with self._lock:
            if self._token is not None and self._clock() < self._token.until:
                return self._token.value
            return await self._renewed(session)

    async def renew(self, session: aiohttp.ClientSession, refused: str) -> str | Answer | Silence:
        """Another token than the ``refused`` one: a new one, unless another request has got it meanwhile."""
        async with self._lock:
            if self._token is not None and self._token.value != refused:
                return self._token.value
            return await self._renewed(session)

    async def _renewed(self, session: aiohttp.ClientSession) -> str | Answer | Silence:
        self._token = None
        try:
            answer = await self._asked(session)
        except aiohttp.ClientConnectorCertificateError:
            return Silence(Why.CERTIFICATE, "authority")
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return Silence(Why.AUTHORITY, type(error).__name__)
        if isinstance(answer, Token):
            self._token = answer
            return answer.value
        return answer

    async def _asked(self, session: aiohttp.ClientSession) -> Token | Answer | Silence:
        one = self._oauth
        form = {"grant_type": "client_credentials"} | ({"scope": one.scope} if one.scope else {})
        headers = {"Accept": "application/json"}
        secret = await asyncio.to_thread(self._secret)
        if secret is None:
            return Answer(401, words="oauth: the secret_file cannot be read")
        if secret and one.method == "basic":
            pair = f"{quote_plus(one.client_id)}:{quote_plus(secret)}"
            headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
        else:
            form |= {"client_id": one.client_id} | ({"client_secret": secret} if secret else {})
        async with session.post(one.token_url, data=form, headers=headers, allow_redirects=False) as response:
            body = await response.content.read(MAX_ANSWER)
            return _token(response, body, self._clock())

    def _secret(self) -> str | None:
        """The secret, "" where there is none, None where it cannot be read."""
        if not self._oauth.secret_file:
            return ""
        try:
            return Path(self._oauth.secret_file).read_text(encoding="utf-8").strip() or None
        except (OSError, ValueError):
            return None


def _token(response: aiohttp.ClientResponse, body: bytes, now: float) -> Token | Answer | Silence:
    """What the authority said (§5.1, §5.2)."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        said = None
    said = said if isinstance(said, dict) else {}
    value, status = said.get("access_token"), response.status
    if status == _SUCCESS and isinstance(value, str) and value and value.isascii() and value.isprintable():
        if str(said.get("token_type", "bearer")).lower() != "bearer":
            return Answer(401, words="oauth: the token is no bearer token")
        life = _seconds(said.get("expires_in"))
        return Token(value, now + life - min(EARLY_SECONDS, life / 4))
    if status >= _AWAY:
        return Silence(Why.AUTHORITY, f"status {status}")
    if status == _TOO_MANY:
        return Answer(status, words="oauth", retry_after=retry_after(response.headers.get("Retry-After")))
    error = said.get("error")
    return Answer(401, words=f"oauth: {error if isinstance(error, str) else f'no token, status {status}'}"[:200])


def _seconds(value: object) -> float:
    """The life that an answer gives; some write it as text."""
    try:
        seconds = float(value) if isinstance(value, int | float | str) else UNSAID_SECONDS
    except ValueError:
        return UNSAID_SECONDS
    return min(max(seconds, 0.0), 86_400.0) if seconds == seconds else UNSAID_SECONDS  # noqa: PLR0124 - NaN

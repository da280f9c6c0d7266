# SPDX-License-Identifier: Apache-2.0
"""A small authorization server for tests: client credentials (RFC 6749 §4.4), tokens that end."""

import json
import secrets
import time
from base64 import b64decode
from urllib.parse import parse_qs, unquote_plus

PATH = "/token"


class Authority:
    """Gives tokens to one client. ``seconds``: how long each lasts; ``said``: what ``expires_in`` tells, when it is not
    that. ``status``: answer this instead of a token, while it is set."""

    def __init__(self, client: str, secret: str, *, seconds: float = 3600.0, said: float | None = None) -> None:
        self._client, self._secret = client, secret
        self.seconds, self.said = seconds, said
        self.status: int | None = None
        self.given: list[str] = []
        self.asked: list[dict[str, str]] = []
        self._ends: dict[str, float] = {}

    def accepts(self, authorization: str) -> bool:
        """Whether a request's Authorization is a token that lasts."""
        kind, _, token = authorization.partition(" ")
        return kind == "Bearer" and time.monotonic() < self._ends.get(token, 0.0)

    def revoke(self) -> None:
        """End every token now, whatever was said."""
        self._ends.clear()

    def answer(self, authorization: str, body: bytes) -> tuple[int, bytes]:
        """Status and JSON of a request to the token endpoint."""
        form = {name: values[0] for name, values in parse_qs(body.decode("ascii", "replace")).items()}
        self.asked.append(form)
        if self.status is not None:
            return self.status, json.dumps({"error": "temporarily_unavailable"}).encode()
        if form.get("grant_type") != "client_credentials":
            return 400, json.dumps({"error": "unsupported_grant_type"}).encode()
        if _credentials(authorization, form) != (self._client, self._secret):
            return 401, json.dumps({"error": "invalid_client"}).encode()
        token = secrets.token_urlsafe(24)
        self.given.append(token)
        self._ends[token] = time.monotonic() + self.seconds
        told = self.seconds if self.said is None else self.said
        return 200, json.dumps({"access_token": token, "token_type": "Bearer", "expires_in": told}).encode()


def _credentials(authorization: str, form: dict[str, str]) -> tuple[str, str]:
    kind, _, encoded = authorization.partition(" ")
    if kind == "Basic":
        name, _, secret = b64decode(encoded).decode("utf-8", "replace").partition(":")
        return unquote_plus(name), unquote_plus(secret)
    return form.get("client_id", ""), form.get("client_secret", "")

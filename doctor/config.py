# SPDX-License-Identifier: Apache-2.0
"""``doctor.toml``: what the rendezvous server is told. Every error names the file, the field and the reason.

::

    public = "https://rendezvous.example"   # what links begin with; "" : as the cart reached us
    host = "127.0.0.1"
    port = 8870
    key_file = "rendezvous.key"             # at least 32 bytes, beside this file; signs every token
    invitation_minutes = 240
    behind_proxy = false                    # true: the address is the last of X-Forwarded-For

    [tls]
    certificate = "server.pem"
    private_key = "server.key"

    [relay]
    secret = "…"                            # coturn's static-auth-secret
    urls = ["turn:relay.example:3478?transport=udp", "turns:relay.example:443?transport=tcp"]
    minutes = 720

    [[carts]]
    id = "chevet-12"
    token_sha256 = "…"                      # of the cart's bearer token, hex
"""

import ssl
import tomllib
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from doctor.errors import ConfigurationError
from doctor.tokens import KEY
from doctor.turn import Relay

Text = Annotated[str, Meta(min_length=1)]
Minutes = Annotated[int, Meta(ge=1, le=10_080)]


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class CartRow(_Table, frozen=True):
    """A cart that may connect, and the SHA-256 (hex) of its token."""

    id: Annotated[str, Meta(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
    token_sha256: Annotated[str, Meta(pattern=r"^[0-9a-fA-F]{64}$")]


class TlsTable(_Table, frozen=True):
    """PEM files, beside ``doctor.toml`` or absolute."""

    certificate: Text
    private_key: Text


class RelayTable(_Table, frozen=True):
    """A coturn relay with ``use-auth-secret``."""

    secret: Text
    urls: Annotated[tuple[Annotated[str, Meta(pattern=r"^(stun|turns?):.+")], ...], Meta(min_length=1)]
    minutes: Minutes = 720


class _File(_Table, frozen=True):
    key_file: Text
    carts: tuple[CartRow, ...]
    public: Annotated[str, Meta(pattern=r"^(https?://[^/?#]+)?$")] = ""
    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535)] = 8870
    invitation_minutes: Minutes = 240
    behind_proxy: bool = False
    tls: TlsTable | None = None
    relay: RelayTable | None = None


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """What ``doctor.server.run`` needs. ``carts`` maps a cart's id to its token's SHA-256; port 0 takes a free one."""

    key: bytes
    carts: dict[str, str]
    public: str = ""
    host: str = "127.0.0.1"
    port: int = 8870
    invitation_minutes: int = 240
    behind_proxy: bool = False
    certificate: Path | None = None
    private_key: Path | None = None
    relay: Relay | None = None

    def tls(self) -> ssl.SSLContext | None:
        """A server's TLS context, 1.2 or newer; None without a certificate; may raise ConfigurationError."""
        if self.certificate is None:
            return None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        try:
            context.load_cert_chain(self.certificate, self.private_key)
        except (OSError, ssl.SSLError) as error:
            raise ConfigurationError("tls.certificate", f"{self.certificate}: {error}") from error
        return context


def load(path: Path) -> Config:
    """Read ``doctor.toml``; raises ConfigurationError."""
    try:
        file = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _File)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(str(path), str(error)) from error
    except msgspec.ValidationError as error:
        raise ConfigurationError(str(path), str(error).replace("$.", "")) from error
    carts = {cart.id: cart.token_sha256 for cart in file.carts}
    if len(carts) != len(file.carts):
        raise ConfigurationError(str(path), "carts: an id stands twice")
    relay = file.relay and Relay(file.relay.secret, file.relay.urls, file.relay.minutes * 60)
    return Config(
        key=_key(path, file.key_file),
        carts=carts,
        public=file.public,
        host=file.host,
        port=file.port,
        invitation_minutes=file.invitation_minutes,
        behind_proxy=file.behind_proxy,
        certificate=path.parent / file.tls.certificate if file.tls else None,
        private_key=path.parent / file.tls.private_key if file.tls else None,
        relay=relay or None,
    )


def _key(path: Path, name: str) -> bytes:
    try:
        key = (path.parent / name).read_bytes().strip()
    except OSError as error:
        raise ConfigurationError(str(path), f"key_file: {error}") from error
    if len(key) < KEY:
        raise ConfigurationError(str(path), f"key_file: {name} holds fewer than {KEY} bytes")
    return key

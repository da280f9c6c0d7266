# SPDX-License-Identifier: Apache-2.0
"""Which records servers, and what the cart says of itself: ``config/records.toml``."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec

from device.errors import ConfigurationError
from sync.fhir.source import Source
from sync.profile import Identity
from sync.upload import Upload

_LINE = "Le réglage des serveurs du dossier est illisible. Prévenez la maintenance."
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})

Seconds = Annotated[float, msgspec.Meta(gt=0, le=600)]


class OAuth(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Client credentials (RFC 6749 §4.4). ``secret_file`` holds the secret, "" where the client's certificate is what
    authenticates it (RFC 8705 §2). ``method``: how the secret is sent, §2.3.1."""

    token_url: str
    client_id: Annotated[str, msgspec.Meta(min_length=1)]
    secret_file: str = ""
    scope: str = ""
    method: Literal["basic", "body"] = "basic"


class Server(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A profile of server. ``base``: its FHIR base, or its DICOMweb base for a ``kind`` that takes the images; https
    unless on this machine.

    ``identity``: how it knows a resource again (``sync.profile``). ``batch``: observations in one request (1: no
    bundles); ``transaction``: bundles are transactions, for a server that takes no batch. ``files``: captures as a
    Binary of their own, or within their document. ``gzip``: bodies are compressed. ``read_back``: an image is read back
    before it counts as taken. ``parallel``: lanes served at once; ``deadline``: seconds for a whole request.

    ``token_file`` holds a bearer token, read at each request; ``oauth`` gets them. ``certificate_file`` and
    ``key_file`` are the cart's own (mutual TLS); ``ca_file`` replaces the system's authorities.
    """

    id: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9-]{1,32}$")]
    base: str
    label: str = ""
    kind: Literal["fhir", "dicomweb"] = "fhir"
    identity: Identity = Identity.PUT
    files: Literal["", "binary", "inline"] = ""
    transaction: bool = False
    gzip: bool = False
    read_back: bool = False
    token_file: str = ""
    oauth: OAuth | None = None
    ca_file: str = ""
    certificate_file: str = ""
    key_file: str = ""
    batch: Annotated[int, msgspec.Meta(ge=1, le=50)] = 20
    parallel: Annotated[int, msgspec.Meta(ge=1, le=8)] = 2
    deadline: Seconds = 30.0
    connect: Seconds = 10.0

    @property
    def inline(self) -> bool:
        """Whether captures go within their documents: a Binary has no identifier by which it could be found again."""
        return self.files == "inline" or (not self.files and self.identity is not Identity.PUT)


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    source: Source
    server: tuple[Server, ...] = ()
    upload: Upload = Upload()

    @classmethod
    def load(cls, path: Path) -> "Settings":
        """Read the file. Raises ConfigurationError, which names the place."""
        try:
            settings = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), cls)
        except OSError as error:
            raise ConfigurationError(1, _LINE, f"{path.name}: {error.strerror}") from error
        except (ValueError, msgspec.ValidationError) as error:
            raise ConfigurationError(1, _LINE, f"{path.name}: {error}") from error
        for fault in _faults(settings):
            raise ConfigurationError(1, _LINE, f"{path.name}: {fault}")
        return settings


def _faults(settings: Settings) -> Iterator[str]:
    """What is wrong with settings of the right types."""
    seen: set[str] = set()
    for server in settings.server:
        for fault in _server_faults(server):
            yield f"server {server.id!r}: {fault}"
        if server.id in seen:
            yield f"server {server.id!r} stands twice"
        seen.add(server.id)
    try:
        _ = settings.source.zone
    except (OSError, ValueError, KeyError) as error:
        yield f"source.timezone: {error}"


def _server_faults(server: Server) -> Iterator[str]:
    yield from _url_faults("base", server.base)
    if server.oauth is not None:
        yield from _url_faults("oauth.token_url", server.oauth.token_url)
        if server.token_file:
            yield "has both token_file and oauth"
        if not (server.oauth.secret_file or server.certificate_file):
            yield "oauth needs a secret_file or a certificate_file"
    if bool(server.certificate_file) != bool(server.key_file):
        yield "certificate_file and key_file go together"
    if server.files == "binary" and server.identity is not Identity.PUT:
        yield f"a Binary has no identifier: files must be inline where identity is {server.identity.value}"
    if server.kind == "dicomweb" and (server.identity is not Identity.PUT or server.files or server.transaction):
        yield "identity, files and transaction are for kind fhir"
    if server.kind == "fhir" and server.read_back:
        yield "read_back is for kind dicomweb"


def _url_faults(name: str, value: str) -> Iterator[str]:
    url = urlsplit(value)
    if url.scheme not in {"http", "https"} or not url.hostname or url.query or url.fragment:
        yield f"{name} {value!r} is no URL"
    elif url.scheme == "http" and url.hostname not in _LOOPBACK:
        yield f"{name} must be https"

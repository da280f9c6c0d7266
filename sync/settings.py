# SPDX-License-Identifier: Apache-2.0
"""Which records servers, and what the cart says of itself: ``config/records.toml``."""

import tomllib
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import msgspec

from device.errors import ConfigurationError
from sync.fhir.source import Source

_LINE = "Le réglage des serveurs du dossier est illisible. Prévenez la maintenance."
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})

Seconds = Annotated[float, msgspec.Meta(gt=0, le=600)]


class Server(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A profile of server. ``base``: its FHIR base, https unless on this machine. ``token_file`` holds a bearer token,
    read at each request; ``ca_file`` replaces the system's authorities. ``batch``: observations in one request (1: no
    bundles); ``parallel``: lanes served at once; ``deadline``: seconds for a whole request."""

    id: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9-]{1,32}$")]
    base: str
    label: str = ""
    token_file: str = ""
    ca_file: str = ""
    batch: Annotated[int, msgspec.Meta(ge=1, le=100)] = 20
    parallel: Annotated[int, msgspec.Meta(ge=1, le=8)] = 2
    deadline: Seconds = 30.0
    connect: Seconds = 10.0


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    source: Source
    server: tuple[Server, ...] = ()

    @classmethod
    def load(cls, path: Path) -> "Settings":
        """Read the file. Raises ConfigurationError, which names the place."""
        try:
            settings = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), cls)
        except OSError as error:
            raise ConfigurationError(1, _LINE, f"{path.name}: {error.strerror}") from error
        except (ValueError, msgspec.ValidationError) as error:
            raise ConfigurationError(1, _LINE, f"{path.name}: {error}") from error
        if fault := _fault(settings):
            raise ConfigurationError(1, _LINE, f"{path.name}: {fault}")
        return settings


def _fault(settings: Settings) -> str:
    """What is wrong with settings of the right types; "" when nothing is."""
    seen: set[str] = set()
    for server in settings.server:
        url = urlsplit(server.base)
        if url.scheme not in {"http", "https"} or not url.hostname or url.query or url.fragment:
            return f"server {server.id!r}: base {server.base!r} is no URL"
        if url.scheme == "http" and url.hostname not in _LOOPBACK:
            return f"server {server.id!r}: base must be https"
        if server.id in seen:
            return f"server {server.id!r} stands twice"
        seen.add(server.id)
    try:
        _ = settings.source.zone
    except (OSError, ValueError, KeyError) as error:
        return f"source.timezone: {error}"
    return ""

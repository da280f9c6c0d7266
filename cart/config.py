# SPDX-License-Identifier: Apache-2.0
"""The configuration folder: ``cart.toml`` says which cart this is and where the rest stands."""

import tomllib
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import msgspec

from device.errors import ConfigurationError
from device.station.state import CartInfo

SHIPPED = Path(__file__).resolve().parent.parent / "config"
SERVERS = frozenset({"default", "sysdefault", "pulse", "pipewire", "jack", "dmix", "dsnoop"})
"""ALSA names of sound servers and mixers."""
COMMON = ("models.toml", "limits.toml")
"""What is the same on every cart: known products, and what a sensor can mean."""


class CartSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which cart this is. ``phone`` is the technical support's, ``doctor_phone`` the doctor's or the regulation's."""

    id: str
    name: str
    place: str
    phone: str
    doctor_phone: str
    trust_clock: bool = False


class FilesSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The other files, relative to the configuration folder."""

    operators: str = "operators.toml"
    residents: str = "residents.csv"
    models: str = "models.toml"
    instruments: str = "instruments.toml"
    cameras: str = "cameras.toml"
    limits: str = "limits.toml"
    records: str = "records.toml"


class RendezvousSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where doctors are met: a WebSocket address, the cart's token, and the authority that signed its certificate."""

    url: str
    token: str
    authority: str = ""


class ConferenceSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a conference of more than two takes place: the WHIP and the WHEP endpoint of a server that exists, the file
    of the bearer token, and the authority that signed the server's certificate. https, or http to this machine."""

    publish: str = ""
    receive: str = ""
    token_file: str = ""
    authority: str = ""

    def __post_init__(self) -> None:
        """Raises ValueError for an address that cannot be one."""
        for name, text in (("publish", self.publish), ("receive", self.receive)):
            if text and (reason := _unfit(text)):
                raise ValueError(f"{name} {reason}")
        if (self.token_file or self.authority) and not (self.publish or self.receive):
            raise ValueError("publish, receive: one of them is needed")


class SoundSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """PortAudio device names; "" is the system's default. ``clean``: echo and noise are taken out of the microphone;
    false for a conference loudspeaker that does it itself."""

    microphone: str = ""
    loudspeaker: str = ""
    clean: bool = True


class StethoscopeSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The stethoscope: a part of PortAudio's name for its sound card, "" where there is none; and its name on screen.

    Never the system's default, nor a sound server: what they give may have been resampled, levelled or denoised.
    """

    device: str = ""
    label: str = "Stéthoscope"

    def __post_init__(self) -> None:
        """Raises ValueError for a name that is no card's."""
        if self.device.strip().lower() in SERVERS or self.device != self.device.strip():
            raise ValueError(f"{self.device!r} is no sound card: write a part of the name of the stethoscope's own")


class ImportSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The folder where files come for import; "" is ``import`` in the folder of the state."""

    folder: str = ""


class StorageSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is kept: ``encrypted`` with the cart's key (false is for development), and removed ``keep_days`` days after
    a file was closed, if every server acknowledged all of it."""

    encrypted: bool = True
    keep_days: Annotated[int, msgspec.Meta(ge=1, le=3650)] = 30


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    cart: CartSection
    rendezvous: RendezvousSection
    files: FilesSection = FilesSection()
    sound: SoundSection = SoundSection()
    stethoscope: StethoscopeSection = StethoscopeSection()
    import_: ImportSection = msgspec.field(default=ImportSection(), name="import")
    storage: StorageSection = StorageSection()
    conference: ConferenceSection = ConferenceSection()


class Configuration(msgspec.Struct, frozen=True):
    """Everything in ``cart.toml``, and the folder it was read from."""

    folder: Path
    cart: CartSection
    rendezvous: RendezvousSection
    files: FilesSection
    sound: SoundSection
    stethoscope: StethoscopeSection
    imports: ImportSection
    storage: StorageSection
    conference: ConferenceSection

    @classmethod
    def load(cls, folder: Path) -> "Configuration":
        """Read ``folder/cart.toml``. Raises ConfigurationError naming the file, the place and the reason."""
        path = folder / "cart.toml"
        try:
            file = msgspec.convert(tomllib.loads(path.read_text("utf-8")), _File)
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
            line = "La configuration du chariot est illisible. Appelez le technicien."
            raise ConfigurationError(1, line, f"{path}: {error}") from error
        sections = (file.cart, file.rendezvous, file.files, file.sound, file.stethoscope, file.import_, file.storage)
        return cls(folder, *sections, file.conference)

    def plain(self) -> "Configuration":
        """The same, for development: nothing that is kept is encrypted."""
        return msgspec.structs.replace(self, storage=msgspec.structs.replace(self.storage, encrypted=False))

    def info(self) -> CartInfo:
        """What the screens show of it."""
        return CartInfo(self.cart.name, self.cart.place, self.cart.phone, self.cart.doctor_phone)

    def file(self, name: str) -> Path:
        """The path of a file named in ``[files]``; Chevet's own models and limits where the folder has none."""
        path = self.folder / name
        return SHIPPED / name if name in COMMON and not path.exists() else path


def _unfit(text: str) -> str:
    """Why ``text`` is no address of a conference; "" when it is one."""
    try:
        url = urlsplit(text)
        port = url.port
    except ValueError as error:
        return f"is no address: {error}"
    if url.scheme not in {"https", "http"} or not url.hostname or port == 0 or not text.isprintable() or " " in text:
        return "is no https address: write https://server/path"
    if url.username is not None or url.password is not None or url.fragment:
        return "has a name, a password or a fragment, which belong elsewhere (token_file)"
    if url.scheme == "http" and not _here(url.hostname):
        return "is not encrypted: write https://, http is for this machine itself alone"
    return ""


def _here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False

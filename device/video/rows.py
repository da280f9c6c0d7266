# SPDX-License-Identifier: Apache-2.0
"""``config/cameras.toml``: which camera has which role."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from device.camera import Role
from device.codes import Site
from device.errors import ConfigurationError

_SKIN = (
    Site.SCALP, Site.FACE, Site.NECK, Site.SHOULDER, Site.CHEST, Site.ABDOMEN, Site.BACK, Site.LEFT_ARM, Site.RIGHT_ARM,
    Site.FOREARM, Site.HAND, Site.HIP, Site.SACRUM, Site.BUTTOCK, Site.THIGH, Site.KNEE, Site.LEG, Site.HEEL, Site.FOOT,
    Site.TOE,
)  # fmt: skip
SITES: Mapping[Role, tuple[Site, ...]] = {
    "room": (
        Site.ROOM, Site.FACE, Site.EYE, Site.NECK, Site.CHEST, Site.ABDOMEN, Site.BACK, Site.LEFT_ARM, Site.RIGHT_ARM,
        Site.HAND, Site.SACRUM, Site.LEG, Site.HEEL, Site.FOOT,
    ),
    "otoscope": (Site.LEFT_EAR, Site.RIGHT_EAR),
    "dermatoscope": _SKIN,
    "intra-oral": (
        Site.UPPER_TEETH, Site.LOWER_TEETH, Site.TONGUE, Site.MOUTH_FLOOR, Site.ORAL_MUCOSA, Site.THROAT,
    ),
    "ultrasound": (Site.HEART, Site.CHEST, Site.ABDOMEN, Site.BLADDER, Site.NECK, Site.LEG),
}  # fmt: skip
"""What the captures of a role may name, where the row does not say: the side or the site is compulsory."""

Side = Annotated[int, msgspec.Meta(ge=16, le=8192, multiple_of=2)]


class CameraRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A camera.

    ``match`` is a shell pattern for a name of ``/dev/v4l/by-id`` or ``/dev/v4l/by-path`` (its full path), or
    ``file:<path>``, or ``virtual:<name>``. ``size`` (pixels), ``rate`` (pictures a second) and ``format`` are those of
    the stream, chosen by cost among what the device offers where they are left out (``choice.py``). ``still`` is the
    size of stills, the sensor's largest where it is left out. ``sites`` are what a capture may name, one of them being
    compulsory; those of the role where they are left out.
    """

    id: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9-]{1,32}$")]
    label: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    role: Role
    match: Annotated[str, msgspec.Meta(pattern=r"^(/dev/v4l/by-(id|path)/.+|file:.+|virtual:[a-z-]+)$")]
    size: tuple[Side, Side] | None = None
    rate: Annotated[float, msgspec.Meta(gt=0, le=120)] | None = None
    sites: tuple[Site, ...] = ()
    still: tuple[Side, Side] | None = None
    format: Literal["MJPG", "YUYV", "NV12", "YU12"] | None = None


def load_rows(path: Path) -> tuple[CameraRow, ...]:
    """The rows of ``[[camera]]``, in their order. Raises ConfigurationError naming the file, the row and the reason."""
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _refused(path, str(error)) from error
    unknown = sorted(set(table) - {"camera"})
    rows = table.get("camera")
    if unknown or not isinstance(rows, list):
        raise _refused(path, f"unknown: {', '.join(unknown)}" if unknown else "no [[camera]] row")
    loaded: dict[str, CameraRow] = {}
    for number, row in enumerate(rows, 1):
        name = row.get("id", "no id") if isinstance(row, dict) else row
        place = f"camera {number} ({name})"
        try:
            camera = msgspec.convert(row, CameraRow)
        except msgspec.ValidationError as error:
            raise _refused(path, f"{place}: {error}") from error
        if camera.id in loaded:
            raise _refused(path, f"{place}: a second row of that id")
        if twin := next((other for other in loaded.values() if other.match == camera.match), None):
            raise _refused(path, f"{place}: matches {camera.match}, as {twin.id} does")
        loaded[camera.id] = camera if camera.sites else msgspec.structs.replace(camera, sites=SITES[camera.role])
    return tuple(loaded.values())


def _refused(path: Path, why: str) -> ConfigurationError:
    detail = f"{path}: {' '.join(why.split())}"
    return ConfigurationError(20, "La liste des caméras est illisible. Appelez le technicien.", detail)

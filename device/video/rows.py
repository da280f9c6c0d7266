# SPDX-License-Identifier: Apache-2.0
"""``config/cameras.toml``: which camera has which role."""

import tomllib
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from device.codes import Site
from device.errors import ConfigurationError

Side = Annotated[int, msgspec.Meta(ge=16, le=8192, multiple_of=2)]


class CameraRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A camera.

    ``match`` is a shell pattern for a name of ``/dev/v4l/by-id`` or ``/dev/v4l/by-path`` (its full path), or
    ``file:<path>``, or ``virtual:<name>``. ``size`` (pixels) and ``rate`` (pictures a second) are those of the stream,
    ``still`` the size of stills where the sensor has a better one. ``sites`` are what a capture may name.
    """

    id: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9-]{1,32}$")]
    label: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    role: Literal["room", "otoscope", "dermatoscope"]
    match: Annotated[str, msgspec.Meta(pattern=r"^(/dev/v4l/by-(id|path)/.+|file:.+|virtual:[a-z-]+)$")]
    size: tuple[Side, Side]
    rate: Annotated[float, msgspec.Meta(gt=0, le=120)]
    sites: tuple[Site, ...]
    still: tuple[Side, Side] | None = None
    format: Literal["MJPG", "YUYV", "NV12"] = "MJPG"


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
        loaded[camera.id] = camera
    return tuple(loaded.values())


def _refused(path: Path, why: str) -> ConfigurationError:
    detail = f"{path}: {' '.join(why.split())}"
    return ConfigurationError(20, "La liste des caméras est illisible. Appelez le technicien.", detail)

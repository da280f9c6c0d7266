# SPDX-License-Identifier: Apache-2.0
"""The station's cameras: which one the doctor sees, frozen or not, and the stills kept of it."""

import asyncio
from collections.abc import Iterator
from typing import Literal, Protocol

from device.camera import CameraState
from device.codes import Site
from device.entry import CaptureTaken
from device.errors import CameraError, Refusal
from device.video.stills import Still


class Eye(Protocol):
    """What the station needs of a camera."""

    id: str
    label: str
    sites: tuple[Site, ...]

    @property
    def state(self) -> CameraState:
        """What the station shows of it."""
        ...

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of its pictures as they are shown; zeros before the first."""
        ...

    def hold(self, frozen: bool) -> None:  # noqa: FBT001 - the command's own word
        """Keep the newest picture, or let it go. Raises CameraError."""
        ...

    async def still(self) -> Still:
        """A still at full resolution. Raises CameraError."""
        ...


class Cameras(Protocol):
    """All of them."""

    def __iter__(self) -> Iterator[Eye]:
        """In the order of the configuration."""
        ...

    def choose(self, identifier: str) -> Eye:
        """Make one the chosen one. KeyError."""
        ...


class Keeps(Protocol):
    """Where stills go."""

    def put(self, data: bytes) -> str:
        """Keep bytes for good; their SHA-256 in hex. Raises JournalError."""
        ...


class Eyes:
    """The chosen camera. ``chosen`` is "" on a cart without one."""

    def __init__(self, cameras: Cameras, attachments: Keeps) -> None:
        self._cameras = cameras
        self._attachments = attachments
        self.chosen = ""
        self.frozen = False
        first = next(iter(cameras), None)
        if first is not None:
            self.choose(first.id)

    @property
    def states(self) -> tuple[CameraState, ...]:
        """Every camera, in order."""
        return tuple(camera.state for camera in self._cameras)

    @property
    def size(self) -> tuple[int, int]:
        """Of the chosen camera's pictures; zeros before the first."""
        return self._eye().size if self.chosen else (0, 0)

    def choose(self, identifier: str) -> None:
        """Show another camera; a frozen picture is let go. Raises Refusal."""
        try:
            self._cameras.choose(identifier)
        except KeyError as error:
            raise Refusal(41, "Cette caméra n’existe pas sur ce chariot.", f"no camera {identifier!r}") from error
        if self.chosen and self.frozen:
            self._eye().hold(False)  # noqa: FBT003 - the command's own word
        self.chosen, self.frozen = identifier, False

    def freeze(self, frozen: bool) -> None:  # noqa: FBT001 - the command's own word
        """Hold the picture, or let it go. Raises CameraError when there is none."""
        self._eye().hold(frozen)
        self.frozen = frozen

    async def capture(self, site: Site, by: Literal["operator", "practitioner"]) -> CaptureTaken:
        """Keep a still of the chosen camera; its bytes are safe when this returns. Raises CameraError, Refusal."""
        eye = self._eye()
        if site not in eye.sites:
            raise Refusal(42, "Choisissez un côté ou un endroit de la liste.", f"{eye.id} has no site {site}")
        still = await eye.still()
        digest = await asyncio.to_thread(self._attachments.put, still.data)
        return CaptureTaken(
            camera=eye.id,
            camera_label=eye.label,
            site=site,
            sha256=digest,
            media_type=still.media_type,
            size=len(still.data),
            width=still.width,
            height=still.height,
            taken=still.taken,
            by=by,
            role=eye.state.role,
        )

    def _eye(self) -> Eye:
        for camera in self._cameras:
            if camera.id == self.chosen:
                return camera
        raise CameraError(1, "Aucune caméra n’est branchée.", "no camera on this cart")

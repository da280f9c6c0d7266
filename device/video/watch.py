# SPDX-License-Identifier: Apache-2.0
"""Is a camera well? A fold over what its thread sees: no pictures, one picture for ever, black.

Pure; times are seconds of the monotonic clock. A real sensor's noise changes every picture, so two equal pictures are
the same picture given twice.
"""

import zlib
from typing import NamedTuple

import numpy as np

from device.camera import CameraPhase
from device.video.pixels import Planes

STEP = 16
"""Every how many pixels, in both directions, a picture is looked at."""
BLACK_LUMA = 30
"""Limited-range luma that even the brighter parts of a covered lens stay under (16 is black)."""


class Patience(NamedTuple):
    """How long each trouble is borne before it is said, in seconds; a nurse must know within 3 s.

    Opening may take longer: some UVC cameras need seconds to answer. ``first`` is for the first picture after it.
    """

    opening: float = 8.0
    first: float = 2.5
    unchanged: float = 2.0
    black: float = 2.0


class Glance(NamedTuple):
    """What a picture looks like from afar: a checksum of some of its pixels, and whether it is black."""

    print: int
    black: bool


class Watch(NamedTuple):
    """What is known: when the device was asked for, lost, found or opened (``since``), how it is, its last picture.

    ``changed`` is when the picture last changed and ``blackened`` since when all pictures are black; None: never, not.
    """

    since: float
    missing: bool = False
    opened: bool = False
    glance: Glance | None = None
    changed: float | None = None
    blackened: float | None = None


def glance(i420: Planes) -> Glance:
    """Look at a picture: about 3 600 pixels of 1280x720, some 20 µs."""
    luma = np.ascontiguousarray(i420[: i420.shape[0] * 2 // 3 : STEP, ::STEP])
    bright = np.partition(luma, -(luma.size // 50) - 1, axis=None)[-(luma.size // 50) - 1]
    return Glance(zlib.crc32(luma.tobytes()), bool(bright < BLACK_LUMA))


def saw(watch: Watch, seen: Glance, now: float, *, still: bool = False) -> Watch:
    """A picture came; of something that may stand ``still`` and has no noise, as a screen, any picture is a new one."""
    fresh = still or watch.glance is None or seen.print != watch.glance.print
    blackened = (watch.blackened if watch.blackened is not None else now) if seen.black else None
    return watch._replace(
        missing=False,
        opened=True,
        glance=seen,
        changed=now if fresh or watch.changed is None else watch.changed,
        blackened=blackened,
    )


def lost(watch: Watch, now: float) -> Watch:
    """The device is not there: at once ABSENT. Its last picture means nothing any more."""
    return Watch(watch.since if watch.missing else now, missing=True)


def found(watch: Watch, now: float, *, opened: bool) -> Watch:
    """The device is there; it opened, or refused to. A trouble known before lasts until a picture disproves it."""
    if watch.missing or (opened and not watch.opened):
        return watch._replace(since=now, missing=False, opened=opened)
    return watch


def phase(watch: Watch, now: float, patience: Patience = Patience()) -> CameraPhase:  # noqa: B008 - immutable
    """How the camera is."""
    if watch.missing:
        return CameraPhase.ABSENT
    if watch.changed is None:
        limit = patience.first if watch.opened else patience.opening
        return CameraPhase.OPENING if now - watch.since < limit else CameraPhase.STUCK
    if now - watch.changed >= patience.unchanged:
        return CameraPhase.STUCK if watch.blackened is None else CameraPhase.BLACK
    if watch.blackened is not None and now - watch.blackened >= patience.black:
        return CameraPhase.BLACK
    return CameraPhase.LIVE

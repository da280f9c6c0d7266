# SPDX-License-Identifier: Apache-2.0
"""Is a picture out of focus? Only a hint, so made to be wrong rarely, and then by saying nothing.

Sharp pictures of anything have fine detail in a steady proportion to their coarse detail: the energy of a Laplacian is
compared over three octaves (an eighth of the resolution), in the middle of the picture, which a scope's round edge does
not reach. A lens out of focus takes the fine detail away and leaves the coarse. A picture with little coarse detail
either, as smooth skin, and one whose noise stands in for detail, as in the dark, cannot be judged and is not accused.

What is little is judged against the camera's own best of late, so that soft optics are not accused for ever.
Pure; times are seconds of the monotonic clock.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from device.video.pixels import Planes

WIDTH = 640
"""Pixels across at which pictures are compared: the noise of larger ones is averaged away."""
OCTAVES = 3
STRUCTURE = 25.0
"""Coarse energy (squared luma steps) under which there is nothing to be sharp."""
SOFT = 0.02
"""Fine energy as a part of the coarse one, over which no picture is accused. A disc of confusion of 8 pixels at 1280
across gives 0.002-0.014, generated scenes and skin in focus 0.03-0.2, noise 0.2 and more."""
BEST, LEAST_BEST = 0.05, 0.03
"""The most that a camera's best counts as, and what it is taken to be before it has shown any."""
FADING = 120.0
"""Seconds in which a best that is not met again counts for half."""
GOES, COMES = 0.3, 0.5
"""Parts of the best: under the first a picture is blurred, over the second it is no longer."""
LASTING = 3.0
"""Seconds that a picture must stay blurred before it is said: hands move, and autofocus searches."""

_Floats = npt.NDArray[np.float32]


class Detail(NamedTuple):
    """The energy of a picture's fine and coarse detail, mean squares of a Laplacian."""

    fine: float
    coarse: float


class Focus(NamedTuple):
    """What is known: the camera's ``best``, when it was looked at, since when it has been soft, and the hint."""

    best: float = LEAST_BEST
    looked: float | None = None
    since: float | None = None
    blurred: bool = False


def detail(i420: Planes) -> Detail:
    """Look at the middle of a picture; a millisecond or two at 1280x720."""
    height, width = i420.shape[0] * 2 // 3, i420.shape[1]
    luma = i420[height // 4 : height - height // 4, width // 4 : width - width // 4].astype(np.float32)
    while width > WIDTH * 3 // 2:
        luma, width = _halved(luma), width // 2
    fine = _energy(luma)
    for _ in range(OCTAVES):
        luma = _halved(luma)
    return Detail(fine, _energy(luma))


def looked(focus: Focus, seen: Detail, now: float) -> Focus:
    """A picture was looked at."""
    age = now - focus.looked if focus.looked is not None else 0.0
    faded = focus.best if focus.blurred else focus.best * 0.5 ** (age / FADING)
    focus = focus._replace(looked=now)
    if seen.coarse < STRUCTURE:
        return focus._replace(best=faded, since=None, blurred=False)
    share = seen.fine / seen.coarse
    best = max(faded, min(share, BEST))
    if share > min(SOFT, (COMES if focus.blurred else GOES) * best):
        return focus._replace(best=best, since=None, blurred=False)
    since = now if focus.since is None else focus.since
    return focus._replace(best=best, since=since, blurred=focus.blurred or now - since >= LASTING)


def _halved(plane: _Floats) -> _Floats:
    """Each four pixels as their mean."""
    even = plane[: plane.shape[0] & ~1, : plane.shape[1] & ~1]
    return (even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2]) * np.float32(0.25)


def _energy(plane: _Floats) -> float:
    """Mean square of the Laplacian; 0 of a plane too small to have one."""
    if min(plane.shape) < 3:  # noqa: PLR2004 - a pixel and its neighbours
        return 0.0
    middle = plane[1:-1, 1:-1]
    laplacian = 4 * middle - plane[:-2, 1:-1] - plane[2:, 1:-1] - plane[1:-1, :-2] - plane[1:-1, 2:]
    return float(np.mean(laplacian * laplacian))

# SPDX-License-Identifier: Apache-2.0
"""OpenCV, loaded with the first camera that needs it, and set for a cart: a cart without cameras spares its 20 MB."""

import os
from functools import lru_cache
from typing import Any

SELECT_TIMEOUT = "1"
"""Seconds that OpenCV waits for a V4L2 frame (its own default is 10); it reads this as it is loaded."""


@lru_cache(maxsize=1)
def opencv() -> Any:  # noqa: ANN401 - cv2 has no types of its own
    """The module. One thread: a camera's pictures are made in the camera's own."""
    os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", SELECT_TIMEOUT)
    import cv2  # noqa: PLC0415 - see above

    cv2.setNumThreads(1)
    return cv2

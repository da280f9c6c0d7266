# SPDX-License-Identifier: Apache-2.0
"""The video bus: cameras by role, from raw V4L2 frames to I420 pictures and stills, without BGR on the way."""

from device.video.camera import Camera
from device.video.cameras import Cameras
from device.video.preview import Preview
from device.video.rows import CameraRow, load_rows
from device.video.source import Format, Raw, Source
from device.video.stills import Still, encode
from device.video.watch import Patience

__all__ = [
    "Camera",
    "CameraRow",
    "Cameras",
    "Format",
    "Patience",
    "Preview",
    "Raw",
    "Source",
    "Still",
    "encode",
    "load_rows",
]

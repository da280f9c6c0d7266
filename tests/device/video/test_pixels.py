# SPDX-License-Identifier: Apache-2.0
"""I420 against references worked out here, pixel by pixel, in floating point."""

import ast
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import pytest
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange

from device.errors import CameraError
from device.video import Format, Raw
from device.video.pixels import Scaler, Unpacker, fitted, is_whole_jpeg

Planes = npt.NDArray[np.uint8]


def textured(height: int, width: int, seed: int = 3) -> Planes:
    """Smooth waves and a little noise, all of the byte's range, as a colour plane."""
    y, x = np.mgrid[0:height, 0:width]
    waves = 128 + 90 * np.sin(x / 17 + seed) * np.cos(y / 23) + 20 * np.sin((x + y) / 5)
    return np.clip(waves + np.random.default_rng(seed).normal(0, 2, (height, width)), 0, 255).astype(np.uint8)


def psnr(one: npt.NDArray[np.uint8], other: npt.NDArray[np.uint8]) -> float:
    error = np.mean((one.astype(float) - other.astype(float)) ** 2)
    return float("inf") if error == 0 else float(10 * np.log10(255**2 / error))


def jpeg(y: Planes, u: Planes, v: Planes, layout: str) -> bytes:
    """A full-range JPEG of given planes, of high quality, by FFmpeg."""
    frame = VideoFrame(y.shape[1], y.shape[0], layout)
    for plane, data in zip(frame.planes, (y, u, v), strict=True):
        padded = np.zeros((plane.height, plane.line_size), np.uint8)
        padded[:, : plane.width] = data
        plane.update(padded.tobytes())
    frame.pts, frame.color_range = 0, ColorRange.JPEG
    encoder = av.CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height, encoder.pix_fmt = y.shape[1], y.shape[0], layout
    encoder.time_base = Fraction(1, 25)
    encoder.flags |= av.codec.context.Flags.qscale
    encoder.global_quality, encoder.qmin = 118, 1
    return b"".join(map(bytes, [*encoder.encode(frame), *encoder.encode(None)]))


@pytest.mark.parametrize("layout", ["yuvj422p", "yuvj420p"])
def test_jpeg_becomes_limited_range_i420(layout: str) -> None:
    """JFIF is full range: Y' = 16 + 219 Y / 255, C' = 128 + 224 (C - 128) / 255; 4:2:2 chroma lines are averaged."""
    rows = 120 if layout == "yuvj422p" else 60
    y, u, v = textured(120, 160), textured(rows, 80, 5), textured(rows, 80, 7)
    got = Unpacker().i420(Raw(Format.MJPEG, 160, 120, jpeg(y, u, v, layout)))

    def chroma(plane: Planes) -> Planes:
        whole = plane.astype(float) if rows == 60 else (plane[::2].astype(float) + plane[1::2]) / 2
        return np.round(128 + (whole - 128) * 224 / 255).astype(np.uint8)

    luma = np.round(16 + y.astype(float) * 219 / 255).astype(np.uint8)
    assert got.shape == (180, 160)
    assert psnr(got[:120], luma) > 42
    planes = got[120:].reshape(2, 60, 80)
    assert psnr(planes[0], chroma(u)) > 38
    assert psnr(planes[1], chroma(v)) > 38
    assert int(got[:120].min()) >= 15
    assert int(got[:120].max()) <= 236


def test_flat_colours_of_a_jpeg_are_exact_within_one_step() -> None:
    flat = [np.full(shape, value, np.uint8) for shape, value in (((48, 64), 255), ((24, 32), 90), ((24, 32), 240))]
    got = Unpacker().i420(Raw(Format.MJPEG, 64, 48, jpeg(flat[0], flat[1], flat[2], "yuvj420p")))
    expected = (235, 128 + (90 - 128) * 224 / 255, 128 + (240 - 128) * 224 / 255)
    planes = (got[:48], got[48:60], got[60:])
    for plane, value in zip(planes, expected, strict=True):
        assert abs(float(plane.mean()) - value) <= 1


@pytest.mark.parametrize(("width", "height", "padding"), [(64, 48, 0), (64, 48, 32), (62, 46, 2), (63, 47, 5)])
def test_yuyv_becomes_i420(width: int, height: int, padding: int) -> None:
    pairs = (width + 1) // 2
    stride = pairs * 4 + padding
    data = np.random.default_rng(2).integers(0, 256, (height, stride), np.uint8)
    got = Unpacker().i420(Raw(Format.YUYV, width, height, data.tobytes(), stride))
    even_w, even_h = width // 2 * 2, height // 2 * 2
    expected = np.zeros((even_h * 3 // 2, even_w), np.uint8)
    chroma = expected[even_h:].reshape(2, even_h // 2, even_w // 2)
    for row in range(even_h):
        for column in range(even_w):
            expected[row, column] = data[row, 2 * column]
    for row in range(even_h // 2):
        for column in range(even_w // 2):
            for index in range(2):
                above, below = (int(data[2 * row + line, 4 * column + 1 + 2 * index]) for line in (0, 1))
                chroma[index, row, column] = (above + below + 1) // 2
    assert np.array_equal(got, expected)


@pytest.mark.parametrize("padding", [0, 16])
def test_nv12_becomes_i420(padding: int) -> None:
    width, height, stride = 32, 24, 32 + padding
    data = np.random.default_rng(2).integers(0, 256, (height * 3 // 2, stride), np.uint8)
    got = Unpacker().i420(Raw(Format.NV12, width, height, data.tobytes(), stride))
    assert np.array_equal(got[:height], data[:height, :width])
    u, v = got[height:].reshape(2, height // 2, width // 2)
    assert np.array_equal(u, data[height:, 0:width:2])
    assert np.array_equal(v, data[height:, 1:width:2])


def test_last_line_may_lack_its_padding() -> None:
    data = bytes(range(256)) * 4
    whole = Raw(Format.YUYV, 16, 8, data[: 40 * 7 + 32], 40)
    assert Unpacker().i420(whole).shape == (12, 16)


@pytest.mark.parametrize(
    "raw",
    [
        Raw(Format.MJPEG, 64, 48, b""),
        Raw(Format.MJPEG, 64, 48, b"\xff\xd8\xff\xd9"),
        Raw(Format.MJPEG, 64, 48, b"\xff\xd8" + bytes(500) + b"\xff\xd9"),
        Raw(Format.YUYV, 64, 48, bytes(64 * 48 * 2 - 1)),
        Raw(Format.YUYV, 64, 48, bytes(64 * 48 * 2), 100),
        Raw(Format.NV12, 64, 48, bytes(64 * 48)),
        Raw(Format.I420, 64, 48, bytes(64 * 48)),
        Raw(Format.I420, 63, 48, bytes(64 * 48 * 2)),
    ],
    ids=["nothing", "no picture", "zeros", "a byte short", "stride too small", "no chroma", "no chroma i420", "odd"],
)
def test_frame_that_cannot_be_read_is_refused(raw: Raw) -> None:
    with pytest.raises(CameraError) as caught:
        Unpacker().i420(raw)
    assert caught.value.code == "CAM-05"


def test_cut_jpeg_is_refused_and_the_next_one_is_read() -> None:
    y = textured(48, 64)
    whole = jpeg(y, y[::2, ::2], y[::2, ::2], "yuvj420p")
    unpacker = Unpacker()
    for end in range(0, len(whole), 97):
        with pytest.raises(CameraError):
            unpacker.i420(Raw(Format.MJPEG, 64, 48, whole[:end]))
    assert unpacker.i420(Raw(Format.MJPEG, 64, 48, whole)).shape == (72, 64)


def test_garbage_between_the_marks_never_escapes_as_another_error() -> None:
    y = textured(48, 64)
    whole = bytearray(jpeg(y, y[::2, ::2], y[::2, ::2], "yuvj420p"))
    unpacker, rng = Unpacker(), np.random.default_rng(9)
    for _ in range(200):
        torn = bytearray(whole)
        for place in rng.integers(2, len(torn) - 2, 20):
            torn[place] = int(rng.integers(0, 256))
        try:
            got = unpacker.i420(Raw(Format.MJPEG, 64, 48, bytes(torn)))
        except CameraError:
            continue
        assert got.ndim == 2
    assert unpacker.i420(Raw(Format.MJPEG, 64, 48, bytes(whole))).shape == (72, 64)


def test_jpeg_padded_by_its_driver_is_whole() -> None:
    y = textured(48, 64)
    assert is_whole_jpeg(jpeg(y, y[::2, ::2], y[::2, ::2], "yuvj420p") + bytes(37))


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((1280, 720), (640, 360)),
        ((1600, 1200), (480, 360)),
        ((640, 360), (640, 360)),
        ((320, 240), (320, 240)),
        ((720, 1280), (202, 360)),
        ((8192, 16), (640, 2)),
    ],
)
def test_small_pictures_keep_their_proportions(size: tuple[int, int], expected: tuple[int, int]) -> None:
    assert fitted(*size, 640, 360) == expected


def test_scaling_averages() -> None:
    i420 = np.full((72, 64), 128, np.uint8)
    i420[:48] = np.where(np.arange(64) % 2, 200, 100)
    small = Scaler().fit(i420, 32, 24)
    assert small.shape == (36, 32)
    assert np.abs(small[:24].astype(int) - 150).max() <= 2
    assert Scaler().fit(i420, 64, 48) is i420


def test_no_bgr_on_the_way() -> None:
    """No module of the bus names an RGB or BGR format or OpenCV's conversions."""
    for path in (*Path("device/video").glob("*.py"), Path("device/ring.py"), *Path("virtual/cameras").glob("*.py")):
        if path.name == "stills.py":
            continue  # a PNG is RGB, once for a photograph
        tree = ast.parse(path.read_text())
        docs = {
            ast.get_docstring(node, clean=False)
            for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        }
        texts = [
            node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
        ]
        names = [node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
        code = [text for text in texts if text not in docs] + [n for n in names if n != "CAP_PROP_CONVERT_RGB"]
        assert not [
            word for word in code if any(bad in word.lower() for bad in ("bgr", "rgb", "cvtcolor", "imdecode"))
        ], path

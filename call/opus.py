# SPDX-License-Identifier: Apache-2.0
"""Opus (RFC 6716) through libopus's own interface: blocks of 20 ms, 48 kHz, mono, int16.

FFmpeg's wrapper, hence PyAV and aiortc, has no way to set the expected loss of an encoder that runs, to decode the copy
of a lost packet that the next one carries (in-band FEC), or to conceal one; and aiortc's encoder is fixed to "voip",
whose high-pass takes 19 dB from a heart's 20 Hz (measured). The C interface is ``opus.h`` and ``opus_defines.h`` of
libopus 1.1 and later, which is Debian's ``libopus0``. Not for two threads at once.
"""

import ctypes
from enum import IntEnum
from functools import lru_cache
from typing import Any

import numpy as np

from call.ports import Block
from device.errors import CallError

LIBRARY = "libopus.so.0"
RATE = 48_000
SAMPLES = 960
"""In a block of 20 ms."""
LONGEST = 1_275
"""Bytes of the longest packet of one frame (RFC 6716 §3.4)."""
FRAMES = 5_760
"""Samples of the longest packet, 120 ms (RFC 6716 §2.1.4)."""
_BITRATE, _VBR, _COMPLEXITY, _FEC, _LOSS, _DTX, _SIGNAL = 4002, 4006, 4010, 4012, 4014, 4016, 4024
"""OPUS_SET_…_REQUEST."""
_VOICE, _MUSIC = 3001, 3002
_LENGTHS = {(SAMPLES * blocks,) for blocks in (1, 2, 3)}
"""Of what one packet may hold (RFC 6716 §2.1.4)."""
_COMPLEXITIES = {_VOICE: 6, _MUSIC: 9}


class Application(IntEnum):
    """What the sound is for."""

    VOICE = 2048
    """OPUS_APPLICATION_VOIP: high-passed, tuned to speech."""
    AUDIO = 2049
    """OPUS_APPLICATION_AUDIO: faithful, flat from 20 Hz (measured: within 0.1 dB at 32 kbit/s and above)."""


class Encoder:
    """One stream at ``bitrate`` bits per second. ``fec``: each packet carries a coarse copy of the one before it, as
    soon as a loss is expected. Raises CallError (CAL-30)."""

    def __init__(self, application: Application, bitrate: int, *, fec: bool = False) -> None:
        self._library = _load()
        failed = ctypes.c_int()
        self._state = self._library.opus_encoder_create(RATE, 1, int(application), ctypes.byref(failed))
        if not self._state:
            raise _trouble(f"encoder: {failed.value}")
        signal = _VOICE if application is Application.VOICE else _MUSIC
        for request, value in (
            (_BITRATE, bitrate),
            (_VBR, 1),
            (_DTX, 0),
            (_FEC, int(fec)),
            (_SIGNAL, signal),
            (_COMPLEXITY, _COMPLEXITIES[signal]),
        ):
            self._set(request, value)
        self._room = ctypes.create_string_buffer(LONGEST)

    def __del__(self) -> None:
        """Give the encoder back."""
        if getattr(self, "_state", None):
            self._library.opus_encoder_destroy(self._state)

    def expect(self, loss: int) -> None:
        """Prepare for ``loss`` packets of a hundred being lost, from the next block on."""
        self._set(_LOSS, loss)

    def rate(self, bits: int) -> None:
        """Aim at ``bits`` per second from the next packet on."""
        self._set(_BITRATE, bits)

    def encode(self, block: Block) -> bytes:
        """One to three blocks of 960 samples as one packet. Raises CallError."""
        if block.shape not in _LENGTHS or block.dtype != np.int16:
            raise ValueError(f"a block is int16 of shape ({SAMPLES},), not {block.dtype} of {block.shape}")
        samples = np.ascontiguousarray(block)
        size = self._library.opus_encode(self._state, samples.ctypes.data, len(samples), self._room, LONGEST)
        if size < 0:
            raise _trouble(f"encode: {size}")
        return self._room.raw[:size]

    def _set(self, request: int, value: int) -> None:
        result = self._library.opus_encoder_ctl(self._state, ctypes.c_int(request), ctypes.c_int(value))
        if result:
            raise _trouble(f"setting {request} to {value}: {result}")


class Decoder:
    """One stream, whatever it was encoded as, as mono."""

    def __init__(self) -> None:
        self._library = _load()
        failed = ctypes.c_int()
        self._state = self._library.opus_decoder_create(RATE, 1, ctypes.byref(failed))
        if not self._state:
            raise _trouble(f"decoder: {failed.value}")
        self._room = np.zeros(FRAMES, np.int16)

    def __del__(self) -> None:
        """Give the decoder back."""
        if getattr(self, "_state", None):
            self._library.opus_decoder_destroy(self._state)

    def decode(self, packet: bytes) -> Block:
        """What a packet holds: any whole number of 2.5 ms, up to 120 ms. Raises CallError: it is no Opus."""
        return self._decode(packet, FRAMES, fec=False)

    def recover(self, following: bytes) -> Block:
        """The 20 ms before a packet, from the copy it carries; concealed where it carries none. Raises CallError."""
        return self._decode(following, SAMPLES, fec=True)

    def conceal(self) -> Block:
        """20 ms that continue what was decoded last, and fade the longer it lasts."""
        return self._decode(None, SAMPLES, fec=False)

    def _decode(self, packet: bytes | None, samples: int, *, fec: bool) -> Block:
        size = len(packet) if packet is not None else 0
        room = self._room.ctypes.data
        count = self._library.opus_decode(self._state, packet, size, room, samples, int(fec))
        if count < 0:
            raise _trouble(f"decode: {count}")
        return self._room[:count].copy()


@lru_cache(maxsize=1)
def _load() -> Any:  # noqa: ANN401 - a C library
    try:
        library = ctypes.CDLL(LIBRARY)
    except OSError as error:
        raise _trouble(f"{LIBRARY}: {error}") from error
    pointer, number = ctypes.c_void_p, ctypes.c_int
    for name, result, arguments in (
        ("opus_encoder_create", pointer, [number, number, number, ctypes.POINTER(number)]),
        ("opus_encoder_destroy", None, [pointer]),
        ("opus_encode", number, [pointer, pointer, number, ctypes.c_char_p, number]),
        ("opus_decoder_create", pointer, [number, number, ctypes.POINTER(number)]),
        ("opus_decoder_destroy", None, [pointer]),
        ("opus_decode", number, [pointer, ctypes.c_char_p, number, pointer, number, number]),
    ):
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    library.opus_encoder_ctl.restype = number
    library.opus_encoder_ctl.argtypes = [pointer]  # and a request with its value: the function is variadic
    return library


def _trouble(detail: str) -> CallError:
    return CallError(30, "Le son de l’appel ne peut pas être codé. Appelez le technicien.", f"opus: {detail}")

# SPDX-License-Identifier: Apache-2.0
"""One open serial port: pyserial sets it up, the event loop reads and writes it. Every wait has a deadline."""

import asyncio
import errno
import logging
import os
import termios
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import serial

from device.errors import SerialError
from device.registry import Model, Parity
from device.serial import faults
from device.serial.timing import Deadlines

log = logging.getLogger(__name__)

PARITIES = {Parity.NONE: serial.PARITY_NONE, Parity.ODD: serial.PARITY_ODD, Parity.EVEN: serial.PARITY_EVEN}
READ = 4096
_GONE = frozenset({errno.ENOENT, errno.ENXIO, errno.ENODEV, errno.EIO, errno.ENOTTY})
_CLOSED = frozenset({errno.EACCES, errno.EPERM, errno.EBUSY, errno.EAGAIN})


class Port:
    """A port that is open; its methods raise SerialError."""

    def __init__(self, line: serial.Serial, kind: str, deadlines: Deadlines) -> None:
        self._fd: int = line.fileno()
        self._kind = kind
        self._deadlines = deadlines

    async def read(self, seconds: float) -> bytes:
        """What came, gathered for a moment; nothing after ``seconds`` without any."""
        loop = asyncio.get_running_loop()
        if not await _ready(self._fd, seconds, loop.add_reader, loop.remove_reader):
            return b""
        await asyncio.sleep(self._deadlines.gather)
        try:
            data = os.read(self._fd, READ)
        except BlockingIOError:
            return b""
        except OSError as error:
            raise faults.absent(self._kind, f"read: {error.strerror}") from error
        if not data:
            raise faults.absent(self._kind, "the port reports readiness to read but returned no data")
        return data

    async def write(self, data: bytes) -> None:
        """Send all of ``data``."""
        loop = asyncio.get_running_loop()
        while data:
            if not await _ready(self._fd, self._deadlines.write, loop.add_writer, loop.remove_writer):
                raise faults.broken(self._kind, "write took too long")
            try:
                data = data[os.write(self._fd, data) :]
            except BlockingIOError:
                continue
            except OSError as error:
                raise faults.absent(self._kind, f"write: {error.strerror}") from error


@asynccontextmanager
async def opened(path: Path, model: Model, deadlines: Deadlines) -> AsyncIterator[Port]:
    """The port at ``path``, exclusively, at the speed and parity of ``model``. Raises SerialError."""
    line = await _open(path, model, deadlines)
    try:
        yield Port(line, model.kind, deadlines)
    finally:
        await _close(line, deadlines)


async def _open(path: Path, model: Model, deadlines: Deadlines) -> serial.Serial:
    """Opening a USB adapter may block, so it is done in a thread; one that comes too late is closed again."""
    opening = asyncio.ensure_future(asyncio.to_thread(_set_up, path, model))
    try:
        async with asyncio.timeout(deadlines.open):
            return await asyncio.shield(opening)
    except (TimeoutError, asyncio.CancelledError) as error:
        opening.add_done_callback(_too_late)
        if isinstance(error, TimeoutError):
            raise faults.broken(model.kind, "opening took too long") from error
        raise
    except (OSError, termios.error, ValueError) as error:
        raise _refused(model.kind, error) from error


def _set_up(path: Path, model: Model) -> serial.Serial:
    parity = PARITIES[model.parity]
    line = serial.Serial(str(path), model.baud, parity=parity, timeout=0, write_timeout=0, exclusive=True)
    if model.parity is not Parity.NONE:
        _drop_wrong_parity(line.fileno())
    with suppress(termios.error, OSError):
        line.reset_input_buffer()
    return line


def _drop_wrong_parity(descriptor: int) -> None:
    """Have the kernel check the parity, which pyserial leaves off, and drop the bytes where it is wrong."""
    settings = termios.tcgetattr(descriptor)
    settings[0] = settings[0] & ~termios.PARMRK | termios.INPCK | termios.IGNPAR
    termios.tcsetattr(descriptor, termios.TCSANOW, settings)


def _refused(kind: str, error: Exception) -> SerialError:
    number = getattr(error, "errno", None)
    if isinstance(error, termios.error):
        number = error.args[0]
    detail = f"{type(error).__name__}: {error}"
    if number in _GONE:
        return faults.absent(kind, detail)
    return faults.closed(kind, detail) if number in _CLOSED else faults.broken(kind, detail)


def _too_late(opening: "asyncio.Future[serial.Serial]") -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.get_loop().run_in_executor(None, _shut, opening.result())


async def _close(line: serial.Serial, deadlines: Deadlines) -> None:
    closing = asyncio.ensure_future(asyncio.to_thread(_shut, line))
    try:
        async with asyncio.timeout(deadlines.close):
            await asyncio.shield(closing)
    except TimeoutError:
        log.warning("a port does not close")


def _shut(line: serial.Serial) -> None:
    """Close without waiting for what was not sent."""
    with suppress(OSError, termios.error):
        termios.tcflush(line.fileno(), termios.TCIOFLUSH)
    with suppress(OSError, termios.error):
        line.close()


async def _ready(
    descriptor: int,
    seconds: float,
    add: Callable[..., None],
    remove: Callable[[int], bool],
) -> bool:
    """Whether the descriptor became ready in time."""
    ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def mark() -> None:
        if not ready.done():
            ready.set_result(None)

    add(descriptor, mark)
    try:
        async with asyncio.timeout(seconds):
            await ready
    except TimeoutError:
        return False
    finally:
        remove(descriptor)
    return True

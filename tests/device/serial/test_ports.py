# SPDX-License-Identifier: Apache-2.0
"""Ports by their stable names, and one port opened."""

import asyncio
import os
import termios
from types import SimpleNamespace

import pytest

from device.errors import SerialError
from device.registry import Parity, Registry
from device.serial import Deadlines, Plugged, SystemPorts, ports
from device.serial import port as port_module
from device.serial.port import opened
from device.serial.timing import backoff
from tests.device.serial.bench import QUICK, ROOT
from virtual.serial.port import VirtualPort

MODELS = Registry.load(ROOT / "config/models.toml", ROOT / "config/instruments.toml").models
CONTEC, NONIN = MODELS["contec-cms50dplus"], MODELS["nonin-xpod"]


@pytest.fixture
async def cable():
    port = VirtualPort(Plugged("/dev/x"))
    port.plug_in()
    yield port
    port.pull()


async def test_a_name_is_followed_and_a_pattern_must_fit_one_device(cable, tmp_path):
    by_path = tmp_path / "by-path"
    by_path.mkdir()
    (by_path / "pci-0-usb-0:1.2:1.0-port0").symlink_to(cable.path)
    (by_path / "pci-0-usb-0:1.2:1.0").symlink_to(cable.path)
    found = SystemPorts()
    assert found.find(str(by_path / "pci-0-usb-0:1.2:1.0-port0")) == cable.path
    assert found.find(str(by_path / "*-usb-0:1.2:*")) == cable.path
    assert found.find(str(by_path / "*-usb-0:1.3:*")) is None
    assert found.find(str(tmp_path)) is None, "a folder is no port"
    other = VirtualPort(Plugged("/dev/y"))
    other.plug_in()
    (by_path / "pci-0-usb-0:1.2:1.1").symlink_to(other.path)
    assert found.find(str(by_path / "*-usb-0:1.2:*")) is None, "two devices: neither is taken"
    other.pull()
    cable.pull()
    assert found.find(str(by_path / "pci-0-usb-0:1.2:1.0-port0")) is None


def info(device: str, serial: str | None, *, vid: int | None = 0x10C4):
    return SimpleNamespace(
        device=device, vid=vid, pid=0xEA60, serial_number=serial, product="CP2102\n USB", description="x"
    )


def test_twins_are_named_by_their_socket_and_others_by_what_they_are(tmp_path, monkeypatch):
    devices = [info("/dev/ttyUSB0", "0001"), info("/dev/ttyUSB1", "0001"), info("/dev/ttyACM0", "Z9")]
    devices += [info("/dev/ttyS0", None, vid=None), info("/dev/rfcomm0", None, vid=None), info("/dev/ttyUSB7", "lost")]
    for folder, links in {
        "by-id": {"usb-cp2102_0001": "/dev/ttyUSB1", "usb-scanner_Z9": "/dev/ttyACM0"},
        "by-path": {"usb-0:1": "/dev/ttyUSB0", "usb-0:2": "/dev/ttyUSB1", "usb-0:3": "/dev/ttyACM0"},
    }.items():
        (tmp_path / folder).mkdir()
        for name, device in links.items():
            (tmp_path / folder / name).symlink_to(device)
    monkeypatch.setattr(ports, "FOLDERS", (tmp_path / "by-id", tmp_path / "by-path"))
    monkeypatch.setattr(ports.list_ports, "comports", lambda: devices)
    found = {one.address.removeprefix(str(tmp_path)): one for one in SystemPorts().plugged()}
    assert set(found) == {"/by-path/usb-0:1", "/by-path/usb-0:2", "/by-id/usb-scanner_Z9", "/dev/rfcomm0"}
    assert found["/by-id/usb-scanner_Z9"] == Plugged(
        f"{tmp_path}/by-id/usb-scanner_Z9", "10c4:ea60", "CP2102 USB", "Z9"
    )
    assert found["/dev/rfcomm0"].usb == ""


async def test_a_line_with_parity_is_checked_by_the_kernel(cable):
    assert CONTEC.parity is Parity.ODD
    async with opened(cable.path, CONTEC, QUICK):
        descriptor = os.open(cable.path, os.O_RDWR | os.O_NOCTTY)
        input_flags = termios.tcgetattr(descriptor)[0]
        os.close(descriptor)
        assert input_flags & termios.INPCK
        assert input_flags & termios.IGNPAR
        assert not input_flags & termios.PARMRK


async def test_a_port_is_read_and_written_and_what_was_there_before_is_not_read(cable):
    heard = []
    cable._hear = heard.append
    cable.send(b"old")
    async with opened(cable.path, NONIN, QUICK) as port:
        assert await port.read(0.02) == b""
        cable.send(b"new")
        assert await port.read(1.0) == b"new"
        await port.write(b"hello")
        async with asyncio.timeout(5):
            while b"".join(heard) != b"hello":
                await asyncio.sleep(0.001)


async def test_a_port_that_nobody_empties_does_not_hold_up_a_write(cable):
    asyncio.get_running_loop().remove_reader(cable._master)
    quick = Deadlines(write=0.05)
    async with opened(cable.path, NONIN, quick) as port:
        with pytest.raises(SerialError) as caught:
            await port.write(b"x" * 100_000)
        assert caught.value.code == "SER-03"
    asyncio.get_running_loop().add_reader(cable._master, cable._read)


async def test_a_pulled_cable_is_said_as_such_while_reading_and_while_writing(cable):
    async with opened(cable.path, NONIN, QUICK) as port:
        reading = asyncio.create_task(port.read(5.0))
        await asyncio.sleep(0)
        cable.pull()
        with pytest.raises(SerialError) as caught:
            await reading
        assert caught.value.code == "SER-01"
        with pytest.raises(SerialError) as caught:
            await port.write(b"x")
        assert caught.value.code == "SER-01"


async def test_a_port_that_is_not_there_or_is_none_is_an_error_with_its_code(tmp_path):
    (tmp_path / "file").write_text("no port")
    for path, code in ((tmp_path / "nothing", "SER-01"), (tmp_path / "file", "SER-03")):
        with pytest.raises(SerialError) as caught:
            async with opened(path, NONIN, QUICK):
                pass
        assert caught.value.code == code


async def test_an_opening_that_hangs_is_given_up_and_closed_when_it_comes(cable, monkeypatch):
    release, late = asyncio.Event(), []
    loop = asyncio.get_running_loop()
    real = port_module._set_up

    def slow(path, model):
        asyncio.run_coroutine_threadsafe(release.wait(), loop).result(5)
        line = real(path, model)
        late.append(line)
        return line

    monkeypatch.setattr(port_module, "_set_up", slow)
    with pytest.raises(SerialError, match="opening took too long"):
        async with opened(cable.path, NONIN, Deadlines(open=0.05)):
            pass
    release.set()
    async with asyncio.timeout(5):
        while not late or late[0].is_open:
            await asyncio.sleep(0.005)


def test_pauses_double_up_to_a_ceiling():
    assert [backoff(failures, Deadlines()) for failures in (0, 1, 2, 3, 99)] == [0.0, 0.5, 1.0, 2.0, 60.0]

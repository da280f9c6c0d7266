# SPDX-License-Identifier: Apache-2.0
"""The virtual instruments on cables speak bytes that the product's own drivers read."""

import asyncio
import os

import pytest

from device.driver import Frame
from device.framing import Framing
from device.registry import Instrument, Registry
from device.serial import Plugged
from drivers.contec import ContecFive, ContecSeven
from drivers.nonin import NoninTwo
from tests.device.serial.bench import ROOT, address
from virtual.ble.control import Control, tell
from virtual.serial.finger import ContecFiveVoice, ContecSevenVoice, Finger, NoninTwoVoice
from virtual.serial.orders import Handle
from virtual.serial.oximeter import VirtualSerialOximeter
from virtual.serial.port import VirtualPort, VirtualPorts
from virtual.serial.room import furnish

SPOKEN = [(ContecFiveVoice, ContecFive), (ContecSevenVoice, ContecSeven), (NoninTwoVoice, NoninTwo)]


@pytest.mark.parametrize(("voice", "driver"), SPOKEN)
@pytest.mark.parametrize("finger", [Finger(97, 72), Finger(70, 201), Finger(100, 30), None])
def test_what_a_voice_says_is_read_as_its_finger(voice, driver, finger):
    spoken, reader = voice(), driver()
    framing = Framing(reader)
    frames = list(framing.feed(b"".join(spoken.frame(finger) for _ in range(100))))
    assert len(frames) in {100, 4}
    assert framing.dropped == 0
    for frame in frames:
        saturation, pulse = reader.decode(Frame("", frame))
        assert (saturation.value, pulse.value) == (finger or (None, None))


async def test_protocol_7_is_silent_until_it_is_asked():
    port = VirtualPort(Plugged("/dev/x"))
    unit = VirtualSerialOximeter(port, ContecSevenVoice())
    unit.plug()
    fd = os.open(port.path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    heard = asyncio.Event()
    asyncio.get_running_loop().add_reader(fd, heard.set)
    unit.finger = Finger(97, 72)
    await unit.start()
    await asyncio.sleep(0.15)
    assert not heard.is_set()
    os.write(fd, b"\x7d\x81\xa1" + b"\x80" * 6)
    async with asyncio.timeout(5):
        await heard.wait()
    asyncio.get_running_loop().remove_reader(fd)
    os.close(fd)
    await unit.stop()
    unit.pull()


def units(tmp_path, *rows: tuple[str, str]) -> Registry:
    registry = Registry.load(ROOT / "config/models.toml", tmp_path / "instruments.toml")
    for name, model in rows:
        registry.enrol(Instrument(name, model, address(name), "1", registry.models[model].label, simulated=True))
    return registry


async def test_the_strings_of_the_puppets_move_them(tmp_path):
    registry = units(tmp_path, ("oxymetre", "contec-cms50dplus"), ("lecteur", "serial-scanner"))
    ports = VirtualPorts()
    cabled = furnish(ports, registry)
    control = Control(tmp_path / "strings", {}, {name: Handle(one) for name, one in cabled.items()})
    serving = asyncio.create_task(control.run())
    await control.ready.wait()
    try:
        assert ports.find(address("lecteur")) is None
        for name in cabled:
            assert (await tell(tmp_path / "strings", {"instrument": name, "do": "plug"})).ok
        assert ports.find(address("lecteur")) is not None
        answer = await tell(tmp_path / "strings", {"instrument": "lecteur", "do": "scan", "text": "A\x1dB"})
        assert bytes.fromhex(answer.sent[0]) == b"A\x1dB\r"
        order = {"instrument": "oxymetre", "do": "insert-finger", "saturation": 95, "pulse": 80}
        answer = await tell(tmp_path / "strings", order)
        saturation, _ = ContecFive().decode(Frame("", bytes.fromhex(answer.sent[0])[:5]))
        assert saturation.value == 95
        for wrong in ({"do": "scan", "text": "x"}, {"do": "insert-finger", "saturation": "x"}, {"do": "dance"}):
            assert not (await tell(tmp_path / "strings", {"instrument": "oxymetre", **wrong})).ok
        assert (await tell(tmp_path / "strings", {"instrument": "oxymetre", "do": "unplug"})).ok
        assert ports.find(address("oxymetre")) is None
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        for one in cabled.values():
            await one.stop()
            one.pull()


def test_a_model_without_a_virtual_instrument_is_refused(tmp_path):
    with pytest.raises(ValueError, match="no virtual instrument for driver 'nonin-13'"):
        furnish(VirtualPorts(), units(tmp_path, ("oxymetre", "nonin-onyx-9560")))

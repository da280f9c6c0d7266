# SPDX-License-Identifier: Apache-2.0
"""Recorded frames: nothing in them names a unit, what they say stays, and the conformance tests take them."""

import json
import threading
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

import pytest

from cart.cli import main
from cart.recording import Unit, anonymous, document, keep, origin
from device.driver import Frame
from device.encounter import Limits
from device.errors import FrameError
from device.measurement import Measurement
from device.registry import Registry
from device.wire import sig_uuid
from tests.cart.technicians import Cart
from tests.device.station.buses import CUFF
from tests.drivers.conformance import CHECKS, Folders, subject

ROOT = Path(__file__).parents[2]
REGISTRY = Registry.load(ROOT / "config/models.toml", ROOT / "config/instruments.toml")
MODEL = REGISTRY.models["and-ua-651ble"]
UNIT = Unit("C0:26:DF:12:34:56", "5160700001")
PRESSURE = sig_uuid(0x2A35)
GOOD = bytes.fromhex("16800050006000dd07081a090a1448000000")


class Checked:
    """A driver whose frames end in the sum of their bytes, as many proprietary ones do."""

    def decode(self, frame: Frame) -> Iterable[Measurement]:
        if sum(frame.data[:-1]) % 256 != frame.data[-1]:
            raise FrameError("checksum")
        return ()


@pytest.mark.parametrize(
    "secret",
    [
        b"5160700001",
        bytes.fromhex("5160700001"),
        bytes.fromhex("5160700001")[::-1],
        b"C0:26:DF:12:34:56",
        b"c026df123456",
        bytes.fromhex("C026DF123456"),
        bytes.fromhex("C026DF123456")[::-1],
    ],
)
def test_address_and_serial_are_replaced_wherever_they_stand(secret: bytes):
    data = b"\x16\x80" + secret + b"\x48\x00"
    found = anonymous(data, UNIT)
    assert len(found) == len(data)
    assert secret not in found
    assert (found[:2], found[-2:]) == (data[:2], data[-2:])


def test_what_is_measured_stays():
    assert anonymous(GOOD, UNIT) == GOOD
    assert anonymous(b"1234", Unit("/dev/serial/by-id/x", "12")) == b"1234"


def test_a_frame_that_cannot_be_cleaned_without_spoiling_it_is_left_out():
    body = b"A" + UNIT.serial.encode()
    spoiled = Frame("", body + bytes([sum(body) % 256]))
    good = Frame("", b"\x01\x01")
    kept = keep([spoiled, good, good], UNIT, Checked(), 10, "recorded x")
    assert [one["hex"] for one in kept.frames] == ["0101"]
    assert kept.dropped == 1


def test_each_frame_stands_once_and_not_too_many_do():
    frames = [Frame("", bytes([number, number])) for number in (1, 2, 2, 3, 4)]
    assert [one["hex"] for one in keep(frames, UNIT, Checked(), 3, "recorded x").frames] == ["0101", "0202", "0303"]


def test_an_unreadable_frame_is_kept_with_its_error():
    (one,) = keep([Frame(PRESSURE, GOOD[:5])], UNIT, REGISTRY.driver(MODEL), 10, "recorded x").frames
    assert one["source"] == "2a35"
    assert "error" in one
    assert "measurements" not in one


def test_the_conformance_tests_take_what_was_recorded(tmp_path: Path):
    told = origin(MODEL, "1.02", date(2026, 11, 21), simulated=False)
    frames = [Frame(PRESSURE, GOOD), Frame(PRESSURE, GOOD[:9]), Frame(PRESSURE, bytes(3))]
    kept = keep(frames, UNIT, REGISTRY.driver(MODEL), 10, told)
    (tmp_path / f"{MODEL.id}.json").write_text(document(MODEL, kept.frames), "utf-8")
    conforms(MODEL.id, tmp_path)


def conforms(model: str, frames: Path) -> None:
    """Run every check of the conformance tests on one row with the frames of a folder."""
    folders = Folders(REGISTRY, frames, ROOT / "docs/instruments", Limits.load(ROOT / "config/limits.toml"))
    for check in CHECKS:
        check(subject(folders, REGISTRY.models[model]))


@pytest.fixture
def cart(tmp_path: Path) -> Iterator[Cart]:
    with Cart(tmp_path / "run").running() as cart:
        yield cart


def record(cart: Cart, out: Path, *frames: bytes) -> int:
    """Run the command while an instrument sends."""
    words = ["record", "cuff-1", "--seconds", "1", "--out", str(out), "--runtime", str(cart.runtime)]
    status: list[int] = []
    command = threading.Thread(target=lambda: status.append(main(words)))
    command.start()
    if not out.exists():
        cart.listening()
        for data in frames:
            cart.at_once(lambda data=data: cart.bus.sends("cuff-1", data))
    command.join(20)
    return status[0]


def test_the_command_writes_a_file_that_conforms(cart: Cart, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    out = tmp_path / f"{MODEL.id}.json"
    assert record(cart, out, GOOD, GOOD, b"\x16") == 0
    said = capsys.readouterr().out
    assert "2 trames différentes, sur 3" in said
    assert "Systolique : 128 mmHg" in said
    frames = json.loads(out.read_text("utf-8"))["frames"]
    assert [one["hex"] for one in frames] == [GOOD.hex(), "16"]
    assert all(one["origin"].startswith("recorded ") for one in frames)
    assert CUFF.address not in out.read_text("utf-8")
    conforms(MODEL.id, tmp_path)


def test_an_instrument_that_says_nothing_leaves_no_file(cart: Cart, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    out = tmp_path / "out.json"
    assert record(cart, out) == 1
    assert "BLE-53" in capsys.readouterr().err
    assert not out.exists()


def test_a_file_that_is_there_is_left_as_it_is(cart: Cart, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    out = tmp_path / "out.json"
    out.write_text("mine")
    assert record(cart, out) == 1
    assert "CFG-31" in capsys.readouterr().err
    assert out.read_text() == "mine"


def test_an_instrument_that_nobody_knows(cart: Cart, capsys: pytest.CaptureFixture[str]):
    assert main(["record", "oxi-9", "--runtime", str(cart.runtime)]) == 1
    assert "BLE-54" in capsys.readouterr().err


def test_a_model_that_this_configuration_does_not_have(cart: Cart, capsys: pytest.CaptureFixture[str]):
    cart.at_once(lambda: cart.bus.enrolled.update({"new-1": "not-yet"}))
    assert main(["record", "new-1", "--runtime", str(cart.runtime)]) == 1
    assert "CFG-32" in capsys.readouterr().err


def test_what_a_scanner_reads_is_not_recorded(cart: Cart, capsys: pytest.CaptureFixture[str]):
    cart.at_once(lambda: cart.bus.enrolled.update({"lecteur": "serial-scanner"}))
    assert main(["record", "lecteur", "--runtime", str(cart.runtime)]) == 1
    assert "BLE-55" in capsys.readouterr().err

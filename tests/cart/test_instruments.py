# SPDX-License-Identifier: Apache-2.0
"""``chevet instruments``: what a technician types, and what is done and told."""

import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from cart.cli import main
from cart.instruments import _ago
from cart.terminal import table
from device.entry import InstrumentEnrolled, InstrumentRetired
from device.station.state import Notice
from tests.cart.technicians import Cart
from tests.device.station.buses import CUFF, METER, PASSKEY


@pytest.fixture
def cart(tmp_path: Path) -> Iterator[Cart]:
    with Cart(tmp_path).running() as cart:
        yield cart


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch):
    def type_(*lines: str) -> None:
        monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in lines)))

    type_()
    return type_


def run(cart: Cart, *words: str) -> int:
    return main(["instruments", *words, "--runtime", str(cart.runtime)])


def test_the_list_says_how_each_instrument_is(cart: Cart, capsys: pytest.CaptureFixture[str]):
    assert run(cart, "list") == 0
    header, row = capsys.readouterr().out.splitlines()
    assert " ".join(header.split()) == "nom modèle numéro de série état pile signal horloge vu il y a appairage erreurs"
    assert " ".join(row.split()) == "cuff-1 and-ua-651ble 5161 prêt 80 % -52 dBm +3 s, réglée – fait –"


def test_the_list_is_also_for_programs(cart: Cart, capfdbinary: pytest.CaptureFixture[bytes]):
    assert run(cart, "list", "--json") == 0
    (one,) = json.loads(capfdbinary.readouterr().out)
    assert (one["state"]["id"], one["bond"], one["rssi"]) == ("cuff-1", "bonded", -52)


def test_what_is_in_reach_is_shown_with_what_it_may_be(cart: Cart, capsys: pytest.CaptureFixture[str]):
    assert run(cart, "discover", "--seconds", "1") == 0
    said = capsys.readouterr().out
    assert CUFF.address in said
    assert "accu-chek-guide, profile-glucometer" in said


def test_an_instrument_is_chosen_named_and_paired_at_the_prompt(cart: Cart, typed, capsys: pytest.CaptureFixture[str]):
    typed("2", "1", "glucometre-1", PASSKEY)
    assert run(cart, "enrol") == 0
    said = capsys.readouterr().out
    assert "Tapez les six chiffres que montre l’instrument." in said
    assert "✓ connexion : Connecté." in said
    assert cart.bus.enrolled["glucometre-1"] == "accu-chek-guide"
    (written,) = cart.desk.written
    assert isinstance(written, InstrumentEnrolled)


def test_nothing_typed_is_the_likeliest_model_under_its_own_name(cart: Cart, typed):
    typed("2", "", "", PASSKEY)
    assert run(cart, "enrol") == 0
    assert cart.bus.enrolled["accu-chek-guide"] == "accu-chek-guide"


@pytest.mark.usefixtures("typed")
def test_everything_may_be_told_before(cart: Cart):
    words = [
        "--address",
        METER.address.lower(),
        "--model",
        "profile-glucometer",
        "--name",
        "meter",
        "--passkey",
        PASSKEY,
    ]
    assert run(cart, "enrol", *words) == 0
    assert cart.bus.enrolled["meter"] == "profile-glucometer"


@pytest.mark.parametrize(
    ("words", "lines", "code"),
    [
        (["--address", "C0:00:00:00:00:99"], [], "BLE-51"),
        ([], ["9"], "BLE-52"),
        ([], [], "BLE-52"),
        (["--address", CUFF.address], ["Tensiomètre 1"], "CFG-30"),
        (["--address", METER.address, "--model", "accu-chek-guide", "--name", "m"], ["000000"], "BLE-31"),
        (["--address", METER.address, "--model", "accu-chek-guide", "--name", "m"], [], "BLE-50"),
    ],
)
def test_what_is_not_so_is_said_and_changes_nothing(
    cart: Cart, typed, capsys: pytest.CaptureFixture[str], words: list[str], lines: list[str], code: str
):
    typed(*lines)
    assert run(cart, "enrol", *words) == 1
    assert code in capsys.readouterr().err
    assert set(cart.bus.enrolled) == {"cuff-1"}


def test_a_test_tells_its_steps_and_what_failed(cart: Cart, capsys: pytest.CaptureFixture[str]):
    assert run(cart, "test", "cuff-1") == 1
    told = capsys.readouterr()
    assert "✓ connexion : Connecté." in told.out
    assert "✗ trame : Aucune mesure reçue. (BLE-32)" in told.out
    assert "BLE-32" in told.err


def test_pairing_again_shows_and_asks(cart: Cart, typed, capsys: pytest.CaptureFixture[str]):
    typed("oui")
    assert run(cart, "repair", "cuff-1") == 0
    assert f"Tapez sur l’instrument : {PASSKEY}" in capsys.readouterr().out
    assert cart.bus.agreed is True
    assert run(cart, "repair", "cuff-1") == 0
    assert cart.bus.agreed is False


def test_nothing_is_retired_without_a_yes(cart: Cart, typed):
    typed("n")
    assert run(cart, "retire", "cuff-1") == 1
    assert set(cart.bus.enrolled) == {"cuff-1"}
    assert run(cart, "retire", "cuff-1", "--yes") == 0
    assert not cart.bus.enrolled
    assert isinstance(cart.desk.written[0], InstrumentRetired)


def test_a_bedside_is_left_in_peace(cart: Cart, capsys: pytest.CaptureFixture[str]):
    cart.at_once(cart.desk.open)
    assert run(cart, "test", "cuff-1") == 1
    said = capsys.readouterr().err
    assert "CMD-70" in said
    assert "Une téléconsultation est ouverte" in said
    assert run(cart, "list") == 0


def test_a_cart_that_does_not_run_is_said_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["instruments", "list", "--runtime", str(tmp_path / "nowhere")]) == 1
    said = capsys.readouterr().err
    assert "MSG-20" in said
    assert "démarrez chevet-device" in said


def test_a_table_is_as_wide_as_its_cells():
    assert table(("a", "bb"), (("ccc", "d"), ("é", "f"))) == "a    bb\nccc  d\né    f"


def test_ages_are_told_in_the_largest_unit():
    assert [_ago(seconds) for seconds in (-1, 59.9, 61, 3600, 200000)] == ["0 s", "59 s", "1 min", "1 h", "2 j"]


def test_the_carts_own_warnings_follow_the_list(cart: Cart, capsys: pytest.CaptureFixture[str]):
    warned = msgspec.structs.replace(cart.desk.state, warnings=(Notice("CHV-11", "Le boîtier chauffe."),))
    cart.at_once(lambda: setattr(cart.desk, "state", warned))
    assert run(cart, "list") == 0
    assert capsys.readouterr().out.splitlines()[-1] == "chariot : Le boîtier chauffe. (CHV-11)"

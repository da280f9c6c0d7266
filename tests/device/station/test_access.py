# SPDX-License-Identifier: Apache-2.0
"""Operators sign in with their own code."""

from pathlib import Path

import pytest

from device.errors import ConfigurationError, Refusal
from device.people import Operator
from device.station.access import HASHER, LOCK_SECONDS, TRIES, Operators

CAMILLE = Operator("camille", "Camille Morel", "infirmière")


class Monotonic:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def monotonic() -> Monotonic:
    return Monotonic()


@pytest.fixture
def operators(monotonic: Monotonic) -> Operators:
    return Operators({CAMILLE: HASHER.hash("123456")}, monotonic)


async def test_the_right_code_names_the_operator(operators: Operators):
    assert await operators.check("camille", "123456") == CAMILLE


@pytest.mark.parametrize(("who", "pin", "code"), [("camille", "654321", "CMD-01"), ("nobody", "123456", "CMD-02")])
async def test_a_wrong_code_or_name_is_refused(operators: Operators, who: str, pin: str, code: str):
    with pytest.raises(Refusal) as refusal:
        await operators.check(who, pin)
    assert refusal.value.code == code


async def test_five_wrong_codes_lock_for_a_minute_even_for_the_right_one(operators: Operators, monotonic: Monotonic):
    for _ in range(TRIES):
        with pytest.raises(Refusal):
            await operators.check("camille", "000000")
    with pytest.raises(Refusal) as refusal:
        await operators.check("camille", "123456")
    assert refusal.value.code == "CMD-03"
    monotonic.seconds += LOCK_SECONDS
    assert await operators.check("camille", "123456") == CAMILLE


async def test_a_right_code_forgets_the_wrong_ones(operators: Operators):
    for _ in range(2):
        for _ in range(TRIES - 1):
            with pytest.raises(Refusal):
                await operators.check("camille", "000000")
        assert await operators.check("camille", "123456") == CAMILLE


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[operator]]\nid = 3\n", "operator[0].id"),
        ('[[operator]]\nid = "a"\nname = "A"\nprofession = "b"\npin = "123456"\n', "not an argon2id hash"),
        ("operator = [", "operators.toml"),
    ],
)
def test_a_bad_file_is_named_with_its_place(tmp_path: Path, text: str, said: str):
    path = tmp_path / "operators.toml"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=r"operators\.toml") as error:
        Operators.load(path)
    assert said in str(error.value)


def test_the_demonstrations_operators_are_readable():
    names = [one.name for one in Operators.load(Path(__file__).parents[3] / "config" / "operators.toml").all]
    assert names == ["Camille Morel", "Karim Haddad", "Sophie Petit"]

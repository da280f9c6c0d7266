# SPDX-License-Identifier: Apache-2.0
"""A bad configuration is named with its file, its place and its reason."""

from pathlib import Path

import pytest

from call.relays import Choice
from cart.conference import make, where
from cart.config import Configuration
from device.errors import ConfigurationError

SHIPPED = Path(__file__).parents[2] / "config"


def test_the_shipped_configuration_is_readable_and_names_files_that_exist():
    configuration = Configuration.load(SHIPPED)
    assert configuration.info().place == "EHPAD Les Tilleuls"
    for name in configuration.files.__struct_fields__:
        assert configuration.file(getattr(configuration.files, name)).exists(), name


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('id = "chariot-3"', "id = 3"), "$.cart.id"),
        (('phone = "05 63 00 00 01"\n', ""), "missing required field `phone`"),
        (("[rendezvous]", "[meeting]"), "meeting"),
        (("[cart]", "[cart"), "cart.toml"),
        (('device = "Littmann"', 'device = "default"'), "no sound card"),
        (('device = "Littmann"', 'device = " PipeWire"'), "no sound card"),
        (("[rendezvous]", '[import]\nfolders = "x"\n[rendezvous]'), "folders"),
    ],
)
def test_a_bad_file_says_what_is_wrong_and_where(tmp_path: Path, change: tuple[str, str], said: str):
    text = (SHIPPED / "cart.toml").read_text("utf-8")
    assert change[0] in text
    (tmp_path / "cart.toml").write_text(text.replace(*change), "utf-8")
    with pytest.raises(ConfigurationError) as error:
        Configuration.load(tmp_path)
    assert error.value.code == "CFG-01"
    assert said in str(error.value)


def test_stethoscope_and_import_folder_are_read(tmp_path: Path):
    text = (SHIPPED / "cart.toml").read_text("utf-8")
    whole = text.replace('"Stéthoscope"', '"Littmann CORE"') + '[import]\nfolder = "/srv/chevet-import"\n'
    (tmp_path / "cart.toml").write_text(whole, "utf-8")
    configuration = Configuration.load(tmp_path)
    assert (configuration.stethoscope.device, configuration.stethoscope.label) == ("Littmann", "Littmann CORE")
    assert configuration.imports.folder == "/srv/chevet-import"
    bare = text[: text.index("[stethoscope]")]
    (tmp_path / "cart.toml").write_text(bare, "utf-8")
    assert Configuration.load(tmp_path).stethoscope.device == ""


def test_a_missing_folder_says_so(tmp_path: Path):
    with pytest.raises(ConfigurationError, match=r"cart\.toml"):
        Configuration.load(tmp_path / "nowhere")


def test_models_and_limits_come_with_chevet_and_nothing_else_does(tmp_path: Path):
    (tmp_path / "cart.toml").write_text((SHIPPED / "cart.toml").read_text("utf-8"), "utf-8")
    configuration = Configuration.load(tmp_path)
    assert configuration.file("models.toml") == SHIPPED.resolve() / "models.toml"
    assert configuration.file("operators.toml") == tmp_path / "operators.toml"
    (tmp_path / "models.toml").write_text("", "utf-8")
    assert configuration.file("models.toml") == tmp_path / "models.toml"


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('publish = "http://sfu.example/whip"', "not encrypted"),
        ('publish = "sfu.example/whip"', "no https address"),
        ('receive = "wss://sfu.example/whep"', "no https address"),
        ('receive = "https://user:secret@sfu.example/whep"', "token_file"),
        ('receive = "https://sfu.example/whep#a"', "token_file"),
        ('publish = "https://sfu.example:99999/"', "publish"),
        ('publish = "https://[::1/"', "publish"),
        ('publish = "https://a b/"', "no https address"),
        ('token_file = "conference.token"', "one of them is needed"),
        ('token = "abc"', "token"),
    ],
)
def test_a_conference_that_cannot_be_is_refused(tmp_path: Path, lines: str, said: str):
    text = (SHIPPED / "cart.toml").read_text("utf-8")
    (tmp_path / "cart.toml").write_text(f"{text}\n[conference]\n{lines}\n", "utf-8")
    with pytest.raises(ConfigurationError) as error:
        Configuration.load(tmp_path)
    assert error.value.code == "CFG-01"
    assert said in str(error.value)
    assert "secret" not in str(error.value)


def test_a_conference_stands_beside_its_token(tmp_path: Path):
    text = (SHIPPED / "cart.toml").read_text("utf-8")
    assert where(Configuration.load(SHIPPED)) is None
    lines = (
        'publish = "https://sfu.example/whip/a"\nreceive = "http://127.0.0.1:7/whep"\ntoken_file = "conference.token"'
    )
    (tmp_path / "cart.toml").write_text(f"{text}\n[conference]\n{lines}\n", "utf-8")
    place = where(Configuration.load(tmp_path))
    assert place is not None
    assert (place.publish, place.receive) == ("https://sfu.example/whip/a", "http://127.0.0.1:7/whep")
    assert (place.token, place.authority) == (tmp_path / "conference.token", None)


@pytest.mark.parametrize(
    ("lines", "legs"),
    [
        ("", None),
        ('receive = "https://sfu.example/whep/a"', None),
        ('publish = "https://sfu.example/whip/a"', ["publish"]),
        (
            'publish = "https://sfu.example/whip/a"\nreceive = "https://sfu.example/whep/a"',
            ["publish", "receive"],
        ),
    ],
)
def test_only_a_conference_that_is_sent_to_is_let_in_at_a_bedside(tmp_path: Path, lines: str, legs: list[str] | None):
    text = (SHIPPED / "cart.toml").read_text("utf-8")
    (tmp_path / "cart.toml").write_text(f"{text}\n[conference]\n{lines}\n", "utf-8")
    made = make(Configuration.load(tmp_path), tmp_path)
    assert (made is None) == (legs is None)
    if made is not None:

        async def choice() -> Choice:
            return Choice()

        conference = made(None, None, lambda: None, on_change=lambda: None, choice=choice)
        assert list(conference.standings) == legs

# SPDX-License-Identifier: Apache-2.0
"""A ``[conference]`` that cannot be is refused at start, and what it needs beside it is missed before a call is."""

import logging
from pathlib import Path

import pytest

from cart.cli import main
from cart.conference import make
from cart.config import Configuration
from cart.demo.certificates import issue

SHIPPED = Path(__file__).parents[2] / "config"
PUBLISH = 'publish = "https://sfu.example/whip/a"\n'
SPACED = "two words"


@pytest.fixture
def write(tmp_path: Path):
    """Writes a cart.toml with these lines in its ``[conference]``; its folder."""

    def write(lines: str) -> Path:
        text = (SHIPPED / "cart.toml").read_text("utf-8")
        (tmp_path / "cart.toml").write_text(f"{text}\n[conference]\n{lines}\n", "utf-8")
        return tmp_path

    return write


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('publish = "http://sfu.example/whip"', "publish is not encrypted: write https://"),
        ('receive = "http://192.168.1.4:7080/whep"', "receive is not encrypted: write https://"),
        ('publish = "sfu.example/whip"', "publish is no https address: write https://server/path"),
        ('publish = " https://sfu.example/"', "publish is no https address"),
        ('publish = "https://nurse:secret@sfu.example/"', "belong elsewhere (token_file)"),
        ('publsh = "https://sfu.example/"', "unknown field `publsh`"),
        (PUBLISH + 'token = "secret"', "unknown field `token`"),
        (PUBLISH + "token_file = 3", "$.conference.token_file"),
        ("publish = 3", "$.conference.publish"),
        (PUBLISH + PUBLISH, "Cannot overwrite a value"),
        ('token_file = "conference.token"', "publish, receive: one of them is needed"),
    ],
)
def test_the_device_does_not_start_and_names_the_file_the_place_and_what_to_write(write, capsys, lines, said):
    folder = write(lines)
    options = ["--config", folder, "--state", folder / "state", "--runtime", folder / "runtime"]
    assert main(["device", "--plain", *map(str, options)]) == 1
    told = capsys.readouterr().err
    assert told.startswith("chevet device: CFG-01: La configuration du chariot est illisible. Appelez le technicien.\n")
    assert str(folder / "cart.toml") in told
    assert said in told
    assert "secret" not in told
    assert not (folder / "state").exists()


@pytest.mark.parametrize("token", [None, "", "\n", SPACED, "é"])
def test_a_token_that_is_none_is_logged_at_start_by_its_file_and_not_by_its_text(write, caplog, token):
    folder = write(PUBLISH + 'token_file = "conference.token"')
    if token is not None:
        (folder / "conference.token").write_text(token)
    with caplog.at_level(logging.WARNING, "cart.conference"):
        assert make(Configuration.load(folder), folder) is not None
    (line,) = caplog.messages
    assert line.startswith(f"CFG-22 conference: {folder / 'conference.token'}: ")
    assert SPACED not in line


@pytest.mark.parametrize("authority", [None, "", "no certificate"])
def test_an_authority_that_is_none_is_logged_at_start_by_its_file(write, caplog, authority):
    folder = write(PUBLISH + 'authority = "sfu.pem"')
    if authority is not None:
        (folder / "sfu.pem").write_text(authority)
    with caplog.at_level(logging.WARNING, "cart.conference"):
        assert make(Configuration.load(folder), folder) is not None
    (line,) = caplog.messages
    assert line.startswith(f"CFG-21 conference: {folder / 'sfu.pem'}: ")


def test_what_is_whole_is_not_spoken_of(write, caplog):
    folder = write(PUBLISH + 'token_file = "conference.token"\nauthority = "authority.pem"')
    (folder / "conference.token").write_text("abc.def\n")
    issue(folder)
    assert make(Configuration.load(folder), folder) is not None
    assert make(Configuration.load(SHIPPED), folder) is None
    assert caplog.messages == []

# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import pytest

from device.errors import ConfigurationError
from sync.settings import Settings

SHIPPED = Path(__file__).parents[2] / "config" / "records.toml"
SOURCE = '[source]\nroot = "2.25.1"\ncart = "c"\nestablishment = "e"\n'
SERVER = '[[server]]\nid = "a"\nbase = "https://h.example/fhir"\n'


@pytest.fixture
def loaded(tmp_path):
    path = tmp_path / "records.toml"

    def load(text: str) -> Settings:
        path.write_text(text, encoding="utf-8")
        return Settings.load(path)

    return load


def test_the_shipped_file_is_good():
    settings = Settings.load(SHIPPED)
    assert [one.id for one in settings.server] == ["records"]
    assert settings.source.root.startswith("2.25.")


def test_a_server_has_defaults(loaded):
    (server,) = loaded(SOURCE + SERVER).server
    assert (server.batch, server.parallel, server.deadline) == (20, 2, 30.0)


def test_no_server_is_allowed(loaded):
    assert loaded(SOURCE).server == ()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[source", "end of document"),
        (SERVER, "source"),
        (SOURCE + SERVER + "btach = 3\n", "btach"),
        (SOURCE + SERVER + "batch = 0\n", "batch"),
        (SOURCE + SERVER + 'deadline = "soon"\n', "deadline"),
        (SOURCE + SERVER + "verify = false\n", "verify"),
        (SOURCE + SERVER + SERVER, "stands twice"),
        (SOURCE + SERVER.replace("https", "http"), "must be https"),
        (SOURCE + SERVER.replace("https://h.example/fhir", "fhir"), "no URL"),
        (SOURCE + SERVER.replace("https", "ftp"), "no URL"),
        (SOURCE + SERVER.replace("/fhir", "/fhir?x=1"), "no URL"),
        (SOURCE + SERVER.replace('"a"', '"A b"'), "id"),
        (SOURCE + 'timezone = "Europe/Nowhere"\n', "timezone"),
    ],
)
def test_a_bad_file_is_refused_with_its_place(loaded, text, named):
    with pytest.raises(ConfigurationError, match=r"records\.toml") as caught:
        loaded(text)
    assert named in str(caught.value)
    assert caught.value.code == "CFG-01"


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(ConfigurationError, match="No such file"):
        Settings.load(tmp_path / "records.toml")


def test_this_machine_may_be_plain_http(loaded):
    text = SOURCE + SERVER.replace("https://h.example", "http://127.0.0.1:8466")
    assert loaded(text).server[0].base.startswith("http://")

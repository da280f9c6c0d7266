# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import pytest

from doctor.config import Config, load
from doctor.errors import ConfigurationError
from doctor.tokens import fingerprint

CART = f'[[carts]]\nid = "chevet-12"\ntoken_sha256 = "{fingerprint("t")}"\n'


@pytest.fixture
def write(tmp_path: Path):
    (tmp_path / "server.key").write_bytes(b"k" * 40)

    def to_file(text: str) -> Path:
        path = tmp_path / "doctor.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return to_file


def test_a_whole_file_is_read(write, tmp_path: Path) -> None:
    path = write(
        'public = "https://rendezvous.example"\nhost = "::1"\nport = 443\n'
        'key_file = "server.key"\ninvitation_minutes = 30\n'
        '[tls]\ncertificate = "a.pem"\nprivate_key = "a.key"\n'
        '[relay]\nsecret = "s"\nurls = ["turns:relay.example:443?transport=tcp"]\nminutes = 60\n' + CART
    )
    config = load(path)
    assert config.carts == {"chevet-12": fingerprint("t")}
    assert config.key == b"k" * 40
    assert (config.public, config.host, config.port, config.invitation_minutes) == (
        "https://rendezvous.example",
        "::1",
        443,
        30,
    )
    assert config.certificate == tmp_path / "a.pem"
    assert config.relay is not None
    assert config.relay.seconds == 3600


def test_what_may_be_left_out_has_safe_values(write) -> None:
    config = load(write('key_file = "server.key"\n' + CART))
    assert (config.host, config.behind_proxy, config.relay, config.certificate) == ("127.0.0.1", False, None, None)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("port = !\n", "line 1"),
        (CART, "key_file"),
        ('key_file = "server.key"\ncarts = []\nport = 70000\n', "port"),
        ('key_file = "server.key"\ncarts = []\nprot = 1\n', "prot"),
        ('key_file = "server.key"\n[[carts]]\nid = "a b"\ntoken_sha256 = "00"\n', "carts[0].id"),
        ('key_file = "server.key"\n[[carts]]\nid = "a"\ntoken_sha256 = "00"\n', "carts[0].token_sha256"),
        ('key_file = "server.key"\n' + CART + CART, "an id stands twice"),
        ('key_file = "absent.key"\n' + CART, "key_file"),
        ('key_file = "server.key"\n' + CART + '[relay]\nsecret = "s"\nurls = ["http://relay.example"]\n', "relay.urls"),
        ('key_file = "server.key"\npublic = "rendezvous"\n' + CART, "public"),
    ],
)
def test_an_error_names_file_and_field(write, text: str, place: str) -> None:
    path = write(text)
    with pytest.raises(ConfigurationError) as refusal:
        load(path)
    assert str(path) in str(refusal.value)
    assert place in str(refusal.value)


def test_a_short_key_is_refused(write, tmp_path: Path) -> None:
    (tmp_path / "server.key").write_bytes(b"short\n")
    with pytest.raises(ConfigurationError, match="fewer than 32"):
        load(write('key_file = "server.key"\n' + CART))


def test_a_certificate_that_does_not_load_is_said(tmp_path: Path) -> None:
    (tmp_path / "bad.pem").write_text("not a certificate")
    config = Config(key=b"k" * 32, carts={}, certificate=tmp_path / "bad.pem", private_key=tmp_path / "bad.pem")
    with pytest.raises(ConfigurationError, match=r"bad\.pem"):
        config.tls()

# SPDX-License-Identifier: Apache-2.0
"""What is sealed opens with the real openssl and its recipient's key, and with nothing else."""

import os
import subprocess
import zipfile
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from device.errors import ExportError
from sync.export.envelope import recipient
from sync.export.writing import Piece, write_sealed

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
DAY = timedelta(days=1)
MARK = b"Zyxcanari" * 400


def key(bits=2048):
    return rsa.generate_private_key(65537, bits)


def usage(**told):
    names = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement")
    rest = ("key_cert_sign", "crl_sign", "encipher_only", "decipher_only")
    return x509.KeyUsage(**{name: told.get(name, False) for name in (*names, *rest)})


def certificate(private, *, since=NOW - DAY, until=NOW + DAY, extension=None, name="Dr Anne Petit"):
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    made = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).serial_number(7)
    made = made.public_key(private.public_key()).not_valid_before(since).not_valid_after(until)
    if extension is not None:
        made = made.add_extension(extension, critical=True)
    return made.sign(private, None if isinstance(private, ed25519.Ed25519PrivateKey) else hashes.SHA256())


def written(folder: Path, data: bytes) -> Path:
    path = folder / "key.pem"
    path.write_bytes(data)
    return path


def pem(made):
    return made.public_bytes(Encoding.PEM)


def private_pem(private):
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.fixture(scope="module")
def doctor():
    return key()


def opened(sealed: Path, private, folder: Path) -> subprocess.CompletedProcess[bytes]:
    own = folder / "own.pem"
    own.write_bytes(private_pem(private))
    command = ["openssl", "cms", "-decrypt", "-binary", "-inform", "DER", "-in", sealed, "-inkey", own]
    return subprocess.run([*command, "-out", folder / "out.zip"], capture_output=True, timeout=60, check=False)


@pytest.mark.parametrize("encoding", [Encoding.PEM, Encoding.DER])
def test_openssl_opens_it_with_the_recipients_key(tmp_path, doctor, encoding):
    whom = recipient(written(tmp_path, certificate(doctor).public_bytes(encoding)), NOW)
    assert (whom.name, whom.until) == ("Dr Anne Petit", NOW + DAY)
    noise = os.urandom(300_000)
    done = write_sealed(tmp_path / "x.zip.p7m", [Piece("a/b", [MARK, noise]), Piece("c", [b""])], whom, NOW)
    assert done.sha256 == sha256(done.path.read_bytes()).hexdigest()
    assert opened(done.path, doctor, tmp_path).returncode == 0
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert archive.namelist() == ["x/a/b", "x/c", "x/SHA256SUMS"]
        assert archive.read("x/a/b") == MARK + noise
        archive.extractall(tmp_path / "z")
    check = ["sha256sum", "--strict", "-c", "SHA256SUMS"]
    assert subprocess.run(check, cwd=tmp_path / "z/x", capture_output=True, timeout=30, check=False).returncode == 0


def test_nobody_else_opens_it_and_nothing_of_it_is_readable(tmp_path, doctor):
    whom = recipient(written(tmp_path, pem(certificate(doctor))), NOW)
    done = write_sealed(tmp_path / "x.zip.p7m", [Piece("a", [MARK])], whom, NOW)
    assert b"Zyxcanari" not in done.path.read_bytes()
    other = opened(done.path, key(), tmp_path)
    left = tmp_path / "out.zip"
    assert other.returncode != 0 or not zipfile.is_zipfile(left)
    assert not left.exists() or b"Zyxcanari" not in left.read_bytes()


def test_the_content_is_aes_256(tmp_path, doctor):
    whom = recipient(written(tmp_path, pem(certificate(doctor))), NOW)
    done = write_sealed(tmp_path / "x.zip.p7m", [Piece("a", [MARK])], whom, NOW)
    command = ["openssl", "cms", "-cmsout", "-print", "-inform", "DER", "-in", done.path, "-noout"]
    said = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True).stdout
    assert "aes-256-cbc" in said
    assert "envelopedData" in said


def test_no_plain_file_is_ever_on_the_disk(tmp_path, doctor):
    """What a tracer of the system would see: one file is opened for writing, and its bytes are the sealed ones."""
    whom = recipient(written(tmp_path, pem(certificate(doctor))), NOW)
    target = tmp_path / "to"
    target.mkdir()
    seen: set[str] = set()

    def looking():
        seen.update(path.name for path in target.iterdir())
        yield MARK
        seen.update(path.name for path in target.iterdir())

    write_sealed(target / "x.zip.p7m", [Piece("a", looking())], whom, NOW)
    assert seen == set()
    assert [path.name for path in target.iterdir()] == ["x.zip.p7m"]


@pytest.mark.parametrize(
    ("made", "code", "said"),
    [
        (lambda: b"", "EXP-05", "certificat lisible"),
        (lambda: b"ssh-rsa AAAA claire@poste", "EXP-05", "SSH"),
        (lambda: b"\x00\xff" * 500, "EXP-05", "certificat lisible"),
        (lambda: b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "EXP-05", "certificat lisible"),
        (lambda: key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), "EXP-05", "clef"),
        (lambda: private_pem(key()), "EXP-05", "privée"),
        (lambda: pem(certificate(key(), since=NOW - 9 * DAY, until=NOW - DAY)), "EXP-06", "périmé depuis le 21/11"),
        (lambda: pem(certificate(key(), since=NOW + DAY, until=NOW + 2 * DAY)), "EXP-06", "à partir du 23/11/2026"),
        (lambda: pem(certificate(key(1024))), "EXP-06", "1024 bits"),
        (lambda: pem(certificate(ec.generate_private_key(ec.SECP256R1()))), "EXP-06", "pas RSA"),
        (lambda: pem(certificate(ed25519.Ed25519PrivateKey.generate())), "EXP-06", "pas RSA"),
        (lambda: pem(certificate(key(), extension=usage(digital_signature=True))), "EXP-06", "chiffrer"),
    ],
)  # fmt: skip
def test_what_nothing_can_be_sealed_to_is_refused_in_clear_words(tmp_path, made, code, said):
    with pytest.raises(ExportError) as caught:
        recipient(written(tmp_path, made()), NOW)
    assert caught.value.code == code
    assert said in caught.value.line


def test_a_certificate_that_is_not_there_is_said(tmp_path):
    with pytest.raises(ExportError) as caught:
        recipient(tmp_path / "none.pem", NOW)
    assert caught.value.code == "EXP-05"


def test_a_certificate_for_encryption_is_taken_and_its_name_is_printable(tmp_path):
    made = certificate(key(), extension=usage(key_encipherment=True), name="Dr\x1b[31m Petit")
    assert recipient(written(tmp_path, pem(made)), NOW).name == "Dr·[31m Petit"

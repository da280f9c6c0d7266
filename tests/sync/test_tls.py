# SPDX-License-Identifier: Apache-2.0
"""Certificates: the right authority is taken, anything else is refused and said; there is no way to accept it."""

import ssl
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from device.errors import ConfigurationError
from sync.settings import Settings
from sync.sync import Sync
from tests.sync.bench import bench, drained
from tests.sync.story import SOURCE, closing, opening, pressure

NOW = datetime.now(UTC)
FRESH = (NOW - timedelta(days=1), NOW + timedelta(days=1))
STALE = (NOW - timedelta(days=9), NOW - timedelta(days=1))
FUTURE = (NOW + timedelta(days=1), NOW + timedelta(days=9))


SIGNS = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)
"""An authority's (RFC 5280 §4.2.1.3): Python 3.13 insists on it."""


def name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def issued(folder, dates, host="localhost"):
    """A server's TLS context and its authority's file."""
    root, leaf = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = (
        x509.CertificateBuilder(name("CA"), name("CA"), root.public_key(), x509.random_serial_number(), *FRESH)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(SIGNS, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(root.public_key()), critical=False)
        .sign(root, hashes.SHA256())
    )
    certificate = (
        x509.CertificateBuilder(name("CA"), name(host), leaf.public_key(), x509.random_serial_number(), *dates)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root.public_key()), critical=False)
        .sign(root, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "ca.pem").write_bytes(authority.public_bytes(pem))
    (folder / "server.pem").write_bytes(
        leaf.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(pem)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    return context


async def served(desk, said, *, ca_file):
    base = desk.server.base.replace("127.0.0.1", "localhost")
    desk.server = msgspec.structs.replace(desk.server, base=base, ca_file=ca_file)
    desk.story.tell(uuid4(), *opening(), pressure(), *closing())
    async with desk.running():
        return await desk.until(said)


async def test_the_right_authority_is_taken(tmp_path):
    async with bench(tmp_path, tls=issued(tmp_path, FRESH)) as desk:
        await served(desk, drained, ca_file=str(tmp_path / "ca.pem"))
        assert desk.export["counts"]["Observation"] == 2


@pytest.mark.parametrize(
    ("dates", "host", "known", "said"),
    [
        (FRESH, "localhost", False, "certificat"),
        (FRESH, "other.example", True, "certificat"),
        (STALE, "localhost", True, "horloge"),
        (FUTURE, "localhost", True, "horloge"),
    ],
)
async def test_f27_any_other_certificate_is_refused_and_said(tmp_path, dates, host, known, said):
    async with bench(tmp_path, tls=issued(tmp_path, dates, host)) as desk:
        ca_file = str(tmp_path / "ca.pem") if known else ""
        queue = await served(desk, lambda one: said in one.why, ca_file=ca_file)
        assert (queue.reachable, queue.waiting) == (False, 4)
        assert desk.records.store.requests() == []


async def test_an_authority_that_cannot_be_read_is_a_setting_to_correct(tmp_path):
    async with bench(tmp_path) as desk:
        server = msgspec.structs.replace(desk.server, ca_file=str(tmp_path / "none.pem"))
        ledger = desk.ledger()
        sync = Sync(Settings(SOURCE, (server,)), ledger, desk.story, desk.attachments, desk.publish)
        with pytest.raises(ConfigurationError, match="ca_file"):
            await sync.run()
        ledger.close()

# SPDX-License-Identifier: Apache-2.0
"""TLS when a certificate is given, with the test's own authority."""

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import aiohttp
import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from doctor.config import Config
from doctor.server import serving
from tests.doctor.wirework import TOKEN


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A self-signed certificate and its key in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = (
        builder.serial_number(1).not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(hours=1))
    )
    signed = builder.add_extension(names, critical=False).sign(key, hashes.SHA256())
    path = tmp_path / "server.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(signed.public_bytes(serialization.Encoding.PEM) + secret)
    return path


async def test_links_are_https_and_the_certificate_is_checked(config: Config, certificate: Path) -> None:
    config = msgspec.structs.replace(config, certificate=certificate)
    trusting = ssl.create_default_context(cafile=str(certificate))
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with serving(config) as server, aiohttp.ClientSession() as session:
        assert server.origin.startswith("https://")
        async with session.ws_connect(f"{server.origin}/cart", headers=headers, ssl=trusting) as socket:
            await socket.receive_json()
            await socket.send_json({"type": "invite", "id": "i"})
            assert (await socket.receive_json())["link"].startswith(f"{server.origin}/d/")
        async with session.get(f"{server.origin}/health", ssl=trusting) as answer:
            assert "max-age" in answer.headers["Strict-Transport-Security"]
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await session.get(f"{server.origin}/health")

# SPDX-License-Identifier: Apache-2.0
"""Sealing to one recipient: CMS EnvelopedData (RFC 5652 §6) for an X.509 certificate with an RSA key, AES-256-CBC
inside, as ``openssl cms -decrypt``, Kleopatra and every S/MIME program open it (decision 0011).

It keeps what is exported from being read by anyone else. It does not say who made it: EnvelopedData is not signed.
"""

from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7EnvelopeBuilder, PKCS7Options

from device.errors import ExportError

MOST = 1 << 18
"""Bytes of a certificate's file."""
SMALLEST = 2048
"""Bits of an RSA key (ANSSI-PG-083, RègleFact-1: until 2030)."""
_PEM = b"-----BEGIN CERTIFICATE-----"


class Recipient(NamedTuple):
    """Who alone can open it. ``fingerprint``: SHA-256 of the certificate, in hex."""

    certificate: x509.Certificate
    name: str
    fingerprint: str
    until: datetime

    def seal(self, data: bytes) -> bytes:
        """``data`` as DER that the recipient's private key opens."""
        builder = PKCS7EnvelopeBuilder().set_data(data).add_recipient(self.certificate)
        builder = builder.set_content_encryption_algorithm(AES256)
        return builder.encrypt(Encoding.DER, [PKCS7Options.Binary])


def recipient(path: Path, now: datetime) -> Recipient:
    """The recipient whose certificate (PEM or DER) is at ``path``. Raises ExportError: EXP-05 for a file that is no
    certificate, EXP-06 for one that nothing may be sealed to at ``now`` (aware)."""
    certificate = _read(path)
    try:
        found = Recipient(
            certificate,
            _name(certificate),
            certificate.fingerprint(hashes.SHA256()).hex(),
            certificate.not_valid_after_utc,
        )
        fault = _fault(certificate, now)
    except (ValueError, x509.DuplicateExtension) as error:
        raise _no_certificate(path, str(error)) from error
    if fault:
        raise ExportError(6, f"Ce certificat ne peut pas servir : {fault}", f"{path.name}: {found.fingerprint}")
    return found


def _read(path: Path) -> x509.Certificate:
    try:
        with path.open("rb") as file:
            data = file.read(MOST)
    except OSError as error:
        raise _no_certificate(path, error.strerror or "unreadable") from error
    if b"PRIVATE KEY" in data:
        line = (
            "Ce fichier contient une clef privée : elle ne doit jamais quitter son propriétaire. "
            "Demandez-lui son certificat seul."
        )
        raise ExportError(5, line, f"{path.name} holds a private key")
    try:
        if _PEM in data:
            return x509.load_pem_x509_certificate(data)
        return x509.load_der_x509_certificate(data)
    except ValueError as error:
        raise _no_certificate(path, "no X.509 certificate in PEM or DER") from error


def _name(certificate: x509.Certificate) -> str:
    """The recipient's common name, as printable text."""
    names = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    text = str(names[0].value) if names else certificate.subject.rfc4514_string()
    return "".join(letter if letter.isprintable() else "·" for letter in text)[:120]


def _fault(certificate: x509.Certificate, now: datetime) -> str:
    """In French, why nothing may be sealed to a certificate; "" when it may."""
    key = _key(certificate)
    if not isinstance(key, RSAPublicKey):
        return "sa clef n’est pas RSA. Demandez au destinataire un certificat de chiffrement RSA."
    if key.key_size < SMALLEST:
        return f"sa clef RSA est trop courte ({key.key_size} bits, il en faut {SMALLEST})."
    if now > certificate.not_valid_after_utc:
        return f"il est périmé depuis le {certificate.not_valid_after_utc:%d/%m/%Y}. Demandez le nouveau."
    if now < certificate.not_valid_before_utc:
        return f"il n’est valable qu’à partir du {certificate.not_valid_before_utc:%d/%m/%Y}. Vérifiez l’heure (date)."
    usage = _usage(certificate)
    if usage is not None and not usage.key_encipherment:
        return "il ne sert pas à chiffrer (keyUsage sans keyEncipherment). Demandez le certificat de chiffrement."
    return ""


def _key(certificate: x509.Certificate) -> object:
    try:
        return certificate.public_key()
    except ValueError:
        return None


def _usage(certificate: x509.Certificate) -> x509.KeyUsage | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return None


def _no_certificate(path: Path, detail: str) -> ExportError:
    line = (
        "Ce fichier n’est pas un certificat lisible. Demandez au destinataire son certificat X.509 de chiffrement "
        "(PEM ou DER), pas une clef SSH, PGP ou une clef publique seule."
    )
    return ExportError(5, line, f"{path.name}: {detail}")

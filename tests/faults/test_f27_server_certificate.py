# SPDX-License-Identifier: Apache-2.0
"""The rendezvous server's certificate is expired, unknown or another's: refused and said which; never accepted."""

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from call.diagnosis_looks import Looks
from cart.demo.certificates import issue
from device.station.state import CallPhase
from tests.call.stubs import ENCOUNTER, TestClock
from tests.call.test_signalling import client
from tests.call.wire import make_cart, reached, running

DAY = timedelta(days=1)


def sign(folder, begins: timedelta, ends: timedelta, address: str = "127.0.0.1") -> None:
    """An authority, and its certificate for ``address``, good from and to those differences with now."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "an authority of a test")])
    certificate = (
        x509.CertificateBuilder()
        .issuer_name(name)
        .subject_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + begins)
        .not_valid_after(now + ends)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "authority.pem").write_bytes(certificate.public_bytes(pem))
    (folder / "town.pem").write_bytes(certificate.public_bytes(pem))
    plain = serialization.NoEncryption()
    (folder / "town.key").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))


class Guarded:
    """A server with the certificate of ``folder``; ``asked`` is every path that somebody who believed it asked."""

    def __init__(self, folder) -> None:
        self._folder = folder
        self.asked: list[tuple[str, str]] = []
        self.origin = ""

    async def __aenter__(self):
        async def answer(request: web.Request) -> web.Response:
            self.asked.append((request.path, request.headers.get("Authorization", "")))
            return web.Response(text="chevet rendezvous\n")

        app = web.Application()
        app.router.add_get("/{any:.*}", answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._folder / "town.pem", self._folder / "town.key")
        await web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=context).start()
        self.origin = f"https://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()


@pytest.mark.parametrize(
    ("begins", "ends", "address", "code", "word"),
    [
        (-3 * DAY, -DAY, "127.0.0.1", "CAL-09", "n’est plus valable"),
        (-DAY, DAY, "192.0.2.7", "CAL-02", "n’est pas reconnue"),
    ],
    ids=["expired", "another name"],
)
async def test_f27_a_certificate_that_does_not_hold_is_refused_and_said(tmp_path, begins, ends, address, code, word):
    sign(tmp_path, begins, ends, address)
    async with Guarded(tmp_path) as server:
        looks = Looks(server.origin, TestClock(), tmp_path / "authority.pem")
        async with client(server.origin, authority=tmp_path / "authority.pem", look=looks.closer) as (
            signalling,
            heard,
        ):
            await heard.bell.until(lambda: heard.networks and heard.networks[-1].notice.code == code)
            assert word in heard.networks[-1].notice.line
            assert not signalling.online
        assert all(token == "" for _, token in server.asked), "the token was told to somebody unproved"
        assert {path for path, _ in server.asked} <= {"/alive"}


async def test_f27_an_unknown_authority_is_refused_and_local_work_goes_on(tmp_path):
    theirs, ours = tmp_path / "theirs", tmp_path / "ours"
    for folder in (theirs, ours):
        folder.mkdir()
        issue(folder, "127.0.0.1")
    async with Guarded(theirs) as server, running(make_cart(server, tmp_path, ours / "authority.pem")) as cart:
        cart.call.dial(ENCOUNTER, 0)
        await cart.bell.until(lambda: cart.networks and cart.networks[-1].notice)
        assert cart.networks[-1].notice.code == "CAL-02"
        await reached(cart, lambda state: state.line)
        assert cart.call.state.phase is CallPhase.DIALLING
        cart.call.hang_up()
        assert cart.call.state.phase is CallPhase.IDLE
        assert server.asked == []

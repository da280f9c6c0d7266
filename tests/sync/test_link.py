# SPDX-License-Identifier: Apache-2.0
"""The way to a server: compressed bodies where they are taken, the cart's own certificate where it is wanted."""

import socket
import ssl
import threading
from contextlib import suppress
from uuid import uuid4

import msgspec
import pytest

from device.errors import ConfigurationError
from sync.settings import Settings
from sync.sync import Sync
from tests.sync.bench import bench, drained
from tests.sync.story import SOURCE, closing, opening, pressure
from tests.sync.test_tls import FRESH, issued


@pytest.mark.parametrize("taken", [True, False])
async def test_bodies_are_compressed_where_the_server_takes_them_and_plain_where_not(tmp_path, taken):
    async with bench(tmp_path, gzip=taken) as desk:
        desk.story.tell(uuid4(), *opening(), pressure(), *closing())
        async with desk.running(gzip=True):
            queue = await desk.until(drained)
        assert queue.quarantined == 0
        statuses = {one.status for one in desk.records.store.requests()}
        assert (415 in statuses) is not taken
        assert [one.status for one in desk.records.store.requests()].count(415) == (0 if taken else 1)
        assert desk.export["counts"]["Observation"] == 2


async def wanting(desk, folder, **server):
    """A desk whose server asks for a certificate of its authority."""
    base = desk.server.base.replace("127.0.0.1", "localhost")
    desk.server = msgspec.structs.replace(desk.server, base=base, ca_file=str(folder / "ca.pem"), **server)
    desk.story.tell(uuid4(), *opening(), pressure(), *closing())
    return desk


def asking(folder) -> ssl.SSLContext:
    context = issued(folder, FRESH)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(folder / "ca.pem")
    return context


async def test_the_cart_shows_its_own_certificate(tmp_path):
    async with bench(tmp_path, tls=asking(tmp_path)) as desk:
        own = str(tmp_path / "server.pem")
        await wanting(desk, tmp_path, certificate_file=own, key_file=own)
        async with desk.running():
            await desk.until(drained)
        assert desk.export["counts"]["Observation"] == 2


async def test_without_the_certificate_that_is_wanted_nothing_is_sent_and_it_is_said(tmp_path):
    async with bench(tmp_path, tls=asking(tmp_path)) as desk:
        await wanting(desk, tmp_path)
        async with desk.running():
            queue = await desk.until(lambda one: one.code)
        assert (queue.code, queue.waiting, queue.quarantined) == ("REC-02", 4, 0), "it cuts, and TLS 1.3 says no more"
        assert desk.records.store.requests() == []


async def test_a_certificate_that_cannot_be_read_is_a_setting_to_correct(tmp_path):
    async with bench(tmp_path) as desk:
        none = str(tmp_path / "none.pem")
        server = msgspec.structs.replace(desk.server, certificate_file=none, key_file=none)
        ledger = desk.ledger()
        sync = Sync(Settings(SOURCE, (server,)), ledger, desk.story, desk.attachments, desk.publish)
        with pytest.raises(ConfigurationError, match="certificate_file") as caught:
            await sync.run()
        assert caught.value.code == "CFG-06"
        ledger.close()


class Alerting:
    """A server on OpenSSL itself, which says why it breaks a handshake off (asyncio's only hangs up). ``tls`` None: it
    speaks no TLS at all."""

    def __init__(self, tls: ssl.SSLContext | None) -> None:
        self._tls, self._over = tls, threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.1)
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        while not self._over.is_set():
            with suppress(OSError):
                client, _ = self._listener.accept()
                client.settimeout(2.0)
                with client:
                    self._answer(client)

    def _answer(self, client: socket.socket) -> None:
        if self._tls is None:
            client.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
            return
        with client.dup() as held:  # it hangs up once the other has: what it says before must not be lost in a reset
            with suppress(OSError), self._tls.wrap_socket(client, server_side=True) as wrapped:
                wrapped.recv(1)
            while held.recv(4096):
                pass


@pytest.mark.parametrize(
    ("lowest", "highest"),
    [
        (ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_3),
        (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2),
        (None, None),
    ],
)
async def test_a_server_that_breaks_the_handshake_off_is_said_to(tmp_path, lowest, highest):
    tls = asking(tmp_path)
    if lowest:
        tls.minimum_version, tls.maximum_version = lowest, highest
    with Alerting(tls if lowest else None) as server:
        async with bench(tmp_path) as desk:
            await wanting(desk, tmp_path)
            desk.server = msgspec.structs.replace(desk.server, base=f"https://localhost:{server.port}/fhir")
            async with desk.running():
                queue = await desk.until(lambda one: one.code)
    assert (queue.code, queue.waiting, queue.quarantined, queue.reachable) == ("REC-19", 4, 0, False)

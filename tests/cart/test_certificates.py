# SPDX-License-Identifier: Apache-2.0
"""The demonstration's certificates satisfy the strictest verification that Python has."""

import ssl
from pathlib import Path

import pytest

from cart.demo.certificates import issue


@pytest.mark.parametrize(("host", "trusted"), [("10.77.0.2", True), ("localhost", True), ("example.org", False)])
def test_the_town_is_trusted_under_its_own_names_and_no_other(tmp_path: Path, host: str, trusted: bool):
    issue(tmp_path, "10.77.0.2")
    client = ssl.create_default_context(cafile=tmp_path / "authority.pem")
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tmp_path / "town.pem", tmp_path / "town.key")
    assert shaken(client, server, host) is trusted


def shaken(client: ssl.SSLContext, server: ssl.SSLContext, host: str) -> bool:
    """Whether a handshake in memory succeeds."""
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = client.wrap_bio(down, up, server_hostname=host), server.wrap_bio(up, down, server_side=True)
    done = set()
    for _ in range(10):
        for end in ends:
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLCertVerificationError:
                return False
            done.add(end)
    return len(done) == 2

# SPDX-License-Identifier: Apache-2.0
import base64

from doctor.turn import Relay, credential, ice_servers

RELAY = Relay("north", ("turn:relay.example:3478?transport=udp", "turns:relay.example:443?transport=tcp"), 3600)


def test_a_credential_is_the_published_hmac_sha1() -> None:
    """RFC 2202 §3, test case 2."""
    digest = bytes.fromhex("effcdf6ae5eb2fa2d27416d5f184df9c259a7c79")
    assert credential("Jefe", "what do ya want for nothing?") == base64.b64encode(digest).decode()


def test_a_credential_is_what_openssl_computes() -> None:
    """printf 1433895918:ninefingers | openssl dgst -binary -sha1 -hmac north | base64."""
    assert credential("north", "1433895918:ninefingers") == "jy8hTxmOO7UtEKXqSkSlvakPVYA="


def test_a_server_names_expiry_and_peer() -> None:
    (server,) = ice_servers(RELAY, "peer-1", now=1000.9)
    assert server.username == "4600:peer-1"
    assert server.credential == credential("north", "4600:peer-1")
    assert server.urls == RELAY.urls


def test_without_a_relay_nobody_else_is_asked() -> None:
    assert ice_servers(None, "peer-1", now=0) == ()
    assert ice_servers(RELAY._replace(urls=()), "peer-1", now=0) == ()

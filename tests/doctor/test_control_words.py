# SPDX-License-Identifier: Apache-2.0
"""The page finds the words that the cart finds, from the certificates of their own handshake."""

from hashlib import sha256

import pytest
from playwright.async_api import Page, expect

from call.fingerprints import control_words, spoken, vocabulary
from doctor.server import Server
from tests.call.test_fingerprints import VECTOR
from tests.doctor import acts
from tests.doctor.minicart import MiniCart

pytestmark = [pytest.mark.timeout(60), pytest.mark.asyncio(loop_scope="session")]

BOTH = """async (ders) => {
  const { controlWords } = await import("/page/js/fingerprints.js");
  const words = await (await fetch("/page/control-words.json")).json();
  return controlWords(...ders.map((der) => new TextEncoder().encode(der)), words);
}"""


def transport(cart: MiniCart):
    (peer,) = cart.peers.values()
    return peer.connection.getTransceivers()[0].sender.transport


async def test_the_page_shows_the_carts_words_and_others_after_a_redial(page: Page, cart: MiniCart) -> None:
    await acts.join(page, cart)
    first = await spoken(transport(cart))
    assert len(first.split(" · ")) == 4
    await expect(page.locator("#control-words")).to_have_text(f"Mots de contrôle : {first}")
    await cart.redial(next(iter(cart.peers)))
    await acts.moving(page)
    second = await spoken(transport(cart))
    assert second != first
    await expect(page.locator("#control-words")).to_have_text(f"Mots de contrôle : {second}")


async def test_python_and_the_page_agree_and_either_certificate_changes_the_words(page: Page, server: Server) -> None:
    await page.goto(f"{server.origin}/d/none")
    seen = set()
    for ders in (("cart", "page"), ("cart", "other"), ("other", "page"), ("page", "cart")):
        digests = [sha256(der.encode()).digest() for der in ders]
        found = tuple(await page.evaluate(BOTH, list(ders)))
        assert found == control_words(*digests, vocabulary())
        assert ders != ("cart", "page") or found == VECTOR
        seen.add(found)
    assert len(seen) == 4

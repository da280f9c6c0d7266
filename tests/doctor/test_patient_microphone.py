# SPDX-License-Identifier: Apache-2.0
"""The doctor asks for the patient's microphone, sees that the team is asked, and learns what it answered."""

import os
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.doctor import acts, facts
from tests.doctor.minicart import MiniCart

pytestmark = [pytest.mark.timeout(60), pytest.mark.asyncio(loop_scope="session")]


async def shot(page: Page, name: str) -> None:
    """Keep a picture when CHEVET_SHOTS names a folder."""
    folder = os.environ.get("CHEVET_SHOTS")
    if folder:
        await page.screenshot(path=Path(folder) / f"{name}.png")


async def asked(page: Page, cart: MiniCart) -> None:
    await page.locator("#patient-microphone").click()
    await cart.until(lambda: any(one["command"] == "ask-microphone" for one in cart.commands()))
    await expect(page.locator("#patient-microphone .note")).to_contain_text("réponse attendue")


def answer(cart: MiniCart, said: str, *, on: bool) -> None:
    cart.show(microphone_on=on, microphone_request=cart.state["microphone_request"] | {"answer": said})


async def test_to_ask_turns_nothing_and_the_answer_is_told(page: Page, cart: MiniCart) -> None:
    await acts.join(page, cart)
    button = page.locator("#patient-microphone")
    await expect(button).to_have_attribute("aria-pressed", "true")
    await asked(page, cart)
    assert cart.commands()[-1] == {"command": "ask-microphone", "on": False}
    await expect(button).to_have_attribute("aria-pressed", "true")
    await expect(button).to_be_disabled()
    await shot(page, "doctor-asked-microphone")
    answer(cart, "granted", on=False)
    await expect(page.locator("#toast")).to_have_text("L’équipe a coupé le micro du patient.")
    await expect(button).to_contain_text("Micro du patient coupé")
    await expect(page.locator("#silence")).to_have_text("Micro coupé auprès du patient")
    await shot(page, "doctor-microphone-off")
    cart.show(microphone_request=None)
    await expect(button).to_be_enabled()
    await button.click()
    await cart.until(lambda: cart.commands()[-1] == {"command": "ask-microphone", "on": True})


async def test_a_refusal_a_silence_and_an_answer_that_came_during_a_cut_are_told(page: Page, cart: MiniCart) -> None:
    await acts.join(page, cart)
    for said, line in (("refused", "n’a pas accepté"), ("expired", "n’a pas répondu")):
        await asked(page, cart)
        answer(cart, said, on=True)
        await expect(page.locator("#toast")).to_have_text(f"L’équipe {line} : le micro du patient reste ouvert.")
        cart.show(microphone_request=None)
        await expect(page.locator("#patient-microphone")).to_be_enabled()
    await asked(page, cart)
    cart.show(microphone_on=False, microphone_request=None)
    await expect(page.locator("#toast")).to_have_text("La demande est terminée : le micro du patient est coupé.")


async def test_what_the_cart_does_not_allow_is_said(page: Page, cart: MiniCart) -> None:
    await acts.join(page, cart)
    cart.refusal = "Une demande attend déjà la réponse de l’équipe auprès du patient."
    await page.locator("#patient-microphone").click()
    await expect(page.locator("#toast")).to_have_text(cart.refusal)


async def test_a_request_is_whole_at_any_size(page: Page, cart: MiniCart) -> None:
    await acts.join(page, cart)
    request = {"id": "r", "on": True, "by": {"peer": "", "name": "Dr Noël"}, "asked": facts.instant(), "answer": ""}
    cart.show(microphone_on=False, microphone_request=request)
    await expect(page.locator("#patient-microphone .note")).to_contain_text("demandé de rouvrir")
    for width, height in ((1024, 700), (1440, 900), (390, 844)):
        await page.set_viewport_size({"width": width, "height": height})
        box = await page.locator("#patient-microphone").evaluate(
            "one => [one.scrollWidth <= one.clientWidth + 1, one.scrollHeight <= one.clientHeight + 1]"
        )
        assert box == [True, True], width

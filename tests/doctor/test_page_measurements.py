# SPDX-License-Identifier: Apache-2.0
"""What the page's measurement rows say: live, stale, doubted, wrong, set aside."""

import re

import pytest
from playwright.async_api import Page, expect

from device.codes import Doubt, Meal, Metric
from tests.doctor import acts, facts
from tests.doctor.acts import row
from tests.doctor.minicart import MiniCart

pytestmark = [pytest.mark.timeout(60), pytest.mark.asyncio(loop_scope="session")]


async def test_a_live_value_that_grows_old_is_greyed_with_its_age(page: Page, cart: MiniCart) -> None:
    await acts.join(page, cart)
    cart.show(live=[facts.live(Metric.SATURATION, 96), facts.live(Metric.PULSE_OXIMETER, 74)])
    await expect(row(page, "pulse")).to_contain_text("en direct")
    cart.show(live=[facts.live(Metric.SATURATION, 96, ago=8), facts.live(Metric.PULSE_OXIMETER, 74, linked=False)])
    await expect(row(page, "saturation")).to_have_attribute("data-state", "stale")
    await expect(row(page, "saturation")).to_contain_text(re.compile("plus en direct, il y a (8|9|10) s"))
    await expect(row(page, "pulse")).to_have_attribute("data-state", "stale")
    await expect(row(page, "pulse")).to_contain_text("liaison perdue")


async def test_a_value_that_is_not_one_says_why(page: Page, cart: MiniCart) -> None:
    await acts.join(page, cart)
    cart.record(facts.temperature(None, Doubt.NOT_A_NUMBER))
    await expect(row(page, "temperature").locator(".value")).to_have_text("—")
    await expect(row(page, "temperature")).to_contain_text("mesure en échec, recommencez")
    cart.show(live=[facts.live(Metric.SATURATION, None, doubts=(Doubt.FINGER_OUT,))])
    await expect(row(page, "saturation").locator(".value")).to_have_text("—")
    await expect(row(page, "saturation")).to_contain_text("doigt absent")


async def test_a_perfusion_never_stands_where_a_saturation_stands(page: Page, cart: MiniCart) -> None:
    await acts.join(page, cart)
    cart.show(live=[facts.live(Metric.SATURATION, 96), facts.live(Metric.PERFUSION, 4, ago=0)])
    await expect(row(page, "saturation").locator(".value")).to_have_text("96")
    cart.record(facts.spot_check(97, 5))
    cart.show(live=[])
    await expect(row(page, "saturation").locator(".value")).to_have_text("97")
    await expect(row(page, "saturation")).to_contain_text("perfusion 5,0 %")
    values = await page.locator("[data-kind=saturation] .row").evaluate_all(
        "rows => rows.map((row) => row.dataset.value)"
    )
    assert set(values) == {"97"}


async def test_doubts_errors_and_set_aside_are_told_in_words(page: Page, cart: MiniCart) -> None:
    await acts.join(page, cart)
    cart.record(facts.pressure(120, 70, ago=60))
    wrong = cart.record(facts.pressure(145, 92, Doubt.MOVEMENT, Doubt.IRREGULAR_PULSE))
    await expect(row(page, "pressure")).to_contain_text("le patient a bougé")
    await expect(row(page, "pressure")).to_contain_text("pouls irrégulier")
    cart.record(facts.error_of(wrong))
    await expect(row(page, "pressure")).to_contain_text("120/70")
    struck = page.locator(f"[data-sequence='{wrong['sequence']}'][data-metric=systolic]")
    await expect(struck).to_have_attribute("data-state", "error")
    await expect(struck.locator(".doubts")).to_contain_text("mauvais bras")
    cart.record(facts.aside())
    cart.record(facts.aside())
    cart.show(aside=2)
    await expect(page.locator("#aside")).to_contain_text("2 mesures mises de côté, non attribuées")
    await expect(page.get_by_text("181")).to_have_count(0)


async def test_the_oxygen_context_stands_beside_the_saturation(page: Page, cart: MiniCart) -> None:
    await acts.join(page, cart)
    cart.record(facts.saturation(95))
    cart.record(facts.oxygen("2"))
    await expect(row(page, "saturation")).to_contain_text("O₂ 2 l/min")
    cart.record(facts.oxygen("0"))
    await expect(row(page, "saturation")).to_contain_text("air ambiant")


async def test_a_glucose_says_its_meal_and_that_it_was_typed_in(page: Page, cart: MiniCart) -> None:
    await acts.join(page, cart)
    cart.record(facts.glucose(108, Meal.FASTING, manual=True))
    await expect(row(page, "glucose").locator(".value")).to_have_text("108")
    await expect(row(page, "glucose")).to_contain_text("à jeun")
    await expect(row(page, "glucose")).to_contain_text("lue et tapée par l’équipe")

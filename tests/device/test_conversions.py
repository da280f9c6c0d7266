# SPDX-License-Identifier: Apache-2.0
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.codes import Doubt, Metric, Site, convert, convertible


@pytest.mark.parametrize(
    ("value", "unit", "metric", "expected"),
    [
        ("16.0", "kPa", Metric.SYSTOLIC, "120.0"),
        ("13.3322387415", "kPa", Metric.SYSTOLIC, "100.0"),
        ("0", "kPa", Metric.DIASTOLIC, "0.0"),
        ("98.6", "[degF]", Metric.TEMPERATURE, "37.00"),
        ("32", "[degF]", Metric.TEMPERATURE, "0.00"),
        ("-40", "[degF]", Metric.TEMPERATURE, "-40.00"),
        ("101.3", "[degF]", Metric.TEMPERATURE, "38.50"),
        ("100", "[lb_av]", Metric.WEIGHT, "45.36"),
        ("154.32", "[lb_av]", Metric.WEIGHT, "70.00"),
        ("5.55", "mmol/L", Metric.GLUCOSE, "100.0"),
        ("0.0", "mmol/L", Metric.GLUCOSE, "0.0"),
        ("1.26", "g/L", Metric.GLUCOSE, "126.0"),
    ],
)
def test_known_pairs(value, unit, metric, expected):
    assert str(convert(Decimal(value), unit, metric)) == expected


@given(st.integers(-(2**23), 2**23), st.integers(-128, 127), st.sampled_from(["kPa", "[degF]"]))
def test_any_float_converts_to_a_finite_decimal(mantissa, exponent, unit):
    metric = Metric.SYSTOLIC if unit == "kPa" else Metric.TEMPERATURE
    result = convert(Decimal(mantissa).scaleb(exponent), unit, metric)
    assert result.is_finite()
    assert len(result.as_tuple().digits) <= 28


def test_a_pair_without_a_conversion_is_a_fault_of_ours():
    with pytest.raises(KeyError):
        convert(Decimal(1), "[stone_av]", Metric.WEIGHT)
    with pytest.raises(KeyError):
        convert(Decimal(1), "mmol/L", Metric.WEIGHT)


def test_a_metric_knows_the_units_in_which_it_may_be_reported():
    assert convertible(Metric.GLUCOSE) == {"mmol/L", "g/L"}
    assert convertible(Metric.WEIGHT) == {"[lb_av]"}
    assert convertible(Metric.SATURATION) == frozenset()
    assert all(metric.ucum not in convertible(metric) for metric in Metric)


def test_every_doubt_and_site_has_words_for_the_ward():
    for word in [doubt.line for doubt in Doubt] + [site.label for site in Site]:
        assert word
        assert word[0].islower(), word
        assert "'" not in word, "a typographic apostrophe is wanted"


def test_doubts_stand_in_the_order_of_telling():
    voids = [doubt.void for doubt in Doubt]
    assert voids == sorted(voids, reverse=True), "void ones first"
    assert next(iter(Doubt)) is Doubt.FINGER_OUT
    assert [doubt for doubt in Doubt if doubt.void][-1] is Doubt.NOT_A_NUMBER

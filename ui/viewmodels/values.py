# SPDX-License-Identifier: Apache-2.0
"""How measured values, their origin and their doubts are said."""

from collections.abc import Iterable

from device.codes import Doubt, Metric
from device.measurement import Measurement, Provenance
from ui import french

PRESSURE = (Metric.SYSTOLIC, Metric.DIASTOLIC, Metric.MEAN_PRESSURE)
BARS = {
    Metric.SYSTOLIC: "pressure",
    Metric.SATURATION: "saturation",
    Metric.PULSE_CUFF: "pulse",
    Metric.PULSE_OXIMETER: "pulse",
    Metric.HEART_RATE: "pulse",
    Metric.TEMPERATURE: "temperature",
    Metric.GLUCOSE: "glucose",
    Metric.WEIGHT: "weight",
}
"""Identity bar of a metric (a token of the theme)."""
TITLES = {Metric.SYSTOLIC: "Tension"}
_ORDER = (
    *(Metric.SYSTOLIC, Metric.SATURATION, Metric.TEMPERATURE, Metric.WEIGHT, Metric.GLUCOSE),
    *(Metric.PULSE_OXIMETER, Metric.PULSE_CUFF, Metric.HEART_RATE),
)


def one_of(measurements: Iterable[Measurement], *metrics: Metric) -> Measurement | None:
    """The first measurement of one of ``metrics``."""
    return next((one for one in measurements if one.metric in metrics), None)


def principal(measurements: tuple[Measurement, ...]) -> Metric:
    """The metric by which a group is named: the pressure before its pulse."""
    found = {one.metric for one in measurements}
    if found & set(PRESSURE):
        return Metric.SYSTOLIC
    return next((metric for metric in _ORDER if metric in found), measurements[0].metric)


def title(metric: Metric) -> str:
    """« Tension », « Saturation » and so on."""
    return TITLES.get(metric, metric.label)


def bar(metric: Metric) -> str:
    """The identity bar of ``metric``."""
    return BARS.get(metric, "weight")


def figure(measurements: tuple[Measurement, ...], metric: Metric) -> str:
    """« 132/81 », « 96 », « — » when there is no number."""
    if metric is not Metric.SYSTOLIC:
        return french.value_of(one_of(measurements, metric))
    high, low = (one_of(measurements, part) for part in (Metric.SYSTOLIC, Metric.DIASTOLIC))
    if (high is None or high.value is None) and (low is None or low.value is None):
        mean = one_of(measurements, Metric.MEAN_PRESSURE)
        return "—" if mean is None or mean.value is None else f"moy. {french.value_of(mean)}"
    return f"{french.value_of(high)}/{french.value_of(low)}"


def spoken(measurements: tuple[Measurement, ...]) -> str:
    """« 132/81 mmHg · pouls 74 »."""
    metric = principal(measurements)
    words = f"{figure(measurements, metric)} {metric.unit}"
    pulse = one_of(measurements, Metric.PULSE_CUFF, Metric.PULSE_OXIMETER)
    if pulse is not None and pulse.value is not None and pulse.metric is not metric:
        words += f" · pouls {french.value_of(pulse)}"
    return words


def site(measurements: tuple[Measurement, ...]) -> str:
    """« bras gauche » or ""."""
    return next((one.site.label for one in measurements if one.site is not None), "")


def grams(glucose: Measurement) -> str:
    """A glucose as the ward says it: « 1,08 g/L »."""
    return "" if glucose.value is None else f"{glucose.value / 100:.2f} g/L".replace(".", ",")


def meal(measurements: tuple[Measurement, ...]) -> str:
    """« à jeun » or ""."""
    return next((one.meal.line for one in measurements if one.meal is not None), "")


def doubts(measurements: Iterable[Measurement], *, but: frozenset[Doubt] = frozenset()) -> tuple[str, ...]:
    """The doubts of a group in words, each once, those without a number first."""
    found = {doubt for one in measurements for doubt in one.doubts} - but
    return tuple(doubt.line.replace("'", "’") for doubt in Doubt if doubt in found)


def instrument(provenance: Provenance) -> str:
    """« A&D UA-651 n° 4021 », « Saisi à la main »."""
    if provenance.manual:
        return "Saisi à la main"
    return f"{provenance.label} n° {provenance.serial}" if provenance.serial else provenance.label

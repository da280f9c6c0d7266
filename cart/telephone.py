# SPDX-License-Identifier: Apache-2.0
"""``chevet call``: for a technician, how the calls of a running cart go, what the doctors' pages say they showed, and
how promptly the process works. It reads the file of metrics that the device process writes every fifteen seconds, and
disturbs nothing."""

import argparse
import re
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from call.metrics import EVERY, METRICS
from cart.cli import folder_arguments
from cart.terminal import say, table
from device.errors import CallError

OLD = 3 * EVERY
_LINE = re.compile(r"^chevet_(\w+)(\{[^}]*\})? (\S+)$", re.MULTILINE)
_BUCKET = re.compile(r'^chevet_device_loop_lateness_seconds_bucket\{le="([^"]+)"\} (\d+)$', re.MULTILINE)
_QUEUE = re.compile(r'^chevet_call_queue_peak\{queue="([\w-]+)"\} (\d+)$', re.MULTILINE)
_QUEUES = {"association-bytes": "messages (octets)", "received-frames": "images et sons du médecin"}
_PAIR = re.compile(r'local="(\w+)",remote="(\w+)",transport="(\w+)"')


def arguments(parser: argparse.ArgumentParser) -> None:
    """Folders."""
    folder_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Tell. Raises CallError when there is nothing, or nothing recent, to tell."""
    file: Path = options.runtime / METRICS
    line = "Rien n’est connu des appels. Le chariot est-il en marche ?"
    try:
        words, age = file.read_text(encoding="utf-8"), time.time() - file.stat().st_mtime
    except OSError as error:
        raise CallError(41, line, f"{METRICS}: {error}") from error
    if age > OLD:
        raise CallError(41, line, f"{METRICS} is {age:.0f} s old")
    found = read(words)
    say(table(("appel", "mesuré sur ce chariot"), list(rows(found, dict(_QUEUE.findall(words))))))
    say(table(("page du médecin", "ce qu’elle dit avoir montré"), list(seen(found))))
    say(table(("programme", "chevet-device"), list(loop(found, words))))
    return 0


def read(words: str) -> dict[str, float | str]:
    """The metrics by their short names; of one with labels, its labels. Raises CallError when a number is none."""
    found: dict[str, float | str] = {}
    for name, labels, value in _LINE.findall(words):
        try:
            found[name] = labels or float(value)
        except ValueError as error:
            raise CallError(41, "Les mesures de l’appel sont illisibles.", f"{name}: {value[:20]!r}") from error
    return found


def rows(found: Mapping[str, float | str], queues: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What they say, in French."""

    def number(name: str) -> float:
        return _number(found, f"call_{name}")

    admitted, reached = number("doctors_total"), number("reached_total")
    yield "en ce moment", "médecin en ligne" if number("up") else "pas de liaison"
    yield "médecins admis", f"{admitted:.0f}, {reached:.0f} avec une liaison établie"
    if admitted:
        first = number("first_attempt_total")
        yield "au premier essai", f"{first:.0f} sur {admitted:.0f}, {first / admitted:.0%}".replace("%", " %")
    if reached:
        mean = _french(number("setup_seconds_total") / reached)
        yield "mise en liaison", f"{mean} s en moyenne, {_french(number('setup_seconds_max'))} s au plus"
    yield "coupures", _times(number("drops_total"), number("cut_seconds_total"), number("cut_seconds_max"))
    yield "images figées", _times(number("freezes_total"), number("frozen_seconds_total"), number("freeze_seconds_max"))
    yield "images envoyées", f"{number('pictures_total'):.0f}, dont {number('keyframes_total'):.0f} images complètes"
    held = ", ".join(f"{_QUEUES[name]} {most}" for name, most in queues.items() if name in _QUEUES)
    if held:
        yield "files d’attente au plus", held
    yield "paquets renvoyés", f"{number('resent_total'):.0f}, {number('refused_total'):.0f} refusés"
    if "call_bits_per_second" in found:
        yield from _present(found)


def seen(found: Mapping[str, float | str]) -> Iterator[tuple[str, str]]:
    """What the doctors' pages say, in French: they are believed no further than time allows (``call.watched``)."""

    def number(name: str) -> float:
        return _number(found, f"page_{name}")

    firsts = number("first_pictures_total")
    if not firsts:
        yield "première image", "aucune page ne l’a encore dit"
        return
    mean = _french(number("first_picture_seconds_total") / firsts)
    yield (
        "première image",
        f"{mean} s en moyenne après l’entrée, {_french(number('first_picture_seconds_max'))} s au plus",
    )
    yield "images montrées", f"{number('pictures_total'):.0f}"
    yield "images figées", _times(number("freezes_total"), number("frozen_seconds_total"), number("freeze_seconds_max"))
    yield "coupures", _times(number("cuts_total"), number("cut_seconds_total"), number("cut_seconds_max"))
    if "page_pictures_per_second" in found:
        yield "en ce moment", f"{number('pictures_per_second'):.0f} images par seconde"


def loop(found: Mapping[str, float | str], words: str) -> Iterator[tuple[str, str]]:
    """How promptly the process works, in French (CHV-12)."""
    looks = _number(found, "device_loop_lateness_seconds_count")
    if not looks:
        return
    kept = next((bound for bound, count in _BUCKET.findall(words) if int(count) >= 0.99 * looks), "+Inf")
    late = "plus de 5 s de retard" if kept == "+Inf" else f"moins de {float(kept) * 1000:.0f} ms de retard"
    yield "régularité", f"99 % du temps, {late}"
    most = _french(_number(found, "device_loop_lateness_seconds_max"))
    yield "blocages d’une seconde et plus", f"{_number(found, 'device_loop_blocks_total'):.0f}, {most} s au plus"


def _number(found: Mapping[str, float | str], name: str) -> float:
    value = found.get(name, 0.0)
    return value if isinstance(value, float) else 0.0


def _present(found: Mapping[str, float | str]) -> Iterator[tuple[str, str]]:
    def number(name: str) -> float:
        return _number(found, f"call_{name}")

    yield (
        "débit",
        f"{number('bits_per_second') / 1000:.0f} kbit/s, {number('target_bits_per_second') / 1000:.0f} visés",
    )
    size = f"{number('width_pixels'):.0f} × {number('height_pixels'):.0f}"
    stills = ", le son et des images fixes seulement" if number("stills_only") else ""
    yield "image", f"{size}, {number('pictures_per_second'):.0f} par seconde{stills}"
    if "call_round_trip_seconds" in found:
        yield "aller-retour", f"{number('round_trip_seconds') * 1000:.0f} ms"
    if "call_lost_ratio" in found:
        yield "paquets perdus", f"{number('lost_ratio'):.1%}".replace(".", ",").replace("%", " %")
    pair = _PAIR.search(str(found.get("call_route_info", "")))
    if pair is not None:
        yield "chemin", f"{_WAYS.get(pair[1], pair[1])} → {_WAYS.get(pair[2], pair[2])}, {pair[3].upper()}"


_WAYS = {"host": "direct", "srflx": "à travers une box", "prflx": "à travers une box", "relay": "par un relais"}


def _times(count: float, seconds: float, most: float) -> str:
    if not count:
        return "aucune"
    return f"{count:.0f}, {_french(seconds)} s en tout, {_french(most)} s au plus"


def _french(value: float) -> str:
    return f"{value:.1f}".replace(".", ",")

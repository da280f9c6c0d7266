# SPDX-License-Identifier: Apache-2.0
"""The tally of the calls, and how promptly this process works, as Prometheus' text (exposition format 0.0.4).

No patient, doctor, address or room is in it. Pure.
"""

from collections.abc import Iterator
from itertools import accumulate

from call.tally import Tally, Total
from call.watched import Watched
from device.pulse import BOUNDS, Promptness

_TOTALS = {
    Total.PICTURES: "Pictures sent.",
    Total.OCTETS: "Bytes of encoded picture.",
    Total.KEYFRAMES: "Keyframes encoded.",
    Total.OPENINGS: "Video encoders opened.",
    Total.RESENT: "Packets sent again.",
    Total.REFUSED: "Packets not sent again, for want of budget.",
}


def text(tally: Tally, promptness: Promptness | None = None) -> str:
    """The metrics, each with its help and its type."""
    loop = _loop(promptness) if promptness is not None else ()
    return "".join((*_calls(tally), *_watched(tally.watched), *_present(tally), *_queues(tally), *loop))


def _calls(tally: Tally) -> Iterator[str]:
    yield _one("call_doctors_total", "counter", "Doctors admitted.", tally.doctors)
    yield _one("call_reached_total", "counter", "Doctors whose line stood.", tally.reached)
    yield _one("call_first_attempt_total", "counter", "Doctors whose line stood with the first dial.", tally.at_once)
    yield _one("call_setup_seconds_total", "counter", "From admission until the line stood, summed.", tally.setup)
    yield _one("call_setup_seconds_max", "gauge", "The slowest of them.", tally.slowest)
    yield _one("call_dials_total", "counter", "Peer connections dialled.", tally.dials)
    yield _one("call_drops_total", "counter", "Lines that died without being hung up.", tally.drops)
    yield _one("call_cut_seconds_total", "counter", "Time for which a line was dead.", tally.cut)
    yield _one("call_cut_seconds_max", "gauge", "The longest of these times.", tally.longest_cut)
    yield _one("call_freezes_total", "counter", "Times no picture left for a second or more.", tally.freezes)
    yield _one("call_frozen_seconds_total", "counter", "How long these lasted together.", tally.frozen)
    yield _one("call_freeze_seconds_max", "gauge", "The longest of them.", tally.longest_freeze)
    for which, help_line in _TOTALS.items():
        yield _one(f"call_{which}_total", "counter", help_line, tally.totals.get(which, 0))


def _watched(seen: Watched) -> Iterator[str]:
    """What the doctors' pages say."""
    yield _one("page_first_pictures_total", "counter", "Pages that showed a first picture.", seen.firsts)
    yield _one("page_first_picture_seconds_total", "counter", "From being let in until then, summed.", seen.wait)
    yield _one("page_first_picture_seconds_max", "gauge", "The longest of these waits.", seen.longest_wait)
    yield _one("page_pictures_total", "counter", "Pictures shown.", seen.pictures)
    yield _one("page_freezes_total", "counter", "Times a picture stood though the cart was heard.", seen.freezes)
    yield _one("page_frozen_seconds_total", "counter", "How long these lasted together.", seen.frozen)
    yield _one("page_freeze_seconds_max", "gauge", "The longest of them.", seen.longest_freeze)
    yield _one("page_cuts_total", "counter", "Times the cart was not heard.", seen.cuts)
    yield _one("page_cut_seconds_total", "counter", "From these until the next picture, together.", seen.cut)
    yield _one("page_cut_seconds_max", "gauge", "The longest of them.", seen.longest_cut)


def _present(tally: Tally) -> Iterator[str]:
    """What is only true while there is a connection."""
    attempt, now = tally.last.attempt, tally.last.statistics
    yield _one("call_up", "gauge", "Whether the line to a doctor lives.", int(attempt is not None and attempt.alive))
    if now is None:
        return
    yield _one("call_bits_per_second", "gauge", "Encoded picture.", tally.bitrate)
    yield _one("call_target_bits_per_second", "gauge", "What the rate control aims at.", now.target)
    yield _one("call_pictures_per_second", "gauge", "Pictures sent.", tally.frame_rate)
    yield _one("call_width_pixels", "gauge", "Of the picture sent.", now.width)
    yield _one("call_height_pixels", "gauge", "Of the picture sent.", now.height)
    yield _one("call_stills_only", "gauge", "Whether the link carries the voice and stills alone.", int(now.stills))
    if tally.last.page is not None:
        yield _one("page_pictures_per_second", "gauge", "Pictures shown.", tally.watched.rate)
    if now.round_trip is not None:
        yield _one("call_round_trip_seconds", "gauge", "As the doctor's side reports.", now.round_trip)
    if now.lost is not None:
        yield _one("call_lost_ratio", "gauge", "Packets lost since the last report.", now.lost)
    if now.route:
        pair, _, way = now.route.partition(" ")
        local, _, remote = pair.partition("-")
        labels = f'{{local="{local}",remote="{remote}",transport="{way}"}}'
        yield _one("call_route_info", "gauge", "The present pair of candidates.", 1, labels)


def _queues(tally: Tally) -> Iterator[str]:
    """The most that each queue ever held (``call.statistics.waiting``), looked at once a second."""
    if tally.peaks:
        name = "chevet_call_queue_peak"
        yield f"# HELP {name} The most that a queue of a call held.\n# TYPE {name} gauge\n"
        yield from (f'{name}{{queue="{queue}"}} {most}\n' for queue, most in sorted(tally.peaks.items()))


def _loop(found: Promptness) -> Iterator[str]:
    """How late the event loop looked at the clock, ten times a second (f46)."""
    name = "chevet_device_loop_lateness_seconds"
    yield f"# HELP {name} How late the event loop was, looked at ten times a second.\n# TYPE {name} histogram\n"
    for bound, count in zip((*(f"{one:g}" for one in BOUNDS), "+Inf"), accumulate(found.looks), strict=True):
        yield f'{name}_bucket{{le="{bound}"}} {count}\n'
    yield f"{name}_sum {round(found.late, 4)}\n{name}_count {found.count}\n"
    yield _one("device_loop_blocks_total", "counter", "Times it was a second late and more.", found.blocks)
    yield _one("device_loop_lateness_seconds_max", "gauge", "The most that it was late.", found.longest)


def _one(name: str, kind: str, help_line: str, value: float, labels: str = "") -> str:
    name = f"chevet_{name}"
    shown = value if isinstance(value, int) else round(value, 4)
    return f"# HELP {name} {help_line}\n# TYPE {name} {kind}\n{name}{labels} {shown}\n"

# SPDX-License-Identifier: Apache-2.0
"""``chevet bench``: what is measured, as ratios within one run."""

import argparse
import sys
from collections.abc import Callable, Iterator
from functools import partial

import msgspec

from cart.bench import camera, decode, durable, latency, sender, start, sync
from cart.bench.call import command as call
from cart.bench.call.soak import MINUTES
from cart.bench.result import Result

MEASURES: dict[str, Callable[[], Iterator[Result]]] = {
    "sender": sender.measure,
    "latency": latency.measure,
    "durable": durable.measure,
    "decode": decode.measure,
    "camera": camera.measure,
    "start": start.measure,
    "sync": sync.measure,
    "call": call.measure,
}


def arguments(parser: argparse.ArgumentParser) -> None:
    """What to measure, and how to say it."""
    parser.add_argument("what", nargs="*", choices=[*MEASURES, []], help="some of them (default: all)")
    parser.add_argument(
        "--only",
        default="",
        help="of call: sides and spells, chevet:500,back or chromium:lost-5 (default: all of both)",
    )
    parser.add_argument("--short", action="store_true", help="of call and sender: a few seconds of each")
    parser.add_argument(
        "--minutes", type=float, default=MINUTES, help="of call: how long its soak is (default: %(default)g)"
    )
    parser.add_argument("--json", action="store_true", help="a list of objects: id, what, value, unit, goal, met")


def run(options: argparse.Namespace) -> int:
    """Measure; the exit status does not judge: a machine may be busy."""
    results: list[Result] = []
    names = options.what or list(MEASURES)
    measures: dict[str, Callable[[], Iterator[Result]]] = {
        **MEASURES,
        "sender": partial(sender.measure, short=options.short),
        "call": partial(
            call.measure, options.only, short=options.short, minutes=options.minutes, costs="sender" not in names
        ),
    }
    for name in names:
        for result in measures[name]():
            results.append(result)
            if not options.json:
                verdict = {None: "", True: f"goal {result.goal}: met", False: f"goal {result.goal}: NOT met"}[
                    result.met
                ]
                sys.stdout.write(f"{result.id:22} {result.value:10.3f} {result.unit:5} {result.what}  {verdict}\n")
                sys.stdout.flush()
    if options.json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(results), indent=1).decode() + "\n")
    return 0

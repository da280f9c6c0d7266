# SPDX-License-Identifier: Apache-2.0
"""What the cable between cart and town can be made to do: a slower one, one that loses packets, one with another
address (tc-tbf(8), nft(8), ip(8)). The queue is that of an ordinary access router: 400 ms of the rate."""

import subprocess

from cart.stage.network import Cable

QUEUE = "400ms"
BURST = "4kb"
_SECONDS = 10
_TABLE = "chevet_weather"


class Weather:
    """Shapes what leaves the cart's end of a cable."""

    def __init__(self, cable: Cable) -> None:
        self.cable = cable

    def limit(self, kilobits: int | None) -> None:
        """No more than ``kilobits`` a second from now on; None: as fast as it goes."""
        if kilobits is None:
            _undo("tc", "qdisc", "del", "dev", "cart0", "root")
            return
        shape = ["tbf", "rate", f"{kilobits}kbit", "burst", BURST, "latency", QUEUE]
        _run("tc", "qdisc", "replace", "dev", "cart0", "root", *shape)

    def lose(self, percent: int) -> None:
        """Drop so many of a hundred packets at random, both ways; 0: none."""
        _undo("nft", "delete", "table", "inet", _TABLE)
        if percent:
            rules = "".join(
                f"chain {hook} {{ type filter hook {hook} priority 0; "
                f"{way} cart0 meta l4proto udp numgen random mod 100 < {percent} drop; }}\n"
                for hook, way in (("input", "iifname"), ("output", "oifname"))
            )
            _run("nft", "-f", "-", text=f"table inet {_TABLE} {{\n{rules}}}\n")

    def clear(self) -> None:
        """Fair again."""
        self.limit(None)
        self.lose(0)


def _run(*words: str, text: str = "") -> None:
    subprocess.run(words, input=text, text=True, check=True, capture_output=True, timeout=_SECONDS)  # noqa: S603 - Debian's tools


def _undo(*words: str) -> None:
    """Take away what may not be there."""
    subprocess.run(words, check=False, capture_output=True, timeout=_SECONDS)  # noqa: S603 - Debian's tools

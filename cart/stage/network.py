# SPDX-License-Identifier: Apache-2.0
"""Two hosts on one machine: the cart's network namespace and the town's, joined by one cable that can be pulled.

The cart's namespace is the one this process stands in (``enter`` makes it, by running the command again under
unshare(1)); the town's is held by a sleeping process and entered with nsenter(1): nothing is mounted, so it works in a
chroot and, where user namespaces are allowed, without root.
"""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

CART_ADDRESS = "10.77.0.1"
TOWN_ADDRESS = "10.77.0.2"
MARK = "CHEVET_STAGE"
_SECONDS = 10


def enter(arguments: Sequence[str]) -> None:
    """Run ``arguments`` again in a network namespace of its own, and do not return, unless we stand in one already."""
    if os.environ.get(MARK):
        return
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    os.environ[MARK] = "1"
    os.execvp("unshare", ["unshare", *user, "--net", "--", *arguments])  # noqa: S606, S607 - our own command line, Debian's tool


def available() -> bool:
    """Whether this machine lets us make network namespaces."""
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    command = ["unshare", *user, "--net", "--", "true"]
    tried = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)  # noqa: S603 - Debian's tool
    return tried.returncode == 0


class Cable:
    """The cable between the cart and the town."""

    def __init__(self) -> None:
        self._town = subprocess.Popen(["unshare", "--net", "--", "sleep", "infinity"])  # noqa: S607 - Debian's tool
        self._wait_for_namespace()
        _ip("link", "set", "lo", "up")
        _ip("link", "add", "cart0", "type", "veth", "peer", "name", "town0", "netns", str(self._town.pid))
        _ip("address", "add", f"{CART_ADDRESS}/24", "dev", "cart0")
        _ip("link", "set", "cart0", "up")
        self._in_town("link", "set", "lo", "up")
        self._in_town("address", "add", f"{TOWN_ADDRESS}/24", "dev", "town0")
        self._in_town("link", "set", "town0", "up")

    def from_town(self) -> list[str]:
        """The words to put before a command so that it runs in the town."""
        return ["nsenter", f"--net=/proc/{self._town.pid}/ns/net", "--"]

    def cut(self) -> None:
        """Pull the cable."""
        self._in_town("link", "set", "town0", "down")

    def join(self) -> None:
        """Plug it in again."""
        self._in_town("link", "set", "town0", "up")

    def close(self) -> None:
        """Give the town back."""
        self._town.kill()
        self._town.wait(_SECONDS)

    def _in_town(self, *words: str) -> None:
        subprocess.run([*self.from_town(), "ip", *words], check=True, timeout=_SECONDS)  # noqa: S603 - Debian's tool

    def _namespace(self) -> Path | None:
        try:
            return Path(f"/proc/{self._town.pid}/ns/net").readlink()
        except OSError:
            return None

    def _wait_for_namespace(self) -> None:
        ours = Path("/proc/self/ns/net").readlink()
        deadline = time.monotonic() + _SECONDS
        while self._namespace() in {None, ours}:
            if self._town.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("cannot make a network namespace here")
            time.sleep(0.01)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, timeout=_SECONDS)  # noqa: S603, S607 - Debian's tool


def again() -> list[str]:
    """This very command line."""
    return [sys.executable, "-m", "cart", *sys.argv[1:]]

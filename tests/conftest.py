# SPDX-License-Identifier: Apache-2.0
"""What every test leaves as it found it."""

import logging
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _levels() -> Iterator[None]:
    """A command of ours run in this process sets the levels of our loggers; the next test's are its own."""
    before = {name: one.level for name, one in _loggers()}
    yield
    for name, one in _loggers():
        one.setLevel(before.get(name, logging.NOTSET))
    logging.disable(logging.NOTSET)


def _loggers() -> list[tuple[str, logging.Logger]]:
    known = logging.Logger.manager.loggerDict
    return [("", logging.root), *((name, one) for name, one in known.items() if isinstance(one, logging.Logger))]

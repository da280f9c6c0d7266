# SPDX-License-Identifier: Apache-2.0
import pytest

from tests.device.serial.bench import Bench


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)
